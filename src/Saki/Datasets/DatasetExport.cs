using System.Text;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>
/// Writes a version as files: every sample under its own path, and <c>samples.csv</c> (<c>path,label,split</c>) beside them. Importing that csv gives the same version
/// digest again; where paths begin with SPLIT/CLASS, as those of FER2013, CIFAR-10 and image folders do, the folder is an image folder too.
/// </summary>
/// <param name="store">Where the version is.</param>
public sealed class DatasetExport(DatasetStore store)
{
    /// <summary>The table beside the files.</summary>
    public const string Table = "samples.csv";

    /// <param name="version">What to write.</param>
    /// <param name="split">One split only; null for all.</param>
    /// <param name="folder">Must not exist, or be empty; it appears when all is written.</param>
    /// <param name="progress">Called with the samples written so far, from several threads.</param>
    /// <param name="cancel">Stops; nothing is left.</param>
    /// <returns>How many samples were written.</returns>
    /// <exception cref="SakiException">The folder has files, a path would leave it, or a stored image has changed on the disk.</exception>
    public int Run(DatasetVersion version, Split? split, string folder, Action<int>? progress = null, CancellationToken cancel = default)
    {
        var target = Path.GetFullPath(folder);
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new SakiException("Export", "a new or empty folder", $"{target}, which has files", "Name another folder.");
        var samples = version.Samples.Where(sample => split is null || sample.Split == split).ToArray();
        if (samples.FirstOrDefault(sample => !StaysInside(sample.Path)) is { Path: { } odd })
            throw new SakiException("Export", "sample paths that stay in the folder", $"\"{DatasetName.Printable(odd)}\"", "The manifest was not made by an import; do not trust it.");
        var temporary = $"{target}.{Environment.ProcessId}.tmp";
        try
        {
            foreach (var part in samples.Select(sample => Path.GetDirectoryName(sample.Path)!).Distinct(StringComparer.Ordinal).Append("")) Directory.CreateDirectory(Path.Combine(temporary, part));
            var done = 0;
            Parallel.ForEach(samples, new ParallelOptions { CancellationToken = cancel }, sample =>
            {
                var content = store.Read(sample);
                if (Digest.Of(content) != sample.Digest)
                    throw new SakiException("Export", $"the bytes of {sample.Path} as they were imported", "others: the disk has changed them", "Restore the object store, or import the data again.");
                File.WriteAllBytes(Path.Combine(temporary, sample.Path), content);
                progress?.Invoke(Interlocked.Increment(ref done));
            });
            WriteTable(Path.Combine(temporary, Table), version, samples);
            if (Directory.Exists(target)) Directory.Delete(target);
            Directory.Move(temporary, target);
            return samples.Length;
        }
        catch (Exception failure)
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            var cause = failure is AggregateException several ? several.InnerExceptions[0] : failure;
            if (cause is IOException or UnauthorizedAccessException) throw DurableFile.Explain(target, cause);
            if (cause != failure) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    private static void WriteTable(string path, DatasetVersion version, Sample[] samples)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        writer.WriteLine("path,label,split");
        foreach (var sample in samples) writer.WriteLine($"{Field(sample.Path)},{Field(version.Classes[sample.Label])},{sample.Split.Name()}");
    }

    private static string Field(string text) => text.AsSpan().IndexOfAny(',', '"') < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static bool StaysInside(string path) => path != Table && !Path.IsPathRooted(path) && !path.Contains('\\', StringComparison.Ordinal) && path.Split('/').All(part => part is not ("" or "." or ".."));
}
