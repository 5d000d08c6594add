using System.Text;

namespace Saki.Datasets;

/// <summary>
/// CIFAR-10's binary version: a folder or a tar (plain, gzip, bzip2) with <c>data_batch_N.bin</c> (train), <c>test_batch.bin</c> (test) and
/// <c>batches.meta.txt</c> (class names). 32x32 colour images, given as PPM. Archives are streamed, never unpacked.
/// </summary>
public sealed class Cifar10Reader : IDatasetReader
{
    private const int RecordBytes = 1 + Cifar10.PixelBytes;
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
        foreach (var (file, length, content) in Files())
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
        var image = Cifar10.BlankImage();
        for (var i = 0; i < length / RecordBytes; i++)
        {
            Fill(content, record, file);
            if (record[0] >= Classes.Count)
                throw new SakiException($"Reading {file} of {_name}", $"a label from 0 to {Classes.Count - 1}", $"label {record[0]} in record {i}", "Check that this is CIFAR-10 and not CIFAR-100.");
            Cifar10.Interleave(record.AsSpan(1), image);
            yield return new SourceImage(Cifar10.PathOf(split, Classes[record[0]], stem, i), record[0], split, image);
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
        foreach (var (file, length, content) in Files())
        {
            if (file != "batches.meta.txt") continue;
            var bytes = new byte[Math.Min(length, MostMetaBytes)];
            content.ReadExactly(bytes);
            var names = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return Cifar10.CheckClasses(file, _name, names);
        }
        throw new SakiException($"Reading {_name}", "batches.meta.txt with the class names", "none", "Use the binary version of CIFAR-10, cifar-10-binary.tar.gz, or its whole folder.");
    }

    private static bool IsTrainBatch(string file) => file.EndsWith(".bin", StringComparison.Ordinal) && Cifar10.IsTrainBatch(file[..^4]);

    private IEnumerable<ArchiveEntry> Files() => Cifar10.Files(_path, IsPart, "binary");
}
