using Saki.Inference.Serving;
using Saki.Tracking;

namespace Saki.Server.Serving.Following;

/// <summary>A registered model and which versions its words mean now.</summary>
/// <param name="Name">In the registry.</param>
/// <param name="Versions">Version numbers by alias and by stage; an alias goes before a stage of the same name.</param>
public sealed record LinkedModel(string Name, IReadOnlyDictionary<string, string> Versions);

/// <summary>The registry that a server takes models from: one on this machine's disk, Saki's over HTTP, or MLflow's. Finding is safe for many callers; one follows.</summary>
public abstract class RegistryLink : IDisposable
{
    /// <summary>What begins a reference to a run's model.</summary>
    public const string RunScheme = "runs:/";

    /// <summary>All registered models.</summary>
    /// <exception cref="SakiException">The registry cannot be reached.</exception>
    public abstract Task<IReadOnlyList<LinkedModel>> ReadAsync(CancellationToken cancellation);

    /// <summary>Waits until the registry may have changed since <see cref="ReadAsync"/>.</summary>
    public abstract Task WaitAsync(CancellationToken cancellation);

    /// <summary>The files of <c>models:/NAME/…</c>, <c>models:/NAME@ALIAS</c> or <c>runs:/ID[/PATH]</c>, on this machine.</summary>
    /// <exception cref="SakiException">There is no such model, or it is kept where nobody can fetch it.</exception>
    public async Task<ReferencedModel> FindAsync(string reference, CancellationToken cancellation)
    {
        if (!reference.StartsWith(RunScheme, StringComparison.Ordinal)) return await FindAsync(ModelReference.Parse(reference), cancellation).ConfigureAwait(false);
        var rest = reference[RunScheme.Length..].TrimStart('/');
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (run, path) = slash < 0 ? (rest, "package") : (rest[..slash], rest[(slash + 1)..].Trim('/'));
        if (path.Split('/').Any(part => part is "" or "." or "..")) throw new SakiException($"Finding the model {reference}", "runs:/ID or runs:/ID/PATH", "another path");
        return new ReferencedModel(await FindRunAsync(run, path, cancellation).ConfigureAwait(false), $"{RunScheme}{run}/{path}", null, null);
    }

    /// <inheritdoc/>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>The files of a registered version.</summary>
    protected abstract Task<ReferencedModel> FindAsync(ModelReference reference, CancellationToken cancellation);

    /// <summary>The folder of a run's model.</summary>
    protected abstract Task<string> FindRunAsync(string run, string path, CancellationToken cancellation);

    /// <summary>What always means this version.</summary>
    protected static ReferencedModel Found(string name, string version, string folder) => new(folder, $"{ModelReference.Scheme}{name}/{version}", name, version);
}
