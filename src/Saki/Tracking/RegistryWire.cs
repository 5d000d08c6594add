namespace Saki.Tracking;

/// <summary>A name under which versions of a model are kept.</summary>
public sealed record RegisteredModel
{
    /// <summary>No <c>/</c> and no <c>:</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Milliseconds since 1970; every change of a version counts.</summary>
    public long LastUpdatedTimestamp { get; init; }

    /// <summary>For people; null when never given.</summary>
    public string? Description { get; init; }

    /// <summary>The highest version of each stage that has one.</summary>
    public IReadOnlyList<ModelVersion> LatestVersions { get; init => field = value ?? []; } = [];

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];

    /// <summary>Names that point to versions.</summary>
    public IReadOnlyList<ModelAlias> Aliases { get; init => field = value ?? []; } = [];
}

/// <summary>A name that points to a version.</summary>
public sealed record ModelAlias(string Alias, string Version);

/// <summary>One version of a registered model.</summary>
public sealed record ModelVersion
{
    /// <summary>The model.</summary>
    public required string Name { get; init; }

    /// <summary>1, 2, 3…</summary>
    public required string Version { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long LastUpdatedTimestamp { get; init; }

    /// <summary>Who made it; null when not known.</summary>
    public string? UserId { get; init; }

    /// <summary>None, Staging, Production or Archived.</summary>
    public string CurrentStage { get; init; } = "None";

    /// <summary>For people.</summary>
    public string Description { get; init; } = "";

    /// <summary>Where it came from, as the client said.</summary>
    public string Source { get; init; } = "";

    /// <summary>The run that made it; empty when not known.</summary>
    public string RunId { get; init; } = "";

    /// <summary><c>READY</c>.</summary>
    public string Status { get; init; } = "READY";

    /// <summary>Notes.</summary>
    public IReadOnlyList<Tag> Tags { get; init => field = value ?? []; } = [];

    /// <summary>A link to the run at its own server.</summary>
    public string RunLink { get; init; } = "";

    /// <summary>Names that point to it.</summary>
    public IReadOnlyList<string> Aliases { get; init => field = value ?? []; } = [];

    /// <summary>The logged model that it was made of; null for none.</summary>
    public string? ModelId { get; init; }
}

/// <summary>Answer with one registered model.</summary>
public sealed record RegisteredModelAnswer(RegisteredModel RegisteredModel);

/// <summary>Answer of <c>registered-models/search</c>.</summary>
public sealed record RegisteredModelPage(IReadOnlyList<RegisteredModel> RegisteredModels, string? NextPageToken = null);

/// <summary>Answer with one version.</summary>
public sealed record ModelVersionAnswer(ModelVersion ModelVersion);

/// <summary>Answer of <c>model-versions/search</c> and <c>get-latest-versions</c>.</summary>
public sealed record ModelVersionPage(IReadOnlyList<ModelVersion> ModelVersions, string? NextPageToken = null);

/// <summary>Answer of <c>model-versions/get-download-uri</c>.</summary>
public sealed record DownloadUri(string ArtifactUri);
