using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Saki.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Artifacts;

/// <summary>
/// Artifacts as files under one folder. A file is written beside its place, flushed, and renamed: a reader sees the old one or the new one. After symbolic
/// links are followed the real path must lie inside the folder. Runs that were made without a server keep theirs in their own run folder.
/// </summary>
/// <param name="root">Made when first written to.</param>
/// <param name="runs">The folder of runs made without a server; null when there is none.</param>
internal sealed class ArtifactFolder(string root, string? runs)
{
    /// <summary>Begins the names of files that are still being written.</summary>
    public const string TemporaryPrefix = ".saki-upload-";

    private const string Scheme = "mlflow-artifacts:";
    private readonly string _root = Path.GetFullPath(root);

    /// <summary>The file or folder of a path as the proxy's routes name it.</summary>
    public string At(string? path)
    {
        var parts = ArtifactPath.Parts(path);
        var home = LocalRun(parts);
        return home is null ? Inside(_root, [.. parts]) : Inside(home, [.. parts.Skip(2)]);
    }

    /// <summary>The file or folder of a path under an artifact URI of this server.</summary>
    /// <exception cref="MlflowException">The URI is of another place, which this server does not open.</exception>
    public string Under(string uri, string? path)
    {
        if (!uri.StartsWith(Scheme, StringComparison.Ordinal)) throw new MlflowException("NOT_IMPLEMENTED", "Artifacts outside of this server are not opened by it; read them at their own place");
        var below = ArtifactPath.Parts(path);
        return At(string.Join('/', [Relative(uri), .. below]));
    }

    /// <summary>A URI's path below the root of the proxy.</summary>
    public static string Relative(string uri) => uri[Scheme.Length..].TrimStart('/').TrimEnd('/');

    /// <summary>What lies directly in a folder, by name; nothing for a file or for what is not there.</summary>
    public static IReadOnlyList<ArtifactFile> List(string folder, string prefix = "")
    {
        if (!Directory.Exists(folder)) return [];
        return [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith(TemporaryPrefix, StringComparison.Ordinal))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => new ArtifactFile($"{prefix}{entry.Name}", entry is DirectoryInfo, entry is FileInfo file ? file.Length : null))];
    }

    /// <summary>What lies in a folder of a run or model, with paths relative to the URI.</summary>
    public IReadOnlyList<ArtifactFile> ListUnder(string uri, string? path)
    {
        var below = string.Join('/', ArtifactPath.Parts(path));
        return List(Under(uri, path), below.Length == 0 ? "" : $"{below}/");
    }

    /// <summary>Keeps a stream as a file; it replaces what was there when it is whole and on disk.</summary>
    /// <exception cref="MlflowException">A folder stands there, or a file where a folder is needed.</exception>
    public static async Task SaveAsync(string path, Stream content, CancellationToken cancellation)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Directory.Exists(path)) throw ArtifactPath.Invalid();
        var temporary = Path.Combine(folder, $"{TemporaryPrefix}{RandomNumberGenerator.GetHexString(16)}");
        try
        {
            Directory.CreateDirectory(folder);
            await using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous))
            {
                await content.CopyToAsync(file, 1 << 17, cancellation);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            DurableFile.SyncFolder(folder);
        }
        catch (Exception failure)
        {
            DurableFile.TryDelete(temporary);
            if (failure is IOException io && (ushort)io.HResult is 28 or 112) throw new Storage.StorageFullException(io);
            // A file where the path needs a folder.
            if (failure is IOException && failure is not BadHttpRequestException && !Directory.Exists(folder)) throw ArtifactPath.Invalid();
            throw;
        }
    }

    /// <summary>Removes a file or a whole folder; what is not there is removed already.</summary>
    public void Delete(string path)
    {
        if (path == _root) throw ArtifactPath.Invalid();
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else if (File.Exists(path)) File.Delete(path);
        else return;
        DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Sends a file as a download that no browser shows by itself; ranges are understood.</summary>
    /// <exception cref="MlflowException">There is no such file.</exception>
    public Task SendAsync(HttpContext context, string path)
    {
        if (!File.Exists(path)) throw MlflowException.Missing($"No such artifact: '{Path.GetRelativePath(_root, path)}'");
        var name = Path.GetFileName(path);
        var headers = new Microsoft.Net.Http.Headers.ContentDispositionHeaderValue("attachment");
        headers.SetHttpFileName(name);
        context.Response.Headers.ContentDisposition = headers.ToString();
        return Results.File(path, ContentType.Of(name), enableRangeProcessing: true).ExecuteAsync(context);
    }

    private string? LocalRun(IReadOnlyList<string> parts)
    {
        if (runs is null || parts.Count < 3 || parts[2] != "artifacts" || parts[1].Length != 32 || !parts[1].All(char.IsAsciiHexDigitLower)) return null;
        var folder = Path.Combine(runs, parts[1]);
        return Directory.Exists(folder) ? folder : null;
    }

    private static string Inside(string root, string[] parts)
    {
        var full = Path.GetFullPath(Path.Combine([root, .. parts]));
        var home = Real(root);
        var real = Real(full);
        return real == home || real.StartsWith(home + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? full : throw ArtifactPath.Invalid();
    }

    // The path with each link on the way followed. What does not exist yet has no links.
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            var link = new FileInfo(next).LinkTarget is null ? null : File.ResolveLinkTarget(next, returnFinalTarget: true)?.FullName;
            real = link ?? next;
        }
        return real;
    }
}
