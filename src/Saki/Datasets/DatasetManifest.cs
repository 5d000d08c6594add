using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>
/// The file of one version, JSON lines: a header (format 1, name, digest, classes, counts, …), one line per left-out file, one line per sample
/// in path order. Written and read as a stream. Readers skip fields they do not know, so that later versions may add some.
/// </summary>
internal static class DatasetManifest
{
    private const int LongestLine = 1 << 20;

    private sealed record Header
    {
        [JsonPropertyName("saki")] public required string Saki { get; init; }
        [JsonPropertyName("format")] public required int Format { get; init; }
        [JsonPropertyName("name")] public required string Name { get; init; }
        [JsonPropertyName("digest")] public required string Digest { get; init; }
        [JsonPropertyName("sequence")] public required long Sequence { get; init; }
        [JsonPropertyName("classes")] public required IReadOnlyList<string> Classes { get; init; }
        [JsonPropertyName("counts")] public required Dictionary<string, IReadOnlyList<int>> Counts { get; init; }
        [JsonPropertyName("source")] public required string Source { get; init; }
        [JsonPropertyName("created")] public required DateTimeOffset Created { get; init; }
        [JsonPropertyName("left_out")] public int LeftOut { get; init; }
    }

    private static readonly JsonSerializerOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = Options.Encoder };

    public static void Write(Stream stream, DatasetVersion version)
    {
        var summary = version.Summary;
        var header = new Header
        {
            Saki = "dataset",
            Format = 1,
            Name = summary.Name,
            Digest = summary.Digest.ToString(),
            Sequence = summary.Sequence,
            Classes = summary.Classes,
            Counts = SplitNames.All.ToDictionary(split => split.Name(), split => summary.Counts[(int)split]),
            Source = summary.Source,
            Created = summary.Created,
            LeftOut = summary.LeftOutCount,
        };
        JsonSerializer.Serialize(stream, header, Options);
        stream.WriteByte((byte)'\n');
        var line = new ArrayBufferWriter<byte>(1024); // a writer over the stream itself would flush the file for every line
        using var writer = new Utf8JsonWriter(line, WriterOptions);
        foreach (var file in version.LeftOut) WriteLine(stream, line, writer, ("left_out", file.Path), ("reason", file.Reason));
        foreach (var sample in version.Samples)
        {
            WriteLine(stream, line, writer, ("path", sample.Path), ("digest", sample.Digest.ToString()),
                ("label", summary.Classes[sample.Label]), ("split", sample.Split.Name()));
        }
    }

    /// <summary>Reads the first line only.</summary>
    public static DatasetSummary ReadSummary(string path) => Guard(path, () =>
    {
        using var reader = new StreamReader(path, Encoding.UTF8);
        return Summary(reader);
    });

    /// <summary>Reads a whole version and proves that its samples are those of its digest.</summary>
    /// <exception cref="SakiException">The file is damaged or was edited.</exception>
    public static DatasetVersion Read(string path) => Guard(path, () =>
    {
        using var reader = new StreamReader(path, Encoding.UTF8, false, 1 << 16);
        var summary = Summary(reader);
        var labels = summary.Classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
        var samples = new List<Sample>(summary.Total);
        var leftOut = new List<LeftOut>();
        while (reader.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            string Text(string key) => json.RootElement.GetProperty(key).GetString() ?? throw new InvalidDataException($"no {key}");
            if (json.RootElement.TryGetProperty("left_out", out var file)) leftOut.Add(new LeftOut(file.GetString()!, Text("reason")));
            else if (Digest.TryParse(Text("digest"), out var digest) && labels.TryGetValue(Text("label"), out var label) && SplitNames.TryParse(Text("split"), out var split))
                samples.Add(new Sample(Text("path"), digest, label, split));
            else throw new InvalidDataException($"line {samples.Count + leftOut.Count + 2}");
        }
        var found = DatasetDigest.Of(samples, summary.Classes);
        if (found != summary.Digest) throw new InvalidDataException($"samples with digest {found.Short} under the name {summary.Digest.Short}");
        return new DatasetVersion(summary, samples.ToArray(), leftOut);
    });

    private static DatasetSummary Summary(StreamReader reader)
    {
        var line = reader.ReadLine();
        if (line is null || line.Length > LongestLine) throw new InvalidDataException("no header line");
        var header = JsonSerializer.Deserialize<Header>(line, Options)!;
        if (header.Saki != "dataset" || header.Format != 1) throw new InvalidDataException($"format {header.Format.ToString(CultureInfo.InvariantCulture)}");
        if (!Digest.TryParse(header.Digest, out var digest)) throw new InvalidDataException("no digest");
        return new DatasetSummary
        {
            Name = header.Name,
            Digest = digest,
            Sequence = header.Sequence,
            Classes = header.Classes,
            Counts = [.. SplitNames.All.Select(split => header.Counts[split.Name()])],
            Source = header.Source,
            Created = header.Created,
            LeftOutCount = header.LeftOut,
        };
    }

    private static void WriteLine(Stream stream, ArrayBufferWriter<byte> line, Utf8JsonWriter writer, params ReadOnlySpan<(string Key, string Value)> fields)
    {
        writer.WriteStartObject();
        foreach (var (key, value) in fields) writer.WriteString(key, value);
        writer.WriteEndObject();
        writer.Flush();
        line.Write("\n"u8);
        stream.Write(line.WrittenSpan);
        line.ResetWrittenCount();
        writer.Reset();
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new SakiException($"Reading {path}", "the manifest of a data set version (format 1)", failure.Message.TrimEnd('.'),
                "Import the data again, or restore the file.", failure);
        }
    }
}
