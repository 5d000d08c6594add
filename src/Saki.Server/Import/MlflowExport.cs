using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>
/// Sends everything of one MLflow server to another through REST. The other gives runs ids of its own; each says in its tag <c>saki.run_id</c> which one it is, and in
/// <c>saki.exported</c> that it is whole. It can be ended at any moment and run again: what is there is not sent twice.
/// </summary>
public sealed class MlflowExport
{
    private const string IdTag = "saki.run_id", WholeTag = "saki.exported", VersionTag = "saki.version";
    private const int PointsAtOnce = 1000, ItemsAtOnce = 100;
    private readonly TrackingClient _to;
    private readonly RestSource _from;
    private readonly ModelRegistryClient _registry;
    private readonly ImportReport _report;
    private readonly Dictionary<string, RunInfo> _sent = [];

    private MlflowExport(TrackingClient from, TrackingClient to)
    {
        (_from, _to, _registry) = (new RestSource(from), to, new ModelRegistryClient(to));
        _report = new ImportReport { Source = _from.Name };
    }

    /// <summary>Does it.</summary>
    /// <param name="from">The server that has it all; owned by the caller.</param>
    /// <param name="to">The server that gets it; owned by the caller.</param>
    /// <param name="progress">Told after each run.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SakiException">A server is away, or refuses.</exception>
    public static async Task<ImportReport> RunAsync(TrackingClient from, TrackingClient to, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        var export = new MlflowExport(from, to);
        await foreach (var experiment in export._from.ExperimentsAsync(cancellation)) await export.SendAsync(experiment, progress, cancellation);
        await foreach (var model in export._from.RegisteredModelsAsync(cancellation)) await export.SendAsync(model, cancellation);
        return export._report;
    }

    private async Task SendAsync(Experiment experiment, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        var target = await _to.EnsureExperimentAsync(experiment.Name, cancellation);
        var deleted = experiment.LifecycleStage == "deleted";
        if (deleted) await RestoreAsync(target, cancellation);
        foreach (var tag in experiment.Tags) await _to.SetExperimentTagAsync(target, tag, cancellation);
        _report.Experiments++;
        await foreach (var run in _from.RunsAsync(experiment.ExperimentId, cancellation))
        {
            await SendAsync(run, target, cancellation);
            progress?.Report(new ImportProgress(_report.Runs + _report.RunsHereBefore, 0));
        }
        await foreach (var model in _from.LoggedModelsAsync(experiment.ExperimentId, cancellation)) _report.Note($"Logged models are not sent: {model.Model.Info.Name}");
        if (deleted) await _to.DeleteExperimentAsync(target, cancellation);
    }

    // An export that was cut off may have deleted it already, and nothing can be logged to what is deleted.
    private async Task RestoreAsync(string experiment, CancellationToken cancellation)
    {
        try
        {
            await _to.RestoreExperimentAsync(experiment, cancellation);
        }
        catch (MlflowException active) when (active.Code == MlflowException.NotThere)
        {
            // It was not deleted.
        }
    }

    private async Task SendAsync(SourceRun source, string experiment, CancellationToken cancellation)
    {
        var (info, data) = (source.Run.Info, source.Run.Data);
        var found = (await _to.SearchRunsAsync(new SearchRuns([experiment]) { Filter = $"tags.`{IdTag}` = '{info.RunId}'", RunViewType = "ALL", MaxResults = 1 }, cancellation)).Runs;
        if (found.Count == 1 && found[0].Data.Tags.Any(tag => tag.Key == WholeTag))
        {
            _sent[info.RunId] = found[0].Info;
            _report.RunsHereBefore++;
            return;
        }
        var target = found.Count == 1 ? found[0].Info : (await _to.CreateRunAsync(new CreateRun
        {
            ExperimentId = experiment,
            UserId = info.UserId,
            RunName = info.RunName,
            StartTime = info.StartTime,
            Tags = [new Tag(IdTag, info.RunId)],
        }, cancellation)).Info;
        _sent[info.RunId] = target;
        if (target.LifecycleStage == "deleted") await _to.RestoreRunAsync(target.RunId, cancellation);
        await SendAsync(source, target, data, cancellation);
        await SendFilesAsync(info.ArtifactUri, info.RunId, target.ArtifactUri, cancellation);
        await _to.UpdateRunAsync(new UpdateRun { RunId = target.RunId, Status = info.Status, EndTime = info.EndTime }, cancellation);
        if (source.Ended) await _to.LogBatchAsync(new LogBatch { RunId = target.RunId, Tags = [new Tag(WholeTag, "true")] }, cancellation);
        if (info.LifecycleStage == "deleted") await _to.DeleteRunAsync(target.RunId, cancellation);
        _report.Runs++;
    }

    private async Task SendAsync(SourceRun source, RunInfo target, RunData data, CancellationToken cancellation)
    {
        foreach (var part in data.Params.Chunk(ItemsAtOnce)) await _to.LogBatchAsync(new LogBatch { RunId = target.RunId, Params = part }, cancellation);
        foreach (var part in data.Tags.Where(tag => tag.Key is not (IdTag or WholeTag)).Chunk(ItemsAtOnce)) await _to.LogBatchAsync(new LogBatch { RunId = target.RunId, Tags = part }, cancellation);
        if (source.Run.Inputs?.DatasetInputs is { Count: > 0 } inputs) await _to.LogInputsAsync(target.RunId, inputs, cancellation);
        var points = new List<Metric>(PointsAtOnce);
        await foreach (var point in _from.PointsAsync(source, 0, cancellation))
        {
            points.Add(point);
            if (points.Count == PointsAtOnce) await FlushAsync(target.RunId, points, cancellation);
        }
        if (points.Count > 0) await FlushAsync(target.RunId, points, cancellation);
    }

    private async Task FlushAsync(string run, List<Metric> points, CancellationToken cancellation)
    {
        await _to.LogBatchAsync(new LogBatch { RunId = run, Metrics = points }, cancellation);
        _report.Points += points.Count;
        points.Clear();
    }

    private async Task SendFilesAsync(string from, string run, string to, CancellationToken cancellation)
    {
        if (!from.StartsWith("mlflow-artifacts:", StringComparison.Ordinal) || !to.StartsWith("mlflow-artifacts:", StringComparison.Ordinal))
        {
            _report.Note($"Artifacts are sent between servers that keep them (mlflow-artifacts:) only: {(from.StartsWith("mlflow-artifacts:", StringComparison.Ordinal) ? to : from).Split(':')[0]}:");
            return;
        }
        await foreach (var file in _from.FilesAsync(from, run, cancellation))
        {
            await using var content = await file.OpenAsync(cancellation);
            await _to.UploadAsync(to, file.Path, content, cancellation);
            _report.Files++;
            _report.Bytes += file.Bytes ?? 0;
        }
    }

    private async Task SendAsync(RegisteredModel model, CancellationToken cancellation)
    {
        try
        {
            await _registry.CreateModelAsync(model.Name, cancellation);
        }
        catch (MlflowException there) when (there.Code == MlflowException.Exists)
        {
            // What it lacks is added.
        }
        if (model.Description is { Length: > 0 } description) await _registry.DescribeAsync(model.Name, description, cancellation);
        foreach (var tag in model.Tags) await _registry.SetTagAsync(model.Name, tag, cancellation);
        var known = await _registry.GetVersionsAsync(model.Name, cancellation) ?? [];
        var numbers = known.Where(version => version.Tags.Any(tag => tag.Key == VersionTag)).ToDictionary(version => version.Tags.First(tag => tag.Key == VersionTag).Value, version => version.Version);
        await foreach (var version in _from.VersionsAsync(model.Name, cancellation))
        {
            if (!numbers.ContainsKey(version.Version)) numbers[version.Version] = await SendAsync(version, cancellation);
        }
        foreach (var alias in model.Aliases)
            if (numbers.TryGetValue(alias.Version, out var number)) await _registry.SetAliasAsync(model.Name, alias.Alias, number, cancellation);
        _report.RegisteredModels++;
    }

    // A logged model has no id there: its files go to the run that made it.
    private async Task<string> SourceAsync(ModelVersion version, RunInfo? run, CancellationToken cancellation)
    {
        if (run is null || !version.Source.StartsWith("models:/m-", StringComparison.Ordinal)) return version.Source;
        var target = $"{run.ArtifactUri.TrimEnd('/')}/models/{version.Source["models:/".Length..]}";
        await SendFilesAsync(await _from.StorageAsync(version, cancellation), version.RunId, target, cancellation);
        return target;
    }

    private async Task<string> SendAsync(ModelVersion version, CancellationToken cancellation)
    {
        var run = version.RunId.Length > 0 ? _sent.GetValueOrDefault(version.RunId) : null;
        var source = await SourceAsync(version, run, cancellation);
        if (run is not null && source.IndexOf($"/{version.RunId}/artifacts", StringComparison.Ordinal) is >= 0 and var at) source = $"{run.ArtifactUri}{source[(at + version.RunId.Length + "//artifacts".Length)..]}";
        var made = await _registry.CreateVersionAsync(new CreateModelVersion(version.Name, source)
        {
            RunId = run?.RunId,
            Description = version.Description.Length > 0 ? version.Description : null,
            Tags = [.. version.Tags.Where(tag => tag.Key != VersionTag), new Tag(VersionTag, version.Version)],
        }, cancellation);
        if (made.Version != version.Version) _report.Note($"{version.Name} {version.Version} is {made.Version} there");
        if (version.CurrentStage != "None") await _registry.MoveAsync(version.Name, made.Version, version.CurrentStage, archiveExisting: false, cancellation);
        _report.Versions++;
        return made.Version;
    }
}
