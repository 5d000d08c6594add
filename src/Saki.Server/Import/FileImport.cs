using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Import;

/// <summary>Brings the files under an artifact URI. One that is here in full size is not brought again: files appear here only when they are whole.</summary>
internal sealed class FileImport(MlflowSource source, ArtifactStore artifacts, ImportReport report)
{
    /// <summary>Whether the files of a URI can be brought; else the URI stays as it is, and clients go on reading them there.</summary>
    public static bool Brings(string uri) => SourceFolder.Names(uri);

    /// <summary>Brings all files.</summary>
    /// <param name="from">At the source.</param>
    /// <param name="run">Whose they are; null for a model.</param>
    /// <param name="to">Here.</param>
    /// <param name="cancellation">Stops between two files.</param>
    public async Task BringAsync(string from, string? run, string to, CancellationToken cancellation)
    {
        try
        {
            await foreach (var file in source.FilesAsync(from, run, cancellation)) await BringAsync(file, to, cancellation);
        }
        catch (SakiException refused) when (refused is not MlflowException { Code: "UNAUTHENTICATED" or "PERMISSION_DENIED" } and not Storage.StorageFullException and { ExitCode: not 3 })
        {
            report.Note(refused.Message);
        }
    }

    private async Task BringAsync(SourceFile file, string to, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string path;
        try
        {
            path = ArtifactStore.PathOf(to, file.Path);
        }
        catch (MlflowException)
        {
            report.Note("A file whose name is not allowed here was left out");
            return;
        }
        var here = await artifacts.SizeAsync(path, cancellation);
        if (here is not null && here == file.Bytes) return;
        await using var content = await file.OpenAsync(cancellation);
        await artifacts.SaveAsync(path, content, cancellation);
        report.Files++;
        report.Bytes += await artifacts.SizeAsync(path, cancellation) ?? 0;
    }
}
