namespace Saki.Tracking;

/// <summary>A named group of runs.</summary>
public sealed record Experiment
{
    /// <summary>Decimal digits.</summary>
    public required string ExperimentId { get; init; }

    /// <summary>At most 500 characters; no other experiment has it, deleted ones included.</summary>
    public required string Name { get; init; }

    /// <summary>Where its runs' artifacts are.</summary>
    public string ArtifactLocation { get; init; } = "";

    /// <summary><c>active</c> or <c>deleted</c>.</summary>
    public string LifecycleStage { get; init; } = "active";

    /// <summary>Milliseconds since 1970.</summary>
    public long LastUpdateTime { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long CreationTime { get; init; }

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}

/// <summary>Answer of <c>experiments/create</c>.</summary>
public sealed record ExperimentCreated(string ExperimentId);

/// <summary>Answer of <c>experiments/get</c>.</summary>
public sealed record ExperimentAnswer(Experiment Experiment);

/// <summary>Answer of <c>experiments/search</c>.</summary>
public sealed record ExperimentPage(IReadOnlyList<Experiment> Experiments, string? NextPageToken = null)
{
    /// <summary>The experiments of the page; the field is left out of the JSON when there are none.</summary>
    public IReadOnlyList<Experiment> Experiments { get; init; } = Experiments ?? [];
}

/// <summary>A data set that runs of an experiment read.</summary>
public sealed record DatasetSummary(string ExperimentId, string Name, string Digest, string? Context);

/// <summary>Answer of <c>experiments/search-datasets</c>.</summary>
public sealed record DatasetSummaryList(IReadOnlyList<DatasetSummary> DatasetSummaries);

/// <summary>A refusal.</summary>
public sealed record ErrorAnswer(string ErrorCode, string Message);

/// <summary>A file or folder among artifacts; the size, in bytes, is left out for folders.</summary>
public sealed record ArtifactFile(string Path, bool IsDir, long? FileSize = null);

/// <summary>Answer of <c>artifacts/list</c>; the proxy's own list has no root.</summary>
public sealed record ArtifactList(IReadOnlyList<ArtifactFile> Files, string? RootUri = null);
