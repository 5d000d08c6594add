using Saki.Server.Charts;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>The parts of the page of one run.</summary>
public enum RunTab
{
    /// <summary>The telling figures and charts.</summary>
    Overview,
    /// <summary>All metrics.</summary>
    Charts,
    /// <summary>What the machine did meanwhile.</summary>
    System,
    /// <summary>Settings and notes.</summary>
    Parameters,
    /// <summary>Files.</summary>
    Artifacts,
}

/// <summary>All that the page of one run shows.</summary>
public sealed record RunView
{
    /// <summary>Which part.</summary>
    public required RunTab Tab { get; init; }

    /// <summary>The run with all that it logged.</summary>
    public required Run Run { get; init; }

    /// <summary>The name of its experiment.</summary>
    public required string Experiment { get; init; }

    /// <summary>Its charts.</summary>
    public IReadOnlyList<Chart> Charts { get; init; } = [];

    /// <summary>How they are drawn.</summary>
    public ChartOptions Options { get; init; } = new();

    /// <summary>Part of the names of the metrics or settings that are listed.</summary>
    public string Find { get; init; } = "";

    /// <summary>The page of charts, from 1.</summary>
    public int Sheet { get; init; } = 1;

    /// <summary>How many pages of charts there are.</summary>
    public int Sheets { get; init; } = 1;

    /// <summary>The folder of artifacts that is listed; empty for the root.</summary>
    public string Folder { get; init; } = "";

    /// <summary>What lies in it.</summary>
    public IReadOnlyList<ArtifactFile> Files { get; init; } = [];

    /// <summary>Why there is no list: the artifacts lie elsewhere.</summary>
    public string? FilesElsewhere { get; init; }

    /// <summary>The file that is shown.</summary>
    public ArtifactPreview? Preview { get; init; }

    /// <summary>What an evaluation of its model found; null for none.</summary>
    public RunReport? Report { get; init; }

    /// <summary>Where each setting was written: a file and line, or what was typed; empty when not known.</summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>();

    /// <summary>Goes on with a run that was broken off; null where that is not possible.</summary>
    public string? Resume { get; init; }

    /// <summary>Whether <see cref="Resume"/> must be typed on another machine, the one that has the run's folder.</summary>
    public bool ResumeElsewhere { get; init; }

    /// <summary>The job that works on it; null for none.</summary>
    public long? Job { get; init; }

    /// <summary>When and by whom it was asked to stop; null when it was not.</summary>
    public string? Stop => Run.Data.Tags.FirstOrDefault(tag => tag.Key == SakiTags.Stop)?.Value;

    /// <summary>Whether who looks may change tags.</summary>
    public bool MayEdit { get; init; }

    /// <summary>Whether it has figures of the machine that it ran on.</summary>
    public bool HasSystem => Run.Data.Metrics.Any(metric => IsSystem(metric.Key));

    /// <summary>Whether a metric tells of the machine, as MLflow names them.</summary>
    public static bool IsSystem(string metric) => metric.StartsWith("system/", StringComparison.Ordinal);

    /// <summary>Does the run again; null when it does not say how.</summary>
    public string? Command { get; init; }

    /// <summary>Versions of models that were made of it.</summary>
    public IReadOnlyList<ModelVersion> Versions { get; init; } = [];

    /// <summary>The run before it in its experiment; null for the first.</summary>
    public RunInfo? Previous { get; init; }

    /// <summary>Settings that differ from <see cref="Previous"/>.</summary>
    public IReadOnlyList<ParamDifference> Changed { get; init; } = [];

    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }

    /// <summary>The address of a part.</summary>
    public string Url(RunTab tab) => tab == RunTab.Overview ? $"/runs/{Run.Info.RunId}" : $"/runs/{Run.Info.RunId}/{tab.ToString().ToLowerInvariant()}";

    /// <summary>Whether it can still change by itself.</summary>
    public bool Live => Run.Info.Status is RunStatus.Running or RunStatus.Scheduled;
}

/// <summary>A setting in several runs.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Values">Its value in each run, in their order; null where it was not logged.</param>
public sealed record ParamDifference(string Key, IReadOnlyList<string?> Values)
{
    /// <summary>Whether all runs say the same.</summary>
    public bool Equal => Values.Distinct().Count() == 1;

    /// <summary>All settings of these runs, by name.</summary>
    public static IReadOnlyList<ParamDifference> Of(IReadOnlyList<Run> runs)
    {
        var values = runs.Select(run => run.Data.Params.ToDictionary(item => item.Key, item => item.Value, StringComparer.Ordinal)).ToList();
        return [.. values.SelectMany(one => one.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(key => new ParamDifference(key, [.. values.Select(one => one.GetValueOrDefault(key))]))];
    }
}
