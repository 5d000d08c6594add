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
internal sealed class ArtifactFolder(string root, string? runs) : ArtifactStore
{
    /// <summary>Begins the names of files that are still being written.</summary>
    public const string TemporaryPrefix = ".saki-upload-";

    private readonly string _root = Path.GetFullPath(root);

    /// <summary>Whether a path is of a run that was made without a server, whose files stay in its own folder.</summary>
    public bool IsOfLocalRun(string? path) => LocalRun(ArtifactPath.Parts(path)) is not null;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<ArtifactFile>> ListAsync(string? folder, CancellationToken cancellation = default)
    {
        var at = At(folder);
        if (!Directory.Exists(at)) return Task.FromResult<IReadOnlyList<ArtifactFile>>([]);
        return Task.FromResult<IReadOnlyList<ArtifactFile>>([.. new DirectoryInfo(at).EnumerateFileSystemInfos().Where(entry => !entry.Name.StartsWith(TemporaryPrefix, StringComparison.Ordinal))
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => new ArtifactFile(entry.Name, entry is DirectoryInfo, entry is FileInfo file ? file.Length : null))]);
    }

    /// <inheritdoc/>
    public override Task<long?> SizeAsync(string path, CancellationToken cancellation = default) => Task.FromResult(new FileInfo(At(path)) is { Exists: true } file ? file.Length : (long?)null);

    /// <inheritdoc/>
    public override Task<Stream> OpenAsync(string path, CancellationToken cancellation = default) => Task.FromResult<Stream>(File.Exists(At(path)) ? File.OpenRead(At(path)) : throw None(path));

    /// <inheritdoc/>
    public override async Task SaveAsync(string path, Stream content, CancellationToken cancellation)
    {
        var file = At(path);
        var folder = Path.GetDirectoryName(file)!;
        if (Directory.Exists(file)) throw ArtifactPath.Invalid();
        var temporary = Path.Combine(folder, $"{TemporaryPrefix}{RandomNumberGenerator.GetHexString(16)}");
        try
        {
            Directory.CreateDirectory(folder);
            await using (var into = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous))
            {
                await content.CopyToAsync(into, 1 << 17, cancellation);
                into.Flush(flushToDisk: true);
            }
            File.Move(temporary, file, overwrite: true);
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

    /// <inheritdoc/>
    public override Task DeleteAsync(string path, CancellationToken cancellation = default)
    {
        var at = At(path);
        if (at == _root) throw ArtifactPath.Invalid();
        if (Directory.Exists(at)) Directory.Delete(at, recursive: true);
        else if (File.Exists(at)) File.Delete(at);
        else return Task.CompletedTask;
        DurableFile.SyncFolder(Path.GetDirectoryName(at)!);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task SendAsync(HttpContext context, string path)
    {
        var file = At(path);
        if (!File.Exists(file)) throw None(Path.GetRelativePath(_root, file));
        var name = Path.GetFileName(file);
        NameDownload(context, name);
        return Results.File(file, ContentType.Of(name), enableRangeProcessing: true).ExecuteAsync(context);
    }

    /// <inheritdoc/>
    public override Task<string> FolderAsync(string uri, CancellationToken cancellation = default) => Task.FromResult(At(PathOf(uri)));

    /// <inheritdoc/>
    public override Task<int> SweepAsync(TimeProvider time, CancellationToken cancellation) => Task.Run(() =>
    {
        if (!Directory.Exists(_root)) return 0;
        var (swept, before) = (0, time.GetUtcNow().UtcDateTime - TimeSpan.FromDays(1));
        foreach (var left in Directory.EnumerateFiles(_root, $"{TemporaryPrefix}*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
        {
            cancellation.ThrowIfCancellationRequested();
            if (File.GetLastWriteTimeUtc(left) >= before) continue;
            DurableFile.TryDelete(left);
            swept++;
        }
        return swept;
    }, cancellation);

    /// <summary>Nothing is held open.</summary>
    public override void Dispose()
    {
    }

    // The file or folder of a path as the proxy's routes name it.
    private string At(string? path)
    {
        var parts = ArtifactPath.Parts(path);
        var home = LocalRun(parts);
        return home is null ? Inside(_root, [.. parts]) : Inside(home, [.. parts.Skip(2)]);
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
