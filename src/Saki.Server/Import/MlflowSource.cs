using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>
/// What an MLflow holds, read in the order in which it can be written elsewhere: its SQLite file, or its REST API. Deleted experiments, runs and models are given, too.
/// </summary>
internal abstract class MlflowSource : IDisposable
{
    /// <summary>As people know it, without credentials.</summary>
    public abstract string Name { get; }

    /// <summary>The source that a text names: an address, or a file.</summary>
    /// <param name="source"><c>http(s)://…</c>, <c>sqlite:///FILE</c>, or a file.</param>
    /// <param name="client">Calls the address; owned by the caller.</param>
    /// <param name="folders">Folders of this machine besides the file's own from which artifacts may be read.</param>
    /// <exception cref="SakiException">There is none, or it is no MLflow.</exception>
    public static MlflowSource Open(string source, Func<string, TrackingClient> client, IReadOnlyList<string> folders)
    {
        if (source.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) return new RestSource(client(source));
        return new SqliteSource(source.StartsWith("sqlite:///", StringComparison.OrdinalIgnoreCase) ? source["sqlite:///".Length..] : source, folders);
    }

    /// <summary>How many runs there are; 0 when that is not known before.</summary>
    public abstract long CountRuns();

    /// <summary>The experiments.</summary>
    public abstract IAsyncEnumerable<Experiment> ExperimentsAsync(CancellationToken cancellation);

    /// <summary>The runs of an experiment, without their points.</summary>
    public abstract IAsyncEnumerable<SourceRun> RunsAsync(string experiment, CancellationToken cancellation);

    /// <summary>The points of a run, always in the same order while none is added before others.</summary>
    /// <param name="run">The run.</param>
    /// <param name="skip">How many to leave out at the beginning.</param>
    /// <param name="cancellation">Stops.</param>
    public abstract IAsyncEnumerable<Metric> PointsAsync(SourceRun run, long skip, CancellationToken cancellation);

    /// <summary>The logged models of MLflow 3 of an experiment; none where the source is older.</summary>
    public abstract IAsyncEnumerable<SourceModel> LoggedModelsAsync(string experiment, CancellationToken cancellation);

    /// <summary>The registered models, with tags and aliases.</summary>
    public abstract IAsyncEnumerable<RegisteredModel> RegisteredModelsAsync(CancellationToken cancellation);

    /// <summary>The versions of a model, the lowest first.</summary>
    public abstract IAsyncEnumerable<ModelVersion> VersionsAsync(string model, CancellationToken cancellation);

    /// <summary>The files under an artifact URI of the source. Links are not followed.</summary>
    /// <exception cref="SakiException">They lie where they may not be read from, or cannot be reached.</exception>
    public abstract IAsyncEnumerable<SourceFile> FilesAsync(string uri, string? run, CancellationToken cancellation);

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A run of a source.</summary>
/// <param name="Run">Without points.</param>
/// <param name="Deleted">When it was deleted, in milliseconds since 1970; null when it was not, or when that is not known.</param>
internal sealed record SourceRun(Run Run, long? Deleted)
{
    /// <summary>Whether nothing more will be logged to it.</summary>
    public bool Ended => Run.Info.Status is RunStatus.Finished or RunStatus.Failed or RunStatus.Killed;
}

/// <summary>A logged model of a source.</summary>
internal sealed record SourceModel(LoggedModel Model, bool Deleted);

/// <summary>A file of a source.</summary>
/// <param name="Path">Relative, with slashes.</param>
/// <param name="Bytes">Its size; null when that is not known before.</param>
/// <param name="OpenAsync">Opens it; the caller closes it.</param>
internal sealed record SourceFile(string Path, long? Bytes, Func<CancellationToken, Task<Stream>> OpenAsync);
