using Saki.Gates;
using Saki.Server.Registry.Gates;

namespace Saki.Server.Registry;

/// <summary>What a move changes about a version.</summary>
internal enum MoveKind
{
    /// <summary>Its stage.</summary>
    Stage,
    /// <summary>An alias points to it from now on.</summary>
    SetAlias,
    /// <summary>An alias points nowhere from now on.</summary>
    DropAlias,
    /// <summary>A tag has a value from now on.</summary>
    SetTag,
    /// <summary>A tag is gone.</summary>
    DropTag,
    /// <summary>It goes back to Production, where it was before.</summary>
    Rollback,
    /// <summary>It is deleted.</summary>
    Delete,
}

/// <summary>A step of a version's life. <paramref name="To"/> is the stage, the alias, or the tag's key.</summary>
internal sealed record RegistryMove(string Model, long Version, MoveKind Kind, string To = "", bool ArchiveOthers = false)
{
    /// <summary>Who asked.</summary>
    public required string Who { get; init; }

    /// <summary>The reason that was given.</summary>
    public string Why { get; init; } = "";

    /// <summary>The tag's value.</summary>
    public string Value { get; init; } = "";

    /// <summary>What <c>@production</c> must still be when the move is made (0: nothing); null when it does not matter.</summary>
    public long? ProductionNow { get; init; }

    /// <summary>An admin moves it even if the gate says no.</summary>
    public bool Override { get; init; }

    /// <summary>The stage that the version enters; null for moves that leave it where it is or take it away.</summary>
    public string? Enters => Kind switch
    {
        MoveKind.Stage => To,
        MoveKind.SetAlias => RegistryMoves.StageOf(To),
        MoveKind.Rollback => RegistryMoves.Production,
        _ => null,
    };
}

/// <summary>What the gate said of a move; goes into its audit row.</summary>
/// <param name="Evidence">The JSON of what it found.</param>
/// <param name="Overridden">It said no and an admin goes on all the same.</param>
internal sealed record MoveProof(string Evidence, bool Overridden)
{
    public static MoveProof Of(GateEvidence evidence, bool mayOverride) => new(GateRefusal.Json(evidence), mayOverride && !evidence.Passed);
}

/// <summary>How a move ended.</summary>
/// <param name="Accepted">False: the gate refused it.</param>
/// <param name="Evidence">What it found; null where none was asked.</param>
internal sealed record MoveOutcome(bool Accepted, GateEvidence? Evidence);
