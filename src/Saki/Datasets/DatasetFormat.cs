namespace Saki.Datasets;

/// <summary>The formats that can be imported, and how a source is recognised by what it contains.</summary>
public static class DatasetFormat
{
    private static readonly Dictionary<string, Func<string, IDatasetReader>> Readers = new(StringComparer.Ordinal)
    {
        ["imagefolder"] = path => new ImageFolderReader(path),
        ["fer2013"] = path => new Fer2013Reader(path),
        ["cifar10"] = path => new Cifar10Reader(path),
    };

    /// <summary>The names that <see cref="Open"/> takes besides <c>auto</c>.</summary>
    public static IReadOnlyCollection<string> Names => Readers.Keys;

    /// <summary>A reader for <paramref name="path"/>. Its format is <paramref name="format"/>, or recognised by content for <c>auto</c>.</summary>
    /// <exception cref="SakiException">There is no such file or folder, or it is no known format.</exception>
    public static IDatasetReader Open(string path, string format = "auto")
    {
        if (!File.Exists(path) && !Directory.Exists(path))
            throw new SakiException("Import", "a file or folder", $"nothing at {path}", Near(path));
        if (format == "auto") format = Detect(path);
        return Readers.TryGetValue(format, out var open) ? open(path) : throw new SakiException("Import", "a known format", $"\"{format}\"", DidYouMean.Hint(format, [.. Readers.Keys, "auto"]));
    }

    /// <summary>Recognises the format of an existing file or folder.</summary>
    /// <exception cref="SakiException">It is none of them.</exception>
    public static string Detect(string path)
    {
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path).Any(file => Path.GetFileName(file) is var name && name.EndsWith(".bin", StringComparison.Ordinal) && Cifar10Reader.IsPart(name)) ? "cifar10" : "imagefolder";
        var head = SourceFile.Head(path, 4096);
        if (IsTar(head)) return "cifar10";
        if (Fer2013Reader.Recognises(head)) return "fer2013";
        throw new SakiException("Import", "a folder of class folders, FER2013's csv (plain, .gz, .bz2) or CIFAR-10's binary archive (.tar, .tar.gz, .tar.bz2)",
            What(path, head), "If it is an archive of an image folder, unpack it and import the folder.");
    }

    private static bool IsTar(ReadOnlySpan<byte> head) => head.Length >= 512 && head.Slice(257, 5).SequenceEqual("ustar"u8);

    private static string What(string path, ReadOnlySpan<byte> head)
    {
        var name = Path.GetFileName(path);
        if (head.IsEmpty) return $"{name}, an empty file";
        if (head.StartsWith("PK"u8)) return $"{name}, a zip archive";
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
