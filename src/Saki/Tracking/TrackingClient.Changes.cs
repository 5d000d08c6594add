namespace Saki.Tracking;

/// <content>What is done to experiments and runs besides logging.</content>
public sealed partial class TrackingClient
{
    /// <summary>Marks a run deleted; its records stay until <c>saki gc</c>.</summary>
    public Task DeleteRunAsync(string run, CancellationToken cancellation = default) => PostAsync("runs/delete", new RunName(run), MlflowJson.Of<RunName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Removes a note from a run.</summary>
    /// <exception cref="MlflowException">It has none of that name (<see cref="MlflowException.NotThere"/>).</exception>
    public Task DeleteRunTagAsync(string run, string key, CancellationToken cancellation = default) => PostAsync("runs/delete-tag", new RunTagName(run, key), MlflowJson.Of<RunTagName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Brings a deleted run back.</summary>
    public Task RestoreRunAsync(string run, CancellationToken cancellation = default) => PostAsync("runs/restore", new RunName(run), MlflowJson.Of<RunName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Marks an experiment and its runs deleted.</summary>
    public Task DeleteExperimentAsync(string experiment, CancellationToken cancellation = default) =>
        PostAsync("experiments/delete", new ExperimentName(experiment), MlflowJson.Of<ExperimentName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Brings a deleted experiment and its runs back.</summary>
    public Task RestoreExperimentAsync(string experiment, CancellationToken cancellation = default) =>
        PostAsync("experiments/restore", new ExperimentName(experiment), MlflowJson.Of<ExperimentName>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Writes a note on an experiment.</summary>
    public Task SetExperimentTagAsync(string experiment, Tag tag, CancellationToken cancellation = default) =>
        PostAsync("experiments/set-experiment-tag", new ExperimentTag(experiment, tag.Key, tag.Value), MlflowJson.Of<ExperimentTag>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Says which data sets a run read.</summary>
    public Task LogInputsAsync(string run, IReadOnlyList<DatasetInput> datasets, CancellationToken cancellation = default) =>
        PostAsync("runs/log-inputs", new LogInputs(run, datasets), MlflowJson.Of<LogInputs>(), MlflowJson.Of<Nothing>(), cancellation);

    /// <summary>Removes for good what was deleted, with its artifacts. Saki's servers only.</summary>
    public Task<GarbageReport> CollectGarbageAsync(CollectGarbage asked, CancellationToken cancellation = default) =>
        PostAsync("../saki/gc", asked, MlflowJson.Of<CollectGarbage>(), MlflowJson.Of<GarbageReport>(), cancellation);
}
