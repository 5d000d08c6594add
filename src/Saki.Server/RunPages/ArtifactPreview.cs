using System.Text;
using System.Text.Json;

namespace Saki.Server.RunPages;

/// <summary>What a page shows of a file: some of its text, its first rows, or the address of its picture. Never markup of the file's own.</summary>
public sealed record ArtifactPreview
{
    /// <summary>Most bytes that are read for a preview.</summary>
    public const int MostBytes = 256_000;

    private const int MostRows = 100, MostColumns = 30, LargestPicture = 25_000_000;

    /// <summary>The file, relative to the run's artifacts.</summary>
    public required string Path { get; init; }

    /// <summary>Its size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Its text, indented when it is JSON; null for what is no text.</summary>
    public string? Text { get; init; }

    /// <summary>Its first rows when it is a table; the first one is the head.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Rows { get; init; }

    /// <summary>Whether a browser draws it.</summary>
    public bool Picture { get; init; }

    /// <summary>What an ONNX model is made of.</summary>
    public OnnxFacts? Onnx { get; init; }

    /// <summary>What an evaluation found, when the file is such a report.</summary>
    public Saki.Evaluation.EvaluationReport? Report { get; init; }

    /// <summary>Whether only its beginning is shown.</summary>
    public bool Cut { get; init; }

    /// <summary>Reads the beginning of a file.</summary>
    internal static ArtifactPreview Read(string path, long bytes, Stream file)
    {
        var preview = new ArtifactPreview { Path = path, Bytes = bytes };
        var kind = System.IO.Path.GetExtension(path).ToLowerInvariant();
        if (kind is ".png" or ".jpg" or ".jpeg" or ".gif" or ".webp" or ".bmp" or ".svg") return preview with { Picture = bytes <= LargestPicture };
        if (kind == ".onnx") return preview with { Onnx = bytes <= OnnxFacts.LargestFile ? OnnxFacts.Read(file) : null };
        var buffer = new byte[Math.Min(bytes, kind == ".json" && bytes <= RunReport.Largest ? RunReport.Largest : MostBytes)];
        file.ReadExactly(buffer);
        if (kind == ".json" && buffer.Length == bytes && RunReport.Read(new MemoryStream(buffer, writable: false)) is { } report) return preview with { Report = report };
        buffer = buffer.Length <= MostBytes ? buffer : buffer[..MostBytes];
        if (Decode(buffer, whole: bytes <= MostBytes) is not { } text) return preview;
        preview = preview with { Cut = bytes > MostBytes };
        if (kind is ".csv" or ".tsv")
        {
            var rows = Table(text, kind == ".tsv" ? '\t' : ',');
            return preview with { Rows = [.. rows.Take(MostRows)], Cut = preview.Cut || rows.Count > MostRows };
        }
        return preview with { Text = kind == ".json" && !preview.Cut ? Indented(text) : text };
    }

    // Null for what is no text. A sign that the limit cut in two does not make it less of a text.
    private static string? Decode(byte[] bytes, bool whole)
    {
        if (bytes.AsSpan().Contains((byte)0)) return null;
        for (var cut = 0; cut <= (whole ? 0 : 3) && cut <= bytes.Length; cut++)
        {
            try
            {
                return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, bytes.Length - cut).TrimStart('\uFEFF');
            }
            catch (DecoderFallbackException)
            {
                // The next round leaves one byte more out.
            }
        }
        return null;
    }

    private static string Indented(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            using var into = new MemoryStream();
            using (var writer = new Utf8JsonWriter(into, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })) json.WriteTo(writer);
            return Encoding.UTF8.GetString(into.ToArray());
        }
        catch (JsonException)
        {
            return text;
        }
    }

    // RFC 4180: quoted cells may hold separators, line ends and doubled quotes.
    private static List<IReadOnlyList<string>> Table(string text, char separator)
    {
        var (rows, row, cell, quoted) = (new List<IReadOnlyList<string>>(), new List<string>(), new StringBuilder(), false);
        void EndCell()
        {
            if (row.Count < MostColumns) row.Add(cell.ToString());
            cell.Clear();
        }
        for (var i = 0; i < text.Length && rows.Count <= MostRows; i++)
        {
            var sign = text[i];
            if (quoted && sign == '"' && i + 1 < text.Length && text[i + 1] == '"') cell.Append(text[++i]);
            else if (sign == '"') quoted = !quoted;
            else if (!quoted && sign == separator) EndCell();
            else if (!quoted && sign == '\n')
            {
                EndCell();
                rows.Add(row);
                row = [];
            }
            else if (quoted || sign != '\r') cell.Append(sign);
        }
        if (cell.Length > 0 || row.Count > 0)
        {
            EndCell();
            rows.Add(row);
        }
        return rows;
    }
}
