using System.Globalization;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>A row of (owner, key, value) of MLflow's tables.</summary>
internal sealed record TextRow
{
    public string Owner { get; init; } = "";
    public string Key { get; init; } = "";
    public string? Value { get; init; }
}

/// <summary>A row of MLflow's <c>experiments</c>.</summary>
internal sealed record ExperimentRow
{
    public long Id { get; init; }
    public string Name { get; init; } = "";
    public string? Location { get; init; }
    public string? Stage { get; init; }
    public long? Created { get; init; }
    public long? Updated { get; init; }
}

/// <summary>A row of MLflow's <c>runs</c>.</summary>
internal sealed record RunRow
{
    public string Id { get; init; } = "";
    public string? Name { get; init; }
    public string? User { get; init; }
    public string? Status { get; init; }
    public long? Start { get; init; }
    public long? End { get; init; }
    public string? Stage { get; init; }
    public long? Deleted { get; init; }
    public string? Uri { get; init; }

    public RunInfo Info(string experiment, string? tagged) => new()
    {
        RunId = Id,
        RunName = Name is { Length: > 0 } ? Name : tagged ?? "",
        ExperimentId = experiment,
        UserId = User ?? "",
        Status = Enum.TryParse<RunStatus>(Status, ignoreCase: true, out var status) ? status : RunStatus.Running,
        StartTime = Start ?? 0,
        EndTime = End,
        LifecycleStage = Stage ?? "active",
        ArtifactUri = Uri ?? "",
    };
}

/// <summary>A row of MLflow's <c>datasets</c> with its run.</summary>
internal sealed record DatasetRow
{
    public string Run { get; init; } = "";
    public string Input { get; init; } = "";
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public string SourceType { get; init; } = "";
    public string Source { get; init; } = "";
    public string? Shape { get; init; }
    public string? Profile { get; init; }
}

/// <summary>A row of MLflow's <c>logged_models</c>.</summary>
internal sealed record ModelRow
{
    private static readonly string[] States = ["LOGGED_MODEL_STATUS_UNSPECIFIED", "LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

    public string Id { get; init; } = "";
    public string Name { get; init; } = "";
    public string Uri { get; init; } = "";
    public long Created { get; init; }
    public long Updated { get; init; }
    public long Status { get; init; }
    public string? Stage { get; init; }
    public string? Type { get; init; }
    public string? Run { get; init; }

    public LoggedModelInfo Info(string experiment, IReadOnlyList<Tag> tags) => new()
    {
        ModelId = Id,
        ExperimentId = experiment,
        Name = Name,
        CreationTimestampMs = Created,
        LastUpdatedTimestampMs = Updated,
        ArtifactUri = Uri,
        Status = States.ElementAtOrDefault((int)Status) ?? States[0],
        ModelType = Type,
        SourceRunId = Run,
        Tags = tags,
    };
}

/// <summary>A row of MLflow's <c>logged_model_metrics</c>.</summary>
internal sealed record ModelPointRow
{
    public string Key { get; init; } = "";
    public double? Value { get; init; }
    public long Time { get; init; }
    public long Step { get; init; }
    public string Run { get; init; } = "";
    public string? Dataset { get; init; }
    public string? Digest { get; init; }
}

/// <summary>A row of MLflow's <c>model_versions</c>.</summary>
internal sealed record VersionRow
{
    public long Version { get; init; }
    public long? Created { get; init; }
    public long? Updated { get; init; }
    public string? Description { get; init; }
    public string? User { get; init; }
    public string? Stage { get; init; }
    public string? Source { get; init; }
    public string? Run { get; init; }
    public string? Link { get; init; }

    public ModelVersion Of(string model, IReadOnlyList<Tag> tags) => new()
    {
        Name = model,
        Version = Version.ToString(CultureInfo.InvariantCulture),
        CreationTimestamp = Created ?? 0,
        LastUpdatedTimestamp = Updated ?? Created ?? 0,
        UserId = User,
        CurrentStage = Stage ?? "None",
        Description = Description ?? "",
        Source = Source ?? "",
        RunId = Run ?? "",
        RunLink = Link ?? "",
        // MLflow 3 keeps the model's id in the source alone.
        ModelId = Source is not null && Source.StartsWith("models:/m-", StringComparison.Ordinal) ? Source["models:/".Length..] : null,
        Tags = tags,
    };
}
