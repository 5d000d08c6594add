namespace Saki.Datasets;

/// <summary>What CIFAR-10's binary and Python versions share.</summary>
internal static class Cifar10
{
    public const int Size = 32, Plane = Size * Size, PixelBytes = 3 * Plane;

    /// <summary>A PPM whose pixels are to be filled by <see cref="Interleave"/>.</summary>
    public static byte[] BlankImage() => [.. Pnm.Header("P6", Size, Size), .. new byte[PixelBytes]];

    /// <summary>Turns a red, a green and a blue plane into the pixels of <paramref name="image"/>.</summary>
    public static void Interleave(ReadOnlySpan<byte> planes, byte[] image)
    {
        var pixels = image.AsSpan(image.Length - PixelBytes);
        for (var p = 0; p < Plane; p++)
            for (var channel = 0; channel < 3; channel++) pixels[(3 * p) + channel] = planes[(channel * Plane) + p];
    }

    /// <summary>The ten names, checked.</summary>
    public static string[] CheckClasses(string file, string archive, IReadOnlyList<string> names)
    {
        if (names.Count == 10 && names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == 10 && names.All(name => name.Length > 0 && !name.Any(c => char.IsControl(c) || c is '/' or '\\'))) return [.. names];
        throw new SakiException($"Reading {file} of {archive}", "ten different class names", $"{names.Count} names", "Take the file of the original archive.");
    }

    /// <summary>The path of a record: the same in both versions, so that both give the same data set version.</summary>
    public static string PathOf(Split split, string className, string batch, int record) => $"{split.Name()}/{className}/{batch}_{record:d5}.ppm";

    public static bool IsTrainBatch(string stem) => stem.StartsWith("data_batch_", StringComparison.Ordinal) && stem.Length is > 11 and < 16 && stem.AsSpan(11).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>The files of a folder or an archive for which <paramref name="isPart"/> holds; an archive with any other file is refused.</summary>
    public static IEnumerable<ArchiveEntry> Files(string path, Func<string, bool> isPart, string version) =>
        Directory.Exists(path) ? FolderFiles(path, isPart) : ArchiveFiles(path, isPart, version);

    private static IEnumerable<ArchiveEntry> FolderFiles(string folder, Func<string, bool> isPart)
    {
        foreach (var path in Directory.EnumerateFiles(folder).Where(path => isPart(Path.GetFileName(path))).Order(StringComparer.Ordinal))
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            yield return new ArchiveEntry(Path.GetFileName(path), stream.Length, stream);
        }
    }

    private static IEnumerable<ArchiveEntry> ArchiveFiles(string path, Func<string, bool> isPart, string version)
    {
        foreach (var entry in Archive.Read(path))
        {
            var file = Path.GetFileName(entry.Name);
            if (file.StartsWith('.')) continue;
            if (!isPart(file)) throw ArchiveEntryName.Refuse(Path.GetFileName(path), $"\"{DatasetName.Printable(entry.Name)}\", which is no part of CIFAR-10's {version} version");
            yield return entry with { Name = file };
        }
    }
}
