using System.Text.Json.Serialization;
using Saki.Gates;
using Saki.Tracking;

namespace Saki.Loop;

/// <summary>The loop of one model as pages and programs see it.</summary>
public sealed record LoopView
{
    /// <summary>The registered model.</summary>
    public required string Model { get; init; }

    /// <summary>Its policy as it was written; null when it has none.</summary>
    public string? Policy { get; init; }

    /// <summary>Where it stands.</summary>
    public required LoopState State { get; init; }

    /// <summary>What would be done now, and why.</summary>
    public LoopDecision? Decision { get; init; }

    /// <summary>What cannot be read or done; null when all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>The step that a person is asked about; null for no question.</summary>
    public LoopStep? Question { get; init; }

    /// <summary>Labels that no round has seen.</summary>
    public long NewLabels { get; init; }

    /// <summary>How far traffic has moved; null where the policy does not ask.</summary>
    public DriftSight? Drift { get; init; }

    /// <summary>The version in Production; null for none.</summary>
    public long? Champion { get; init; }

    /// <summary>The job of this round; null for none.</summary>
    public long? Job { get; init; }

    /// <summary>Its decisions, the newest first.</summary>
    public IReadOnlyList<AuditEntry> History { get; init; } = [];
}

/// <summary>The loops of all models.</summary>
public sealed record LoopList(IReadOnlyList<LoopView> Loops);

/// <summary>A look at a model's loop.</summary>
/// <param name="DryRun">True: only say what would be done.</param>
public sealed record LoopLookAsk(bool DryRun = false);

/// <summary>A person's answer to the question of a loop.</summary>
/// <param name="Yes">Go on, or end the round.</param>
/// <param name="Why">The reason; may be empty.</param>
public sealed record LoopAnswerAsk(bool Yes, string Why = "");

/// <summary>A policy to set; null removes it.</summary>
public sealed record LoopPolicyAsk(string? Text);

/// <summary>JSON of the loop, in requests, answers, state and audit.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoopState))]
[JsonSerializable(typeof(LoopDecision))]
[JsonSerializable(typeof(LoopView))]
[JsonSerializable(typeof(LoopList))]
[JsonSerializable(typeof(LoopLookAsk))]
[JsonSerializable(typeof(LoopAnswerAsk))]
[JsonSerializable(typeof(LoopPolicyAsk))]
[JsonSerializable(typeof(GateLine))]
public sealed partial class LoopJson : JsonSerializerContext;
