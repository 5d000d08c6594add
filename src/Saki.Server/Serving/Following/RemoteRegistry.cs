using System.Text;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Serving.Following;

/// <summary>
/// A registry over HTTP. Saki's servers answer a long poll the moment that something moves; MLflow's are asked every few seconds. What was fetched is kept in the cache
/// by its digest.
/// </summary>
/// <param name="client">Over which it is reached; owned from now on.</param>
/// <param name="home">In whose cache files are kept.</param>
/// <param name="time">Measures.</param>
/// <param name="poll">How often a server without push is asked; null: every ten seconds.</param>
internal sealed class RemoteRegistry(TrackingClient client, SakiHome home, TimeProvider time, TimeSpan? poll = null) : RegistryLink
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(20);

    private readonly ModelRegistryClient _registry = new(client);
    private long _seen = -1;
    private bool? _pushes;

    public override async Task<IReadOnlyList<LinkedModel>> ReadAsync(CancellationToken cancellation)
    {
        // The number is read before the models: what changes in between is seen next time.
        if (_pushes is not false) _seen = await HeadAsync(0, TimeSpan.Zero, cancellation).ConfigureAwait(false) ?? -1;
        var models = await _registry.GetModelsAsync(cancellation).ConfigureAwait(false);
        return [.. models.Select(model => new LinkedModel(model.Name, Versions(model)))];
    }

    public override async Task WaitAsync(CancellationToken cancellation)
    {
        while (_pushes is true)
        {
            if (await HeadAsync(_seen, LongPoll, cancellation).ConfigureAwait(false) is not { } head) break;
            if (head != _seen) return;
        }
        await Task.Delay(poll ?? TimeSpan.FromSeconds(10), time, cancellation).ConfigureAwait(false);
    }

    public override void Dispose()
    {
        client.Dispose();
        base.Dispose();
    }

    protected override async Task<ReferencedModel> FindAsync(ModelReference reference, CancellationToken cancellation)
    {
        var version = await _registry.FindAsync(reference, cancellation).ConfigureAwait(false);
        var place = await _registry.GetDownloadUriAsync(version.Name, version.Version, cancellation).ConfigureAwait(false);
        return Found(version.Name, version.Version, await FetchAsync(place, cancellation).ConfigureAwait(false));
    }

    protected override async Task<string> FindRunAsync(string run, string path, CancellationToken cancellation)
    {
        var info = (await client.GetRunAsync(run, cancellation).ConfigureAwait(false)).Info;
        return await FetchAsync($"{info.ArtifactUri.TrimEnd('/')}/{path}", cancellation).ConfigureAwait(false);
    }

    private static Dictionary<string, string> Versions(RegisteredModel model)
    {
        var versions = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var version in model.LatestVersions)
            if (version.CurrentStage is { Length: > 0 } stage and not "None") versions[stage] = version.Version;
        foreach (var alias in model.Aliases) versions[alias.Alias] = alias.Version;
        return versions;
    }

    // Null where the server does not know the route.
    private async Task<long?> HeadAsync(long after, TimeSpan wait, CancellationToken cancellation)
    {
        try
        {
            var head = await _registry.GetHeadAsync(after, wait, cancellation).ConfigureAwait(false);
            _pushes = true;
            return head;
        }
        catch (MlflowException none) when (none.Status is 404 or 405)
        {
            _pushes = false;
            return null;
        }
    }

    private async Task<string> FetchAsync(string place, CancellationToken cancellation)
    {
        var cache = Path.Combine(home.EnsureWritable().Cache, "packages");
        Directory.CreateDirectory(cache);
        var first = Path.Combine(cache, $"{Guid.CreateVersion7():N}.first");
        try
        {
            var isPackage = await TryDownloadAsync(place, Package.SumsFile, first, cancellation).ConfigureAwait(false);
            if (!isPackage && !await TryDownloadAsync(place, MlflowModel.File, first, cancellation).ConfigureAwait(false))
                throw new SakiException("Fetching the model", $"a package of Saki's or a model of MLflow's at {place}", "neither", "Register what saki train or mlflow.onnx.log_model wrote.");
            var content = await File.ReadAllBytesAsync(first, cancellation).ConfigureAwait(false);
            // A package's list of digests vouches for its files; MLmodel says nothing of the model beside it, and two models may have the same text: the place belongs to the name.
            var name = isPackage ? content : [.. Encoding.UTF8.GetBytes($"{client.Server} {place}\n"), .. content];
            var folder = Path.Combine(cache, Digest.Of(name).Short);
            if (!Directory.Exists(folder)) DurableFile.WriteFolder(folder, to => (isPackage ? FillPackageAsync(place, content, to, cancellation) : FillMlflowAsync(place, content, to, cancellation)).GetAwaiter().GetResult());
            return folder;
        }
        finally
        {
            DurableFile.TryDelete(first);
        }
    }

    private async Task FillPackageAsync(string place, byte[] sums, string to, CancellationToken cancellation)
    {
        await Parallel.ForEachAsync(Package.FilesOf(sums), new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellation },
            async (name, stop) => await client.DownloadAsync(place, name, Path.Combine(to, name), stop).ConfigureAwait(false)).ConfigureAwait(false);
        await File.WriteAllBytesAsync(Path.Combine(to, Package.SumsFile), sums, cancellation).ConfigureAwait(false);
        Package.Open(to);
    }

    private async Task FillMlflowAsync(string place, byte[] content, string to, CancellationToken cancellation)
    {
        await File.WriteAllBytesAsync(Path.Combine(to, MlflowModel.File), content, cancellation).ConfigureAwait(false);
        var model = MlflowModel.ModelFileOf(to);
        await client.DownloadAsync(place, model, Path.Combine(to, model), cancellation).ConfigureAwait(false);
        await TryDownloadAsync(place, PipelineFile.Name, Path.Combine(to, PipelineFile.Name), cancellation).ConfigureAwait(false);
    }

    private async Task<bool> TryDownloadAsync(string place, string name, string file, CancellationToken cancellation)
    {
        try
        {
            await client.DownloadAsync(place, name, file, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (MlflowException none) when (none.Status is 404 or 500)
        {
            // MLflow's own proxy answers 500 for a file that is not there.
            DurableFile.TryDelete(file);
            return false;
        }
    }
}
