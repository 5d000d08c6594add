using System.Text;

namespace Saki.Datasets;

/// <summary>
/// FER2013's csv (plain, gzip or bzip2): columns emotion, pixels and Usage in any order; Usage may be missing, as in the challenge's train.csv.
/// 48x48 grey images, given as PGM. Row numbers count from 0 behind the header, as in the official file.
/// </summary>
public sealed class Fer2013Reader : IDatasetReader
{
    /// <summary>Width and height in pixels.</summary>
    public const int Size = 48;

    private const int Pixels = Size * Size;

    private readonly string _path;
    private readonly string _name;

    /// <param name="path">The csv; opened when read.</param>
    public Fer2013Reader(string path)
    {
        _path = Path.GetFullPath(path);
        _name = Path.GetFileName(path);
    }

    /// <inheritdoc/>
    public string Format => "fer2013";

    /// <inheritdoc/>
    public string Source => _path;

    /// <summary>In the order of the emotion codes 0-6.</summary>
    public IReadOnlyList<string> Classes { get; } = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

    /// <inheritdoc/>
    public long? ExpectedCount => null;

    /// <summary>True when <paramref name="head"/>, the start of a decompressed file, can be meant as this format: a first line with at least two of its columns.</summary>
    internal static bool Recognises(ReadOnlySpan<byte> head)
    {
        var end = head.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0) return false;
        var columns = Columns(head[..end]);
        return columns.Count(column => column is "emotion" or "pixels" or "Usage") >= 2;
    }

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        using var stream = SourceFile.Open(_path);
        var lines = new LineReader(stream, _name);
        var order = ReadHeader(lines);
        byte[] image = [.. Pnm.Header("P5", Size, Size), .. new byte[Pixels]];
        for (var row = 0L; ReadRow(lines, order, row, image) is { } found; row++)
        {
            var path = $"{found.Split.Name()}/{Classes[found.Label]}/{row:d8}.pgm";
            yield return new SourceImage(path, found.Label, found.Split, image);
        }
    }

    private (int Emotion, int Pixels, int Usage) ReadHeader(LineReader lines)
    {
        if (!lines.TryRead(out var line)) throw new SakiException($"Reading {_name}", "the header emotion,pixels,Usage", "an empty file", "Check the download.");
        var columns = Columns(line);
        foreach (var column in columns)
        {
            if (column is not ("emotion" or "pixels" or "Usage"))
                throw new SakiException($"Reading {_name}", "the columns emotion, pixels and Usage", $"a column \"{DatasetName.Printable(column)}\"", DidYouMean.Hint(column, ["emotion", "pixels", "Usage"]));
        }
        var order = (Array.IndexOf(columns, "emotion"), Array.IndexOf(columns, "pixels"), Array.IndexOf(columns, "Usage"));
        if (order.Item1 < 0 || order.Item2 < 0 || columns.Length != columns.Distinct().Count())
            throw new SakiException($"Reading {_name}", "the columns emotion, pixels and Usage once each", string.Join(",", columns), "Name the columns in the first line.");
        return order;
    }

    private static string[] Columns(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("\uFEFF"u8)) line = line[3..];
        return [.. Encoding.UTF8.GetString(line).Split(',').Select(column => column.Trim().Trim('"').Trim())];
    }

    private (int Label, Split Split)? ReadRow(LineReader lines, (int Emotion, int Pixels, int Usage) order, long row, byte[] image)
    {
        ReadOnlySpan<byte> line;
        do
        {
            if (!lines.TryRead(out line)) return null;
        }
        while (line.IsEmpty);

        var label = -1;
        var split = Split.Train;
        var fields = order.Usage < 0 ? 2 : 3;
        for (var field = 0; field < fields; field++)
        {
            var comma = line.IndexOf((byte)',');
            if (comma < 0 != (field == fields - 1)) throw Wrong(row, lines, $"{fields} fields", comma < 0 ? $"{field + 1}" : "more");
            var text = Unquote(comma < 0 ? line : line[..comma]);
            line = comma < 0 ? default : line[(comma + 1)..];
            if (field == order.Pixels) ReadPixels(text, row, lines, image.AsSpan(image.Length - Pixels));
            else if (field == order.Emotion) label = text is [>= (byte)'0' and <= (byte)'6'] ? text[0] - '0' : throw Wrong(row, lines, "an emotion from 0 to 6", Quote(text));
            else split = SplitNames.Spelled(Encoding.UTF8.GetString(text)) ?? throw Wrong(row, lines, "Usage Training, PublicTest or PrivateTest", Quote(text));
        }
        return (label, split);
    }

    // Written out by hand: this loop sees every byte of a 300 MB file.
    private void ReadPixels(ReadOnlySpan<byte> text, long row, LineReader lines, Span<byte> pixels)
    {
        var count = 0;
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == ' ')
            {
                i++;
                continue;
            }
            var start = i;
            var value = 0;
            for (; i < text.Length && text[i] != ' '; i++)
            {
                var digit = text[i] - '0';
                if ((uint)digit > 9 || (value = (value * 10) + digit) > 255)
                {
                    var end = text[start..].IndexOf((byte)' ');
                    throw Wrong(row, lines, "pixel values from 0 to 255", Quote(end < 0 ? text[start..] : text.Slice(start, end)));
                }
            }
            if (count < Pixels) pixels[count] = (byte)value;
            count++;
        }
        if (count != Pixels) throw Wrong(row, lines, $"{Pixels:n0} pixels ({Size}x{Size})", $"{count:n0}");
    }

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> text)
    {
        text = text.Trim((byte)' ');
        return text is [(byte)'"', .., (byte)'"'] ? text[1..^1] : text;
    }

    private static string Quote(ReadOnlySpan<byte> text) => $"\"{DatasetName.Printable(Encoding.UTF8.GetString(text))}\"";

    private SakiException Wrong(long row, LineReader lines, string expected, string got) =>
        new($"Reading {_name}", expected, $"{got} in row {row} (line {lines.Number})", "Correct the row or remove it.");
}
