using Saki.Server.Feedback;

namespace Saki.Server.Me;

/// <summary>All that is kept about the visitor.</summary>
public sealed record MeView
{
    /// <summary>The account's name; null for a visitor who is known by a cookie, or not at all.</summary>
    public string? User { get; init; }

    /// <summary>True when the visitor is known: signed in, or by the cookie of an earlier consent.</summary>
    public bool Known { get; init; }

    /// <summary>What was agreed to: <c>commented</c>, <c>all</c>, or null for nothing.</summary>
    public string? Agreed { get; init; }

    /// <summary>When that was agreed to, milliseconds since 1970.</summary>
    public long AgreedAt { get; init; }

    /// <summary>Pictures kept.</summary>
    public long Pictures { get; init; }

    /// <summary>Their size.</summary>
    public long Bytes { get; init; }

    /// <summary>Calibrations: pictures being taken, and versions that were fitted to the visitor.</summary>
    public int Calibrations { get; init; }

    /// <summary>Pictures kept for them.</summary>
    public int CalibrationPictures { get; init; }

    /// <summary>True when anything of the visitor is kept.</summary>
    public bool Keeps => Pictures > 0 || Calibrations > 0;

    /// <summary>One page of them, the newest first.</summary>
    public IReadOnlyList<KeptPicture> Shown { get; init; } = [];

    /// <summary>The address of the next page; null on the last one.</summary>
    public string? Next { get; init; }

    /// <summary>Days after which what is kept is deleted.</summary>
    public int Days { get; init; }

    /// <summary>What happened just now, in a sentence.</summary>
    public string? Done { get; init; }

    /// <summary>True while the visitor is asked whether everything shall go.</summary>
    public bool Confirm { get; init; }
}

/// <summary>A kept answer with its picture.</summary>
public sealed record KeptPicture(string Id, long Time, string Model, string Version, string Class, double Probability, Verdict Verdict, string Label, bool Tiny)
{
    /// <summary>Where its picture lies.</summary>
    public string Source => $"/me/pictures/{Id}";
}
