using Microsoft.AspNetCore.Http;
using Saki.Tracking;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>
/// Where artifacts are kept: a folder, or a bucket of S3. Paths are as the proxy's routes name them, below its root; each method checks the path it is given.
/// </summary>
internal abstract class ArtifactStore : IDisposable
{
    private const string Scheme = "mlflow-artifacts:";

    /// <summary>The store that a location names: <c>s3://bucket/prefix</c>, or a folder.</summary>
    /// <param name="location">Null for the folder in <paramref name="home"/>.</param>
    /// <param name="home">Whose runs made without a server keep their artifacts in their own folders.</param>
    /// <exception cref="SakiException">It is neither, or S3's credentials are missing.</exception>
    public static ArtifactStore Of(string? location, SakiHome home)
    {
        var folder = new ArtifactFolder(location is null || location.Contains("://", StringComparison.Ordinal) ? Path.Combine(home.Tracking, "artifacts") : location, home.Runs);
        if (location is null || !location.Contains("://", StringComparison.Ordinal)) return folder;
        return new S3Artifacts(S3Address.Read(location), folder, Path.Combine(home.Cache, "artifacts"));
    }

    /// <summary>A URI's path below the root of the proxy.</summary>
    public static string Relative(string uri) => uri[Scheme.Length..].TrimStart('/').TrimEnd('/');

    /// <summary>Whether the files of an artifact URI are kept by this server.</summary>
    public static bool Keeps(string uri) => uri.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>The path of a file or folder under an artifact URI of this server.</summary>
    /// <exception cref="MlflowException">The URI is of another place, which this server does not open.</exception>
    public static string PathOf(string uri, string? path = null)
    {
        if (!Keeps(uri)) throw new MlflowException("NOT_IMPLEMENTED", "Artifacts outside of this server are not opened by it; read them at their own place");
        return string.Join('/', [Relative(uri), .. ArtifactPath.Parts(path)]);
    }

    /// <summary>What lies directly in a folder, by name; nothing for a file or for what is not there.</summary>
    public abstract Task<IReadOnlyList<ArtifactFile>> ListAsync(string? folder, CancellationToken cancellation = default);

    /// <summary>What lies in a folder of a run or model, with paths relative to the URI.</summary>
    public async Task<IReadOnlyList<ArtifactFile>> ListUnderAsync(string uri, string? path, CancellationToken cancellation = default)
    {
        var below = string.Join('/', ArtifactPath.Parts(path));
        var entries = await ListAsync(PathOf(uri, path), cancellation);
        return below.Length == 0 ? entries : [.. entries.Select(entry => entry with { Path = $"{below}/{entry.Path}" })];
    }

    /// <summary>The size of a file in bytes; null when no file is there.</summary>
    public abstract Task<long?> SizeAsync(string path, CancellationToken cancellation = default);

    /// <summary>A file to read from its beginning; the caller closes it.</summary>
    /// <exception cref="MlflowException">There is no such file.</exception>
    public abstract Task<Stream> OpenAsync(string path, CancellationToken cancellation = default);

    /// <summary>Keeps a stream as a file; it replaces what was there when it is whole and kept for good.</summary>
    /// <exception cref="MlflowException">A folder stands there, or a file where a folder is needed.</exception>
    public abstract Task SaveAsync(string path, Stream content, CancellationToken cancellation);

    /// <summary>Removes a file or a whole folder; what is not there is removed already.</summary>
    public abstract Task DeleteAsync(string path, CancellationToken cancellation = default);

    /// <summary>Sends a file as a download that no browser shows by itself; ranges are understood.</summary>
    /// <exception cref="MlflowException">There is no such file.</exception>
    public abstract Task SendAsync(HttpContext context, string path);

    /// <summary>A folder of this machine with the files under an artifact URI: where they are, or where they were fetched to.</summary>
    public abstract Task<string> FolderAsync(string uri, CancellationToken cancellation = default);

    /// <summary>Removes what uploads and fetches that were cut off left behind, when it is older than a day.</summary>
    /// <returns>How many files.</returns>
    public abstract Task<int> SweepAsync(TimeProvider time, CancellationToken cancellation);

    /// <summary>Begins an upload in parts that the client sends past this server.</summary>
    /// <exception cref="MlflowException">This store has none.</exception>
    public virtual Task<MultipartUpload> BeginAsync(string path, int parts, CancellationToken cancellation) => throw NotHere("upload");

    /// <summary>Makes the file of parts that were sent.</summary>
    public virtual Task CompleteAsync(string path, string upload, IReadOnlyList<MultipartPart> parts, CancellationToken cancellation) => throw NotHere("upload");

    /// <summary>Gives an upload up.</summary>
    public virtual Task AbortAsync(string path, string upload, CancellationToken cancellation) => throw NotHere("upload");

    /// <summary>An address at which a client reads a file past this server.</summary>
    public virtual Task<PresignedDownload> PresignAsync(string path, CancellationToken cancellation) =>
        throw new MlflowException("NOT_IMPLEMENTED", "Presigned download is not supported for the current artifact repository");

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The refusal for a file that is not there.</summary>
    protected static MlflowException None(string path) => MlflowException.Missing($"No such artifact: '{path}'");

    /// <summary>The header that names the download.</summary>
    protected static void NameDownload(HttpContext context, string name)
    {
        var header = new Microsoft.Net.Http.Headers.ContentDispositionHeaderValue("attachment");
        header.SetHttpFileName(name);
        context.Response.Headers.ContentDisposition = header.ToString();
    }

    private static MlflowException NotHere(string what) => new("NOT_IMPLEMENTED", $"Multipart {what} is not supported for the current artifact repository");
}
