using System.Formats.Tar;
using System.Text;

namespace Saki.Datasets;

/// <summary>
/// CIFAR-10's binary version: a folder or a tar (plain, gzip, bzip2) with <c>data_batch_N.bin</c> (train), <c>test_batch.bin</c> (test) and
/// <c>batches.meta.txt</c> (class names). 32x32 colour images, given as PPM. Archives are streamed, never unpacked.
/// </summary>
public sealed class Cifar10Reader : IDatasetReader
{
    private const int Size = 32, Plane = Size * Size, RecordBytes = 1 + (3 * Plane);
    private const int MostRecordsPerBatch = 1_000_000, MostMetaBytes = 1 << 16;

    private readonly string _path;
    private readonly string _name;

    /// <param name="path">Folder or archive; the class names are read at once.</param>
    /// <exception cref="SakiException">The class names are missing or wrong, or the archive holds what it should not.</exception>
    public Cifar10Reader(string path)
    {
        _path = Path.GetFullPath(path);
        _name = Path.GetFileName(_path.TrimEnd(Path.DirectorySeparatorChar));
        Classes = ReadClasses();
    }

    /// <inheritdoc/>
    public string Format => "cifar10";

    /// <inheritdoc/>
    public string Source => _path;

    /// <summary>The ten names of <c>batches.meta.txt</c>.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => null;

    /// <summary>True for the file names of the format.</summary>
    internal static bool IsPart(string file) => file is "batches.meta.txt" or "test_batch.bin" or "readme.html" || IsTrainBatch(file);

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var batches = 0;
        foreach (var (file, content, length) in Files())
        {
            if (!file.EndsWith(".bin", StringComparison.Ordinal)) continue;
            batches++;
            foreach (var image in ReadBatch(file, content, length)) yield return image;
        }
        if (batches == 0) throw new SakiException($"Reading {_name}", "data_batch_1.bin … or test_batch.bin", "neither", "Use the binary version, cifar-10-binary.tar.gz.");
    }

    private IEnumerable<SourceImage> ReadBatch(string file, Stream content, long length)
    {
        if (length == 0 || length % RecordBytes != 0 || length / RecordBytes > MostRecordsPerBatch)
            throw new SakiException($"Reading {file} of {_name}", $"a multiple of {RecordBytes:n0} bytes, one record per image", $"{length:n0} bytes", "Download it again and compare its checksum.");
        var split = IsTrainBatch(file) ? Split.Train : Split.Test;
        var stem = Path.GetFileNameWithoutExtension(file);
        var record = new byte[RecordBytes];
        byte[] image = [.. Pnm.Header("P6", Size, Size), .. new byte[3 * Plane]];
        for (var i = 0; i < length / RecordBytes; i++)
        {
            Fill(content, record, file);
            if (record[0] >= Classes.Count)
                throw new SakiException($"Reading {file} of {_name}", $"a label from 0 to {Classes.Count - 1}", $"label {record[0]} in record {i}", "Check that this is CIFAR-10 and not CIFAR-100.");
            var pixels = image.AsSpan(image.Length - (3 * Plane));
            for (var p = 0; p < Plane; p++)
                for (var channel = 0; channel < 3; channel++) pixels[(3 * p) + channel] = record[1 + (channel * Plane) + p];
            yield return new SourceImage($"{split.Name()}/{Classes[record[0]]}/{stem}_{i:d5}.ppm", record[0], split, image);
        }
    }

    private void Fill(Stream content, byte[] record, string file)
    {
        try
        {
            content.ReadExactly(record);
        }
        catch (EndOfStreamException failure)
        {
            throw new SakiException($"Reading {file} of {_name}", "the bytes that its size promises", "an earlier end", "Download it again and compare its checksum.", failure);
        }
    }

    private string[] ReadClasses()
    {
        foreach (var (file, content, length) in Files())
        {
            if (file != "batches.meta.txt") continue;
            var bytes = new byte[Math.Min(length, MostMetaBytes)];
            content.ReadExactly(bytes);
            var names = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (names.Length == 10 && names.Distinct(StringComparer.OrdinalIgnoreCase).Count() == 10 && names.All(name => !name.Any(c => char.IsControl(c) || c is '/' or '\\'))) return names;
            throw new SakiException($"Reading batches.meta.txt of {_name}", "ten different class names, one a line", $"{names.Length} lines", "Take the file of the original archive.");
        }
        throw new SakiException($"Reading {_name}", "batches.meta.txt with the class names", "none", "Use the binary version of CIFAR-10, cifar-10-binary.tar.gz, or its whole folder.");
    }

    private static bool IsTrainBatch(string file) => file.StartsWith("data_batch_", StringComparison.Ordinal) && file.EndsWith(".bin", StringComparison.Ordinal)
        && file.Length is > 15 and < 20 && file.AsSpan(11, file.Length - 15).IndexOfAnyExceptInRange('0', '9') < 0;

    private IEnumerable<(string File, Stream Content, long Length)> Files() => Directory.Exists(_path) ? FolderFiles() : ArchiveFiles();

    private IEnumerable<(string File, Stream Content, long Length)> FolderFiles()
    {
        foreach (var path in Directory.EnumerateFiles(_path).Where(path => IsPart(Path.GetFileName(path))).Order(StringComparer.Ordinal))
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            yield return (Path.GetFileName(path), stream, stream.Length);
        }
    }

    private IEnumerable<(string File, Stream Content, long Length)> ArchiveFiles()
    {
        using var stream = SourceFile.Open(_path);
        using var tar = new TarReader(stream);
        var names = new ArchiveEntryName(_name);
        while (Next(tar) is { } entry)
        {
            names.Check(entry.Name);
            if (entry.EntryType == TarEntryType.Directory) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw ArchiveEntryName.Refuse(_name, $"an entry of type {entry.EntryType} (\"{DatasetName.Printable(entry.Name)}\")");
            var file = Path.GetFileName(entry.Name);
            if (file.StartsWith('.')) continue;
            if (!IsPart(file)) throw ArchiveEntryName.Refuse(_name, $"\"{DatasetName.Printable(entry.Name)}\", which is no part of CIFAR-10's binary version");
            yield return (file, entry.DataStream ?? Stream.Null, entry.Length);
        }
    }

    private TarEntry? Next(TarReader tar)
    {
        try
        {
            return tar.GetNextEntry();
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new SakiException($"Reading {_name}", "a whole tar archive", failure.Message.TrimEnd('.'), "Download it again and compare its checksum.", failure);
        }
    }
}
