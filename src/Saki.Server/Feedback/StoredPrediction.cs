using System.Text.Json.Serialization;
using Saki.Pipelines;

namespace Saki.Server.Feedback;

/// <summary>What a person said of an answer.</summary>
public enum Verdict
{
    /// <summary>Nothing yet.</summary>
    Open,
    /// <summary>It is what the model said.</summary>
    Right,
    /// <summary>It is another of the model's classes.</summary>
    Wrong,
    /// <summary>It is none of the model's classes.</summary>
    Other,
}

/// <summary>An answer that is kept with its picture, and what its person last said of it.</summary>
internal sealed record StoredPrediction
{
    /// <summary>Its name: the answer's id, with <c>-2</c>, <c>-3</c> … behind it for further faces of one picture.</summary>
    public required string Id { get; init; }

    /// <summary>Whose picture it is: <see cref="Person"/>.</summary>
    public required string Person { get; init; }

    /// <summary>When it was answered, milliseconds since 1970.</summary>
    public required long Time { get; init; }

    /// <summary>The digest of the picture as it is kept: 64 hex digits. <see cref="FeedbackStore.ReadPicture"/> gives its bytes.</summary>
    public required string Picture { get; init; }

    /// <summary>Of the kept bytes, e.g. <c>image/jpeg</c>.</summary>
    public required string MediaType { get; init; }

    /// <summary>Pixels across, upright.</summary>
    public required int Width { get; init; }

    /// <summary>Pixels down, upright.</summary>
    public required int Height { get; init; }

    /// <summary>Size of the kept bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The face that was judged, as x, y, width, height in pixels; empty for the whole picture.</summary>
    public string Box { get; init; } = "";

    /// <summary>Where it was asked: <c>upload</c>, <c>sample</c> or <c>camera</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Who answered.</summary>
    public required string Model { get; init; }

    /// <inheritdoc cref="Prediction.Version"/>
    public required string Version { get; init; }

    /// <inheritdoc cref="Prediction.Pipeline"/>
    public required string Pipeline { get; init; }

    /// <summary>What the version stood for when it answered: <c>production</c>, <c>staging</c>, <c>canary</c>; empty when nobody said.</summary>
    public string Arm { get; init; } = "";

    /// <summary>What it answered; may be the reject class.</summary>
    public required string Class { get; init; }

    /// <summary>How sure it was, 0..1.</summary>
    public required double Probability { get; init; }

    /// <summary>The best classes, best first.</summary>
    public required IReadOnlyList<ClassProbability> Top { get; init; }

    /// <summary>What its person last said.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>The class it is, by its person; empty while <see cref="Verdict"/> is Open or Other.</summary>
    public string Label { get; init; } = "";

    /// <summary>When that was said, milliseconds since 1970; 0: never.</summary>
    public long Labelled { get; init; }
}

/// <summary>One word of a person on an answer.</summary>
/// <param name="Time">Milliseconds since 1970.</param>
/// <param name="Person">Who said it.</param>
/// <param name="Verdict">What of the answer.</param>
/// <param name="Label">The class it is; empty for <see cref="Verdict.Other"/>.</param>
internal sealed record GivenLabel(long Time, string Person, Verdict Verdict, string Label);

/// <summary>Which stored answers are wanted, the newest first.</summary>
internal sealed record FeedbackSearch
{
    /// <summary>Of this model only; null: of all.</summary>
    public string? Model { get; init; }

    /// <summary>Of this person only; null: of all.</summary>
    public string? Person { get; init; }

    /// <summary>True: those with a word of their person; false: those without; null: both.</summary>
    public bool? Commented { get; init; }

    /// <summary>Goes on behind this one; null: from the newest.</summary>
    public (long Time, string Id)? After { get; init; }

    /// <summary>1 to 1000.</summary>
    public int Most { get; init; } = 100;
}

[JsonSerializable(typeof(IReadOnlyList<ClassProbability>))]
internal sealed partial class FeedbackJson : JsonSerializerContext;
