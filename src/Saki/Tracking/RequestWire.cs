namespace Saki.Tracking;

/// <summary>A body that is only a name.</summary>
public sealed record NamedThing(string Name);

/// <summary>Body of <c>runs/search</c>.</summary>
public sealed record SearchRuns(IReadOnlyList<string> ExperimentIds)
{
    /// <summary>In MLflow's grammar; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Keys, each with ASC or DESC behind it.</summary>
    public IReadOnlyList<string> OrderBy { get; init => field = value ?? []; } = [];

    /// <summary>Runs of a page, 1 to 50,000.</summary>
    public int MaxResults { get; init; } = 1000;

    /// <summary>From the page before.</summary>
    public string? PageToken { get; init; }

    /// <summary>ACTIVE_ONLY, DELETED_ONLY or ALL; null for the first.</summary>
    public string? RunViewType { get; init; }
}

/// <summary>Body of <c>model-versions/create</c>.</summary>
public sealed record CreateModelVersion(string Name, string Source)
{
    /// <summary>The run that made it.</summary>
    public string? RunId { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];
}

/// <summary>Body of <c>model-versions/transition-stage</c>.</summary>
public sealed record TransitionStage(string Name, string Version, string Stage, bool ArchiveExistingVersions);

/// <summary>Body of <c>registered-models/alias</c>.</summary>
public sealed record SetAlias(string Name, string Alias, string Version);

/// <summary>The answer <c>{}</c>.</summary>
public sealed record Nothing;
