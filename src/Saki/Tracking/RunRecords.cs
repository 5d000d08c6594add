using System.Text.Json.Serialization;

namespace Saki.Tracking;

/// <summary>A run as MLflow's REST API writes it: the one set of wire records for client, server and files. Times are milliseconds since 1970 UTC.</summary>
public sealed record Run
{
    /// <summary>What the run is.</summary>
    [JsonPropertyName("info")] public required RunInfo Info { get; init; }

    /// <summary>What it logged.</summary>
    [JsonPropertyName("data")] public RunData Data { get; init; } = new();
}

/// <summary>What a run is.</summary>
public sealed record RunInfo
{
    /// <summary>32 hex digits.</summary>
    [JsonPropertyName("run_id")] public required string RunId { get; init; }

    /// <summary>For people; not unique.</summary>
    [JsonPropertyName("run_name")] public required string RunName { get; init; }

    /// <summary>The experiment; "0" is the default one.</summary>
    [JsonPropertyName("experiment_id")] public string ExperimentId { get; init; } = "0";

    /// <summary>RUNNING, SCHEDULED, FINISHED, FAILED or KILLED.</summary>
    [JsonPropertyName("status")] public required RunStatus Status { get; init; }

    /// <summary>When it began.</summary>
    [JsonPropertyName("start_time")] public required long StartTime { get; init; }

    /// <summary>When it ended; null while it runs.</summary>
    [JsonPropertyName("end_time"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public long? EndTime { get; init; }

    /// <summary>Where its files are.</summary>
    [JsonPropertyName("artifact_uri")] public required string ArtifactUri { get; init; }

    /// <summary>active or deleted.</summary>
    [JsonPropertyName("lifecycle_stage")] public string LifecycleStage { get; init; } = "active";
}

/// <summary>What a run logged: the newest value of each metric, all params and tags.</summary>
public sealed record RunData
{
    /// <summary>The newest point of each metric.</summary>
    [JsonPropertyName("metrics")] public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Written once each.</summary>
    [JsonPropertyName("params")] public IReadOnlyList<Param> Params { get; init; } = [];

    /// <summary>May change.</summary>
    [JsonPropertyName("tags")] public IReadOnlyList<RunTag> Tags { get; init; } = [];
}

/// <summary>One point of a metric.</summary>
public sealed record Metric(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("timestamp")] long Timestamp,
    [property: JsonPropertyName("step")] long Step);

/// <summary>A setting of the run.</summary>
public sealed record Param([property: JsonPropertyName("key")] string Key, [property: JsonPropertyName("value")] string Value);

/// <summary>A note on the run.</summary>
public sealed record RunTag([property: JsonPropertyName("key")] string Key, [property: JsonPropertyName("value")] string Value);

/// <summary>Where a run stands; written by name.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
public enum RunStatus
{
    /// <summary>Now.</summary>
    [JsonStringEnumMemberName("RUNNING")] Running,
    /// <summary>Waits for its turn.</summary>
    [JsonStringEnumMemberName("SCHEDULED")] Scheduled,
    /// <summary>Ended as it should.</summary>
    [JsonStringEnumMemberName("FINISHED")] Finished,
    /// <summary>Ended by an error.</summary>
    [JsonStringEnumMemberName("FAILED")] Failed,
    /// <summary>Ended by a person.</summary>
    [JsonStringEnumMemberName("KILLED")] Killed,
}

/// <summary>JSON of the records above; NaN and infinities as the strings that MLflow writes.</summary>
[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(Metric))]
[JsonSerializable(typeof(IReadOnlyList<Run>))]
public sealed partial class TrackingJson : JsonSerializerContext;
