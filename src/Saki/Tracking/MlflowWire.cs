using System.Text.Json;
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
public sealed record Metric(string Key, [property: JsonConverter(typeof(MlflowDouble))] double Value, long Timestamp, long Step = 0);

/// <summary>A setting of a run; written once.</summary>
public sealed record Param(string Key, string Value);

/// <summary>A note on a run; can be rewritten.</summary>
public sealed record RunTag(string Key, string Value);

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
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Settings.</summary>
    public IReadOnlyList<Param> Params { get; init; } = [];

    /// <summary>Notes.</summary>
    public IReadOnlyList<RunTag> Tags { get; init; } = [];
}

/// <summary>A run.</summary>
public sealed record Run(RunInfo Info, RunData Data);

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
    public IReadOnlyList<RunTag> Tags { get; init; } = [];
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
    public IReadOnlyList<Metric> Metrics { get; init; } = [];

    /// <summary>Settings.</summary>
    public IReadOnlyList<Param> Params { get; init; } = [];

    /// <summary>Notes.</summary>
    public IReadOnlyList<RunTag> Tags { get; init; } = [];
}

/// <summary>NaN and infinities as the JSON texts that MLflow writes; finite numbers as numbers.</summary>
public sealed class MlflowDouble : JsonConverter<double>
{
    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.String => reader.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text => throw new JsonException($"\"{text}\" is no number"),
        },
        _ => throw new JsonException("expected a number"),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value)) writer.WriteNumberValue(value);
        else writer.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

/// <summary>JSON of the wire records: snake_case names, 64-bit numbers as numbers (read also from texts), unset values left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Run))]
[JsonSerializable(typeof(RunInfo))]
[JsonSerializable(typeof(Metric))]
[JsonSerializable(typeof(CreateRun))]
[JsonSerializable(typeof(UpdateRun))]
[JsonSerializable(typeof(LogBatch))]
[JsonSerializable(typeof(IReadOnlyList<Param>))]
[JsonSerializable(typeof(IReadOnlyList<RunTag>))]
public sealed partial class MlflowJson : JsonSerializerContext;
