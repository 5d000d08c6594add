namespace Saki.Datasets;

/// <summary>The formats that can be imported, and how a source is recognised by what it contains.</summary>
public static class DatasetFormat
{
    private const int MostFilesLookedAt = 10_000, MostEntriesLookedAt = 16;

    private static readonly Dictionary<string, Func<string, IDatasetReader>> Readers = new(StringComparer.Ordinal)
    {
        ["imagefolder"] = path => new ImageFolderReader(path),
        ["archive"] = path => new ArchiveFolderReader(path),
        ["manifest"] = path => new ManifestReader(path),
        ["fer2013"] = path => new Fer2013Reader(path),
        ["cifar10"] = path => new Cifar10Reader(path),
        ["cifar10-python"] = path => new Cifar10PythonReader(path),
        ["idx"] = path => new IdxReader(path),
    };

    /// <summary>The names that <see cref="Open"/> takes besides <c>auto</c>.</summary>
    public static IReadOnlyCollection<string> Names => Readers.Keys;

    /// <summary>A reader for <paramref name="path"/>. Its format is <paramref name="format"/>, or recognised by content for <c>auto</c>.</summary>
    /// <param name="path">File or folder.</param>
    /// <param name="format">One of <see cref="Names"/>, or auto.</param>
    /// <param name="groupColumn">The column of a table that names groups; null for none.</param>
    /// <exception cref="SakiException">There is no such file or folder, or it is no known format.</exception>
    public static IDatasetReader Open(string path, string format = "auto", string? groupColumn = null)
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new SakiException("Import", "a file or folder", $"nothing at {path}", Near(path));
        if (format == "auto") format = Detect(path);
        if (groupColumn is not null)
        {
            return format == "manifest" ? new ManifestReader(path, groupColumn)
                : throw new SakiException("Import", "a csv or JSON lines table for --group", $"the format {format}", "Write a table path,label,GROUP and import that.");
        }
        return Readers.TryGetValue(format, out var open) ? open(path) : throw new SakiException("Import", "a known format", $"\"{format}\"", DidYouMean.Hint(format, [.. Readers.Keys, "auto"]));
    }

    /// <summary>Recognises the format of an existing file or folder.</summary>
    /// <exception cref="SakiException">It is none of them.</exception>
    public static string Detect(string path)
    {
        if (Directory.Exists(path))
        {
            var files = Directory.EnumerateFiles(path).Take(MostFilesLookedAt).Select(file => Path.GetFileName(file)).ToArray();
            return Cifar(files) ?? (files.Any(IdxReader.IsImages) ? "idx" : "imagefolder");
        }
        var head = SourceFile.Head(path, 4096);
        if (Archive.IsZip(head) || Archive.IsTar(head)) return Cifar(Archive.Read(path).Take(MostEntriesLookedAt).Select(entry => Path.GetFileName(entry.Name))) ?? "archive";
        if (IdxReader.Recognises(head)) return "idx";
        if (Fer2013Reader.Recognises(head)) return "fer2013";
        if (ManifestReader.Recognises(head)) return "manifest";
        throw new SakiException("Import", "an image folder, a zip or tar of one, a csv or JSON lines table path,label, FER2013's csv, CIFAR-10 or IDX files", What(path, head),
            "See `saki data import --help` for what each format looks like.");
    }

    private static string? Cifar(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            if (Cifar10Reader.IsPart(file) && file != "readme.html") return "cifar10";
            if (Cifar10PythonReader.IsPart(file) && file != "readme.html") return "cifar10-python";
        }
        return null;
    }

    private static string What(string path, ReadOnlySpan<byte> head)
    {
        var name = Path.GetFileName(path);
        if (head.IsEmpty) return $"{name}, an empty file";
        var end = head.IndexOfAny((byte)'\n', (byte)'\r');
        var line = head[..(end < 0 ? Math.Min(head.Length, 60) : Math.Min(end, 60))];
        return line.IndexOfAnyInRange((byte)0, (byte)8) < 0 && line.Contains((byte)',')
            ? $"{name} with the columns {DatasetName.Printable(System.Text.Encoding.UTF8.GetString(line))}" : $"{name}, which is neither";
    }

    private static string Near(string path)
    {
        var full = Path.GetFullPath(path);
        var above = Path.GetDirectoryName(full);
        if (!Directory.Exists(above)) return $"There is no folder {above} either: check the path.";
        var names = Directory.EnumerateFileSystemEntries(above).Take(10_000).Select(entry => Path.GetFileName(entry)).ToArray();
        return DidYouMean.Closest(Path.GetFileName(full), names) is { } near ? $"Did you mean \"{near}\"?" : "Check the path.";
    }
}
