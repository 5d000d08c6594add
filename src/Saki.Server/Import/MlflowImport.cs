using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>
/// Brings everything of another MLflow into the tracking database of a home: experiments by name, runs under their own ids with times, life cycle and whole metric
/// histories, logged models, registered models with the numbers of their versions, and artifacts. It can be ended at any moment, also by kill -9, and run again:
/// what is here is not brought twice.
/// </summary>
public static class MlflowImport
{
    /// <summary>Does it.</summary>
    /// <param name="asked">From where to where.</param>
    /// <param name="progress">Told after each run.</param>
    /// <param name="cancellation">Ends it between two parts of a run.</param>
    /// <exception cref="SakiException">The source is no MLflow, or another process writes to the database.</exception>
    public static async Task<ImportReport> RunAsync(ImportOptions asked, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        using var source = MlflowSource.Open(asked.Source, asked.Connect, asked.ArtifactRoots);
        await using var site = await TrackingSite.OpenAsync(asked.Home, TimeProvider.System, asked.Database, asked.Artifacts);
        var (report, total) = (new ImportReport { Source = source.Name }, source.CountRuns());
        var files = new FileImport(source, site.Artifacts, report);
        var runs = new RunImport(source, site.Database, site.Runs, files, report);
        var models = new ModelImport(source, site.Database, files, report);
        progress?.Report(new ImportProgress(0, total));
        await foreach (var experiment in source.ExperimentsAsync(cancellation))
        {
            var target = await runs.EnsureAsync(experiment);
            report.Experiments++;
            await foreach (var run in source.RunsAsync(experiment.ExperimentId, cancellation))
            {
                await runs.BringAsync(run, target, cancellation);
                progress?.Report(new ImportProgress(report.Runs + report.RunsHereBefore, total));
            }
            await foreach (var model in source.LoggedModelsAsync(experiment.ExperimentId, cancellation)) await models.BringAsync(model, target, cancellation);
        }
        await foreach (var model in source.RegisteredModelsAsync(cancellation)) await models.BringAsync(model, cancellation);
        return report;
    }
}

/// <summary>What an import is told.</summary>
/// <param name="Source">An address, or an SQLite file.</param>
/// <param name="Home">Where to.</param>
public sealed record ImportOptions(string Source, SakiHome Home)
{
    /// <summary>As in <see cref="ServerOptions.Database"/>.</summary>
    public string? Database { get; init; }

    /// <summary>As in <see cref="ServerOptions.Artifacts"/>.</summary>
    public string? Artifacts { get; init; }

    /// <summary>Folders of this machine from which artifacts may be read, besides the one that the SQLite file lies in; the first ones are also tried as the root of <c>mlflow-artifacts:</c>.</summary>
    public IReadOnlyList<string> ArtifactRoots { get; init; } = [];

    /// <summary>Makes the client for an address.</summary>
    public Func<string, TrackingClient> Connect { get; init; } = address => new TrackingClient(new Uri(address));
}

/// <summary>How far an import is. A total of 0 is unknown.</summary>
public readonly record struct ImportProgress(long Runs, long Total);

/// <summary>What an import or an export did. Grows while it goes on.</summary>
public sealed record ImportReport
{
    /// <summary>Where it came from.</summary>
    public required string Source { get; init; }

    /// <summary>Experiments seen.</summary>
    public long Experiments { get; set; }

    /// <summary>Runs brought now.</summary>
    public long Runs { get; set; }

    /// <summary>Runs that were there already.</summary>
    public long RunsHereBefore { get; set; }

    /// <summary>Metric points.</summary>
    public long Points { get; set; }

    /// <summary>Logged models of MLflow 3.</summary>
    public long LoggedModels { get; set; }

    /// <summary>Registered models seen.</summary>
    public long RegisteredModels { get; set; }

    /// <summary>Versions brought now.</summary>
    public long Versions { get; set; }

    /// <summary>Files of artifacts brought now.</summary>
    public long Files { get; set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; set; }

    /// <summary>What was left out or changed on the way, and how often.</summary>
    public SortedDictionary<string, int> Notes { get; } = new(StringComparer.Ordinal);

    internal void Note(string what) => Notes[what] = Notes.GetValueOrDefault(what) + 1;
}
