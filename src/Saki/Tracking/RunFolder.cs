using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Tracking;

/// <summary>
/// One run on disk: <c>meta.json</c> (<see cref="RunInfo"/>), <c>params.json</c>, <c>tags.json</c> (each replaced whole), <c>metrics.jsonl</c> (one
/// <see cref="Metric"/> a line, appended) and <c>artifacts/</c>. A line that a kill -9 tore off at the end of metrics.jsonl is not read.
/// </summary>
public sealed class RunFolder
{
    internal const string Meta = "meta.json", ParamsFile = "params.json", TagsFile = "tags.json", MetricsFile = "metrics.jsonl";

    internal RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The run's id: the folder's name.</summary>
    public string RunId => System.IO.Path.GetFileName(Path);

    /// <summary>Where artifacts go; made when first asked for.</summary>
    public string Artifacts => Directory.CreateDirectory(System.IO.Path.Combine(Path, "artifacts")).FullName;

    /// <summary>The run as it stands: info, newest metrics, params, tags.</summary>
    /// <exception cref="SakiException">A file is not what Saki writes.</exception>
    public Run Read() => new(ReadInfo(), new RunData
    {
        Metrics = [.. History().GroupBy(point => point.Key).Select(points => points.MaxBy(point => (point.Step, point.Timestamp, point.Value))!).OrderBy(point => point.Key, StringComparer.Ordinal)],
        Params = ReadParams(),
        Tags = ReadTags(),
    });

    /// <summary>All points in the order of logging. Read line by line: a million points need little memory.</summary>
    /// <param name="key">Only this metric; null for all.</param>
    public IEnumerable<Metric> History(string? key = null)
    {
        var file = File(MetricsFile);
        if (!System.IO.File.Exists(file)) yield break;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            // A run that was resumed after a kill -9 begins a new line behind the torn one, so a torn line can also stand in the middle.
            if (ReadPoint(line) is { } point && (key is null || point.Key == key)) yield return point;
        }
    }

    /// <summary>What the run is, without what it logged: one small file.</summary>
    /// <exception cref="SakiException">The file is not what Saki writes.</exception>
    public RunInfo ReadInfo() => ReadJson(Meta, MlflowJson.Default.RunInfo) ?? throw Damaged(Meta, "none", null);

    internal IReadOnlyList<Param> ReadParams() => ReadJson(ParamsFile, MlflowJson.Default.IReadOnlyListParam) ?? [];

    internal IReadOnlyList<Tag> ReadTags() => ReadJson(TagsFile, MlflowJson.Default.IReadOnlyListTag) ?? [];

    internal void Write(RunInfo info) => DurableFile.Write(File(Meta), JsonSerializer.SerializeToUtf8Bytes(info, MlflowJson.Default.RunInfo));

    internal void Write(IReadOnlyList<Param> items) => DurableFile.Write(File(ParamsFile), JsonSerializer.SerializeToUtf8Bytes(items, MlflowJson.Default.IReadOnlyListParam));

    internal void Write(IReadOnlyList<Tag> items) => DurableFile.Write(File(TagsFile), JsonSerializer.SerializeToUtf8Bytes(items, MlflowJson.Default.IReadOnlyListTag));

    internal string File(string name) => System.IO.Path.Combine(Path, name);

    internal static Metric? ReadPoint(string line)
    {
        try { return JsonSerializer.Deserialize(line, MlflowJson.Default.Metric); }
        catch (JsonException) { return null; } // torn by a crash while it was appended
    }

    private T? ReadJson<T>(string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        var file = File(name);
        if (!System.IO.File.Exists(file)) return null;
        try { return JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(file), type); }
        catch (JsonException wrong) { throw Damaged(name, wrong.Message.TrimEnd('.'), wrong); }
    }

    private SakiException Damaged(string name, string got, Exception? cause) =>
        new($"Reading the run {RunId}", $"a {name} as Saki writes it", got, $"Remove {Path} if the run is not needed.", cause);
}
