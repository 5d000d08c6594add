using System.Text.Json.Serialization;

namespace Saki.Tracking;

/// <summary>A run's state; written by name, as MLflow does.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunStatus>))]
public enum RunStatus
{
    /// <summary>Not finished, or ended without a word (kill -9).</summary>
    [JsonStringEnumMemberName("RUNNING")] Running = 1,
    /// <summary>Waits for its turn.</summary>
    [JsonStringEnumMemberName("SCHEDULED")] Scheduled,
    /// <summary>Ended well.</summary>
    [JsonStringEnumMemberName("FINISHED")] Finished,
    /// <summary>Ended by an error.</summary>
    [JsonStringEnumMemberName("FAILED")] Failed,
    /// <summary>Ended by a person.</summary>
    [JsonStringEnumMemberName("KILLED")] Killed,
}

/// <summary>One measured point. Time in milliseconds since 1970.</summary>
public sealed record Metric(string Key, [property: JsonConverter(typeof(MlflowDouble))] double Value, long Timestamp, long Step = 0)
{
    /// <summary>The logged model that the point also belongs to; null for none.</summary>
    public string? ModelId { get; init; }

    /// <summary>The data set that was measured on; null when not said.</summary>
    public string? DatasetName { get; init; }

    /// <summary>Its digest.</summary>
    public string? DatasetDigest { get; init; }

    /// <summary>The run, where points of several runs are answered together.</summary>
    public string? RunId { get; init; }
}

/// <summary>A setting of a run; written once.</summary>
public sealed record Param(string Key, string Value);

/// <summary>A note on a run, an experiment, a model or a version; can be rewritten.</summary>
public sealed record Tag(string Key, string Value);

/// <summary>What a run is.</summary>
public sealed record RunInfo
{
    /// <summary>32 lower-case hex digits.</summary>
    public required string RunId { get; init; }

    /// <summary>The old name of <see cref="RunId"/>, which clients still read.</summary>
    public string RunUuid => RunId;

    /// <summary>Name for people; also in the tag <c>mlflow.runName</c>.</summary>
    public required string RunName { get; init; }

    /// <summary>Decimal digits.</summary>
    public string ExperimentId { get; init; } = "0";

    /// <summary>Who started it.</summary>
    public string UserId { get; init; } = "";

    /// <summary>State.</summary>
    public RunStatus Status { get; init; } = RunStatus.Running;

    /// <summary>Milliseconds since 1970.</summary>
    public long StartTime { get; init; }

    /// <summary>Milliseconds since 1970; null while it runs.</summary>
    public long? EndTime { get; init; }

    /// <summary>Where its artifacts are.</summary>
    public string ArtifactUri { get; init; } = "";

    /// <summary><c>active</c> or <c>deleted</c>.</summary>
    public string LifecycleStage { get; init; } = "active";
}

/// <summary>What a run logged. Of each metric the point that is greatest by step, time, value.</summary>
public sealed record RunData
{
    /// <summary>Newest points, one a key.</summary>
    public IReadOnlyList<Metric> Metrics { get; init => field = value ?? []; } = [];

    /// <summary>Settings.</summary>
    public IReadOnlyList<Param> Params { get; init => field = value ?? []; } = [];

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}

/// <summary>A run. What went in and what came out are null in records of a run folder.</summary>
public sealed record Run(RunInfo Info, RunData Data, RunInputs? Inputs = null, RunOutputs? Outputs = null);

/// <summary>Body of <c>runs/create</c>.</summary>
public sealed record CreateRun
{
    /// <summary>Decimal digits.</summary>
    public string ExperimentId { get; init; } = "0";

    /// <summary>Who starts it.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Name for people; null for the tag <c>mlflow.runName</c>, else one made up.</summary>
    public string? RunName { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long StartTime { get; init; }

    /// <summary>First notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}

/// <summary>Body of <c>runs/update</c>.</summary>
public sealed record UpdateRun
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>New state; null to leave it.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Milliseconds since 1970; null to leave it.</summary>
    public long? EndTime { get; init; }

    /// <summary>New name; null to leave it.</summary>
    public string? RunName { get; init; }
}

/// <summary>Body of <c>runs/log-batch</c>: at most 1,000 metrics, 100 params, 100 tags, 1,000 together.</summary>
public sealed record LogBatch
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>Points.</summary>
    public IReadOnlyList<Metric> Metrics { get; init => field = value ?? []; } = [];

    /// <summary>Settings.</summary>
    public IReadOnlyList<Param> Params { get; init => field = value ?? []; } = [];

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}
