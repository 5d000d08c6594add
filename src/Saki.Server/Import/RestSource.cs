using System.Runtime.CompilerServices;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>Reads an MLflow server, MLflow's own or Saki's, through its REST API.</summary>
/// <param name="client">Owned by this.</param>
internal sealed class RestSource(TrackingClient client) : MlflowSource
{
    private readonly ModelRegistryClient _registry = new(client);

    /// <inheritdoc/>
    public override string Name => client.Server.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public override long CountRuns() => 0;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Experiment> ExperimentsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        string? token = null;
        do
        {
            var page = await client.GetAllExperimentsAsync(token, cancellation);
            foreach (var experiment in page.Experiments.OrderBy(experiment => experiment.ExperimentId.Length).ThenBy(experiment => experiment.ExperimentId, StringComparer.Ordinal)) yield return experiment;
            token = page.NextPageToken;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<SourceRun> RunsAsync(string experiment, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? token = null;
        do
        {
            var page = await client.SearchRunsAsync(new SearchRuns([experiment]) { RunViewType = "ALL", OrderBy = ["attributes.start_time ASC"], MaxResults = 200, PageToken = token }, cancellation);
            foreach (var run in page.Runs) yield return new SourceRun(run, null);
            token = page.NextPageToken;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Metric> PointsAsync(SourceRun run, long skip, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var key in run.Run.Data.Metrics.Select(metric => metric.Key).Distinct().Order(StringComparer.Ordinal))
        {
            string? token = null;
            do
            {
                var page = await client.GetHistoryPageAsync(run.Run.Info.RunId, key, token, cancellation);
                foreach (var point in page.Metrics)
                {
                    if (skip > 0) skip--;
                    else yield return point with { RunId = null };
                }
                token = page.NextPageToken;
            }
            while (token is not null);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<SourceModel> LoggedModelsAsync(string experiment, [EnumeratorCancellation] CancellationToken cancellation)
    {
        string? token = null;
        do
        {
            var page = await client.GetLoggedModelsAsync(experiment, token, cancellation);
            foreach (var model in page.Models ?? []) yield return new SourceModel(model, Deleted: false);
            token = page.NextPageToken;
        }
        while (token is not null);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<RegisteredModel> RegisteredModelsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var prompts in (bool[])[false, true])
        {
            string? token = null;
            do
            {
                var page = await _registry.GetModelPageAsync(token, prompts, cancellation);
                // A search does not always tell the aliases.
                foreach (var model in page.RegisteredModels ?? []) yield return await _registry.GetModelAsync(model.Name, cancellation);
                token = page.NextPageToken;
            }
            while (token is not null);
        }
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ModelVersion> VersionsAsync(string model, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var version in (await _registry.GetVersionsAsync(model, cancellation) ?? []).Reverse()) yield return version;
    }

    /// <summary>Where the files of a version are, after links to logged models and other versions were followed.</summary>
    public Task<string> StorageAsync(ModelVersion version, CancellationToken cancellation) => _registry.GetDownloadUriAsync(version.Name, version.Version, cancellation);

    /// <inheritdoc/>
    public override async IAsyncEnumerable<SourceFile> FilesAsync(string uri, string? run, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var folders = new Stack<string>([""]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in await client.ListArtifactsAsync(uri, folder, cancellation))
            {
                var path = folder.Length == 0 ? entry.Path : $"{folder}/{entry.Path}";
                if (entry.IsDir) folders.Push(path);
                else yield return new SourceFile(path, entry.FileSize, stop => client.OpenArtifactAsync(uri, path, stop));
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => client.Dispose();
}
