namespace Saki.Tracking;

/// <summary>A body that is only a run.</summary>
public sealed record RunName(string RunId);

/// <summary>A body that is only an experiment.</summary>
public sealed record ExperimentName(string ExperimentId);

/// <summary>Body of <c>experiments/set-experiment-tag</c>.</summary>
public sealed record ExperimentTag(string ExperimentId, string Key, string Value);

/// <summary>Body of <c>runs/log-inputs</c>.</summary>
public sealed record LogInputs(string RunId, IReadOnlyList<DatasetInput> Datasets);

/// <summary>Body of <c>logged-models/search</c>.</summary>
public sealed record SearchLoggedModels(IReadOnlyList<string> ExperimentIds)
{
    /// <summary>Models of a page, 1 to 50,000.</summary>
    public int MaxResults { get; init; } = 1000;

    /// <summary>From the page before.</summary>
    public string? PageToken { get; init; }
}

/// <summary>Body of <c>saki/gc</c>: what is to be removed for good.</summary>
public sealed record CollectGarbage
{
    /// <summary>These runs only, which must be deleted; null or empty: all deleted runs, experiments and logged models that are old enough.</summary>
    public IReadOnlyList<string>? RunIds { get; init; }

    /// <summary>Days since the deletion. Default: 30. Not looked at for <see cref="RunIds"/>.</summary>
    public double OlderThanDays { get; init; } = 30;

    /// <summary>True: only say what would go.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What was removed, or would be.</summary>
public sealed record GarbageReport
{
    /// <summary>Runs.</summary>
    public int Runs { get; init; }

    /// <summary>Experiments.</summary>
    public int Experiments { get; init; }

    /// <summary>Logged models.</summary>
    public int LoggedModels { get; init; }

    /// <summary>Folders of artifacts of what was deleted, now or by a clean-up that was cut off.</summary>
    public int ArtifactFolders { get; init; }

    /// <summary>Folders of artifacts that belonged to nothing, and what cut-off uploads left.</summary>
    public int Orphans { get; init; }

    /// <summary>What was kept although it is deleted, and why.</summary>
    public IReadOnlyList<string> Kept { get; init => field = value ?? []; } = [];
}

/// <summary>Body of <c>registered-models/update</c>.</summary>
public sealed record DescribeModel(string Name, string Description);

/// <summary>Body of <c>registered-models/set-tag</c>.</summary>
public sealed record ModelTag(string Name, string Key, string Value);

/// <summary>Body of <c>model-versions/set-tag</c>.</summary>
public sealed record VersionTag(string Name, string Version, string Key, string Value);

/// <summary>A body that is only a version.</summary>
public sealed record VersionName(string Name, string Version);

/// <summary>Body of <c>runs/delete-tag</c>.</summary>
public sealed record RunTagName(string RunId, string Key);
