using System.Text.Json.Serialization;
using Saki.Inference.Serving;

namespace Saki.Server.Serving.Control;

/// <summary>What <c>GET /api/serving</c> answers and <c>/serving</c> shows.</summary>
public sealed record ServingView
{
    /// <summary>Runs at once on this machine.</summary>
    public required int Cores { get; init; }

    /// <summary>Resident memory of the server in bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The models that are loaded, by name.</summary>
    public required IReadOnlyList<ModelServing> Models { get; init; }

    /// <summary>The newest changes first.</summary>
    public required IReadOnlyList<EventView> Events { get; init; }
}

/// <summary>A model that is served.</summary>
public sealed record ModelServing
{
    /// <summary>In addresses.</summary>
    public required string Name { get; init; }

    /// <summary>The version that answers when none is named.</summary>
    public required string Default { get; init; }

    /// <summary>The alias or stage of the registry that the default follows; null: it stays where it was put.</summary>
    public string? Follows { get; init; }

    /// <summary>Versions by stage and alias of the registry.</summary>
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }

    /// <summary>What is loaded.</summary>
    public required IReadOnlyList<VersionServing> Versions { get; init; }

    /// <summary>The canary; null without one.</summary>
    public CanaryView? Canary { get; init; }

    /// <summary>The shadow; null without one.</summary>
    public ShadowView? Shadow { get; init; }

    /// <summary>How many users have a version of their own.</summary>
    public required int Users { get; init; }
}

/// <summary>A loaded version.</summary>
public sealed record VersionServing
{
    /// <summary>In addresses.</summary>
    public required string Version { get; init; }

    /// <summary><c>champion</c>, <c>canary</c>, <c>shadow</c>, or nothing but loaded.</summary>
    public required IReadOnlyList<string> Roles { get; init; }

    /// <summary>When it was ready.</summary>
    public required DateTimeOffset Loaded { get; init; }

    /// <summary>Where it came from, without folders.</summary>
    public required string Source { get; init; }

    /// <summary>Runs at once.</summary>
    public required int Instances { get; init; }

    /// <summary>Rows that wait.</summary>
    public required int Queued { get; init; }

    /// <summary>Most that may.</summary>
    public required int MaxQueued { get; init; }

    /// <summary>The graph's file in bytes.</summary>
    public required long FileBytes { get; init; }

    /// <summary>The last minute.</summary>
    public required RecentFigures Recent { get; init; }

    /// <summary>Requests answered since it was loaded.</summary>
    public required long Answered { get; init; }

    /// <summary>Requests refused because the queue was full or their time was up.</summary>
    public required long Rejected { get; init; }

    /// <summary>Requests that could not be answered.</summary>
    public required long Failed { get; init; }

    /// <summary>Runs of the engine by their number of rows.</summary>
    public required IReadOnlyList<BatchCount> Batches { get; init; }
}

/// <summary>How many runs had so many rows.</summary>
public sealed record BatchCount(int Rows, long Runs);

/// <summary>A canary and how it does.</summary>
public sealed record CanaryView(string Version, double Percent, bool Ready, CanaryLimits Limits, CanaryFigures Figures, ComparisonView Comparison);

/// <summary>A shadow and how it does.</summary>
public sealed record ShadowView(string Version, double Percent, bool Ready, ComparisonView Comparison);

/// <summary>A change.</summary>
public sealed record EventView(string Id, DateTimeOffset Time, string Who, string Model, string Version, string Action, string From, string To, string Why, bool CanUndo);

/// <summary>JSON of these, made at compile time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServingView))]
[JsonSerializable(typeof(ModelServing))]
public sealed partial class ServingJson : JsonSerializerContext;
