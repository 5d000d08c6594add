using System.Text.Json.Serialization;
using Saki.Evaluation;

namespace Saki.Gates;

/// <summary>One thing that was demanded.</summary>
/// <param name="Check"><c>integrity</c>, <c>golden</c>, <c>data</c>, <c>accuracy</c>, <c>recall</c>, <c>calibration</c>, <c>champion</c> or <c>latency</c>.</param>
/// <param name="Expected">What the policy asks for.</param>
/// <param name="Got">What was found.</param>
/// <param name="Passed">Whether it is enough.</param>
public sealed record GateLine(string Check, string Expected, string Got, bool Passed);

/// <summary>What a gate found, kept by its digest with the move that it was asked for.</summary>
public sealed record GateEvidence
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>The version that asks to enter.</summary>
    public required long Version { get; init; }

    /// <summary>The stage that it asks for.</summary>
    public required string Stage { get; init; }

    /// <summary>The version in Production at that time; 0 for none.</summary>
    public required long Champion { get; init; }

    /// <summary>Digest of the policy's text.</summary>
    public required string Policy { get; init; }

    /// <summary>Digest of the version's package; null when it could not be opened.</summary>
    public string? Package { get; init; }

    /// <summary>Digest of the champion's package; null when none was compared with.</summary>
    public string? ChampionPackage { get; init; }

    /// <summary>The whole digest of the data set version; null when none was measured on.</summary>
    public string? Data { get; init; }

    /// <summary>When it was finished, milliseconds since 1970.</summary>
    public required long Time { get; init; }

    /// <summary>The machine that it was measured on: system, processor, cores.</summary>
    public required string Machine { get; init; }

    /// <summary>What was demanded, in the order of checking; what could not be reached is not listed.</summary>
    public required IReadOnlyList<GateLine> Lines { get; init; }

    /// <summary>Median time of one prediction in milliseconds; null when not asked for.</summary>
    public double? LatencyMs { get; init; }

    /// <summary>All figures on the test set; null when there is none.</summary>
    public EvaluationReport? Report { get; init; }

    /// <summary>The comparison with the champion, this version first; null when there was none.</summary>
    public PairedTest? Against { get; init; }

    /// <summary>True when every line is.</summary>
    public bool Passed => Lines.All(line => line.Passed);
}

/// <summary>JSON of <see cref="GateEvidence"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GateEvidence))]
public sealed partial class GateJson : JsonSerializerContext;
