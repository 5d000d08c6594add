using System.Buffers.Binary;
using System.Globalization;

namespace Saki.Datasets;

/// <summary>
/// MNIST's IDX files (plain or gzip), as MNIST, Fashion-MNIST, KMNIST and EMNIST come: an images file (<c>…-images-idx3-ubyte</c>) with the labels file of the same
/// stem beside it, or a folder of such pairs. Grey images, given as PGM; classes are named by their numbers. Source: yann.lecun.com/exdb/mnist, "file formats".
/// </summary>
public sealed class IdxReader : IDatasetReader
{
    private const int LabelsMagic = 0x0801, ImagesMagic = 0x0803, MostImages = 50_000_000, MostSide = 4096;

    // Images file, its labels, split.
    private readonly List<(string Path, byte[] Labels, Split Split)> _parts = [];

    /// <param name="path">An images file, or the folder of several; the labels are read at once.</param>
    /// <exception cref="SakiException">A labels file is missing or wrong.</exception>
    public IdxReader(string path)
    {
        Source = Path.GetFullPath(path);
        var files = Directory.Exists(path) ? Directory.EnumerateFiles(path).Where(file => IsImages(Path.GetFileName(file))).Order(StringComparer.Ordinal).ToArray() : [path];
        foreach (var file in files) _parts.Add((file, ReadLabels(LabelsOf(file)), SplitOf(Path.GetFileName(file))));
        if (_parts.Count == 0) throw new SakiException($"Reading {Source}", "files named …-images-idx3-ubyte", "none", "Name the images file itself.");
        var most = _parts.Max(part => part.Labels.Length == 0 ? 0 : part.Labels.Max());
        Classes = [.. Enumerable.Range(0, most + 1).Select(label => label.ToString(CultureInfo.InvariantCulture))];
        ExpectedCount = _parts.Sum(part => (long)part.Labels.Length);
    }

    /// <inheritdoc/>
    public string Format => "idx";

    /// <inheritdoc/>
    public string Source { get; }

    /// <summary>The numbers from 0 to the highest label; <c>--mapping</c> gives them names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount { get; }

    /// <summary>True for the first bytes of a decompressed images file.</summary>
    internal static bool Recognises(ReadOnlySpan<byte> head) => head.Length >= 16 && BinaryPrimitives.ReadInt32BigEndian(head) == ImagesMagic;

    /// <summary>True for the names of images files.</summary>
    internal static bool IsImages(string file) => file.Contains("images", StringComparison.Ordinal) && file.Contains("idx3", StringComparison.Ordinal) && !file.StartsWith('.');

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read() => _parts.SelectMany(part => ReadPart(part.Path, part.Labels, part.Split));

    private IEnumerable<SourceImage> ReadPart(string path, byte[] labels, Split split)
    {
        var name = Path.GetFileName(path);
        using var stream = SourceFile.Open(path);
        var numbers = ReadNumbers(stream, name, 4);
        var (count, height, width) = (numbers[1], numbers[2], numbers[3]);
        if (numbers[0] != ImagesMagic || height is < 1 or > MostSide || width is < 1 or > MostSide)
            throw Wrong(name, "an IDX file of 8-bit images", $"the numbers {string.Join(", ", numbers)}");
        if (count != labels.Length) throw Wrong(name, $"as many images as labels ({labels.Length:n0})", $"{count:n0}");
        byte[] image = [.. Pnm.Header("P5", width, height), .. new byte[width * height]];
        var stem = name[..name.IndexOf("images", StringComparison.Ordinal)].TrimEnd('-', '_', '.');
        for (var i = 0; i < count; i++)
        {
            Fill(stream, image.AsSpan(image.Length - (width * height)), name);
            yield return new SourceImage($"{split.Name()}/{Classes[labels[i]]}/{stem}_{i:d6}.pgm", labels[i], split, image);
        }
        if (stream.ReadByte() >= 0) throw Wrong(name, $"{count:n0} images", "more bytes behind them");
    }

    private static byte[] ReadLabels(string path)
    {
        var name = Path.GetFileName(path);
        using var stream = SourceFile.Open(path);
        var numbers = ReadNumbers(stream, name, 2);
        if (numbers[0] != LabelsMagic || numbers[1] is < 0 or > MostImages) throw Wrong(name, "an IDX file of 8-bit labels", $"the numbers {numbers[0]}, {numbers[1]}");
        var labels = new byte[numbers[1]];
        Fill(stream, labels, name);
        return stream.ReadByte() < 0 ? labels : throw Wrong(name, $"{labels.Length:n0} labels", "more bytes behind them");
    }

    private static int[] ReadNumbers(Stream stream, string name, int count)
    {
        var bytes = new byte[4 * count];
        Fill(stream, bytes, name);
        return [.. Enumerable.Range(0, count).Select(i => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 * i)))];
    }

    private static void Fill(Stream stream, Span<byte> bytes, string name)
    {
        try
        {
            stream.ReadExactly(bytes);
        }
        catch (EndOfStreamException failure)
        {
            throw new SakiException($"Reading {name}", "the bytes that its header promises", "an earlier end", "Download it again and compare its checksum.", failure);
        }
    }

    // train-images-idx3-ubyte.gz -> train-labels-idx1-ubyte(.gz or not)
    private static string LabelsOf(string images)
    {
        var name = Path.GetFileName(images);
        var labels = name.Replace("images", "labels", StringComparison.Ordinal).Replace("idx3", "idx1", StringComparison.Ordinal);
        var folder = Path.GetDirectoryName(Path.GetFullPath(images))!;
        var plain = labels.EndsWith(".gz", StringComparison.Ordinal) ? labels[..^3] : labels;
        return new[] { labels, plain, plain + ".gz" }.Select(file => Path.Combine(folder, file)).FirstOrDefault(path => labels != name && File.Exists(path))
            ?? throw Wrong(name, $"the labels in {labels} beside it", "no such file");
    }

    private static Split SplitOf(string name) => name.StartsWith("t10k", StringComparison.Ordinal) || name.StartsWith("test", StringComparison.Ordinal) ? Split.Test
        : SplitNames.Spelled(name.Split('-', '_', '.')[0]) ?? Split.Train;

    private static SakiException Wrong(string name, string expected, string got) => new($"Reading {name}", expected, got, "Take both files of the pair from their publisher.");
}
