namespace Saki.Tracking;

/// <summary>Answer of <c>runs/get</c> and <c>runs/create</c>.</summary>
public sealed record RunAnswer(Run Run);

/// <summary>Answer of <c>runs/update</c>.</summary>
public sealed record RunInfoAnswer(RunInfo RunInfo);

/// <summary>Answer of <c>runs/search</c>.</summary>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? NextPageToken = null)
{
    /// <summary>The runs of the page; the field is left out of the JSON when there are none.</summary>
    public IReadOnlyList<Run> Runs { get; init; } = Runs ?? [];
}

/// <summary>Answer of <c>metrics/get-history</c>.</summary>
public sealed record MetricPage(IReadOnlyList<Metric> Metrics, string? NextPageToken = null)
{
    /// <summary>The points of the page; the field is left out of the JSON when there are none.</summary>
    public IReadOnlyList<Metric> Metrics { get; init; } = Metrics ?? [];
}

/// <summary>Body of <c>runs/log-metric</c>.</summary>
public sealed record LogMetric(string Key, [property: System.Text.Json.Serialization.JsonConverter(typeof(MlflowDouble))] double Value, long Timestamp, long Step = 0)
{
    /// <summary>The run.</summary>
    public required string RunId { get; init; }

    /// <summary>As in <see cref="Metric.ModelId"/>.</summary>
    public string? ModelId { get; init; }

    /// <summary>As in <see cref="Metric.DatasetName"/>.</summary>
    public string? DatasetName { get; init; }

    /// <summary>As in <see cref="Metric.DatasetDigest"/>.</summary>
    public string? DatasetDigest { get; init; }
}

/// <summary>A data set as MLflow describes it. Schema and profile are texts of the client's own making, usually JSON.</summary>
public sealed record Dataset(string Name, string Digest, string SourceType, string Source, string? Schema = null, string? Profile = null);

/// <summary>A data set that went into a run; the tag <c>mlflow.data.context</c> says as what (train, eval).</summary>
public sealed record DatasetInput(IReadOnlyList<Tag> Tags, Dataset Dataset);

/// <summary>A logged model that a run read.</summary>
public sealed record ModelInput(string ModelId);

/// <summary>A logged model that a run made, and at which step.</summary>
public sealed record ModelOutput(string ModelId, long Step);

/// <summary>What went into a run.</summary>
public sealed record RunInputs
{
    /// <summary>Data sets.</summary>
    public IReadOnlyList<DatasetInput> DatasetInputs { get; init => field = value ?? []; } = [];

    /// <summary>Models.</summary>
    public IReadOnlyList<ModelInput> ModelInputs { get; init => field = value ?? []; } = [];
}

/// <summary>What came out of a run.</summary>
public sealed record RunOutputs
{
    /// <summary>Models.</summary>
    public IReadOnlyList<ModelOutput> ModelOutputs { get; init => field = value ?? []; } = [];
}

/// <summary>What a logged model is.</summary>
public sealed record LoggedModelInfo
{
    /// <summary><c>m-</c> and 32 lower-case hex digits.</summary>
    public required string ModelId { get; init; }

    /// <summary>Decimal digits.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>Name for people; several may share it.</summary>
    public required string Name { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long CreationTimestampMs { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long LastUpdatedTimestampMs { get; init; }

    /// <summary>Where its files are.</summary>
    public string ArtifactUri { get; init; } = "";

    /// <summary><c>LOGGED_MODEL_PENDING</c>, <c>_READY</c> or <c>_UPLOAD_FAILED</c>.</summary>
    public string Status { get; init; } = "LOGGED_MODEL_PENDING";

    /// <summary>As the client says.</summary>
    public string? ModelType { get; init; }

    /// <summary>The run that made it.</summary>
    public string? SourceRunId { get; init; }

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}

/// <summary>What was logged for a model.</summary>
public sealed record LoggedModelData
{
    /// <summary>Settings.</summary>
    public IReadOnlyList<Param> Params { get; init => field = value ?? []; } = [];

    /// <summary>Newest points.</summary>
    public IReadOnlyList<Metric> Metrics { get; init => field = value ?? []; } = [];
}

/// <summary>A model of MLflow 3 that is logged but not necessarily registered.</summary>
public sealed record LoggedModel(LoggedModelInfo Info, LoggedModelData Data);

/// <summary>Answer with one logged model.</summary>
public sealed record LoggedModelAnswer(LoggedModel Model);

/// <summary>Answer of <c>logged-models/search</c>.</summary>
public sealed record LoggedModelPage(IReadOnlyList<LoggedModel> Models, string? NextPageToken = null);
