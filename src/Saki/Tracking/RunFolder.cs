using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Tracking;

/// <summary>
/// One run as a local folder, until the tracking server takes the same calls: <c>run.json</c> (info, params, tags; replaced as a whole), <c>metrics.jsonl</c>
/// (one point a line, appended and flushed to disk by <see cref="LogMetrics"/>), <c>artifacts/</c>, <c>checkpoints/</c>. Not thread-safe.
/// </summary>
public sealed class RunFolder
{
    private const string InfoFile = "run.json", MetricsFile = "metrics.jsonl";
    private readonly TimeProvider _time;
    private Run _run;

    private RunFolder(string folder, Run run, TimeProvider time) => (Folder, _run, _time) = (folder, run, time);

    /// <summary>The run's own folder.</summary>
    public string Folder { get; }

    /// <summary>32 hex digits.</summary>
    public string RunId => _run.Info.RunId;

    /// <summary>Where the run stands.</summary>
    public RunStatus Status => _run.Info.Status;

    /// <summary>Info, params, tags and the newest value of each metric.</summary>
    public Run Run => _run with { Data = _run.Data with { Metrics = [.. History().GroupBy(m => m.Key).Select(g => g.Last())] } };

    /// <summary>Files that belong to the run.</summary>
    public string Artifacts => Path.Combine(Folder, "artifacts");

    /// <summary>Begins a run.</summary>
    /// <param name="home">Where runs lie.</param>
    /// <param name="name">For people.</param>
    /// <param name="parameters">All settings; written once.</param>
    /// <param name="time">Stamps everything.</param>
    public static RunFolder Create(SakiHome home, string name, IEnumerable<Param> parameters, TimeProvider time)
    {
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        var folder = Path.Combine(home.Runs, id);
        var run = new Run
        {
            Info = new RunInfo { RunId = id, RunName = name, Status = RunStatus.Running, StartTime = time.GetUtcNow().ToUnixTimeMilliseconds(), ArtifactUri = Path.Combine(folder, "artifacts") },
            Data = new RunData { Params = [.. parameters] },
        };
        var made = new RunFolder(folder, run, time);
        made.Save();
        return made;
    }

    /// <summary>Opens a run that was begun before.</summary>
    /// <exception cref="SakiException">Its folder is damaged.</exception>
    public static RunFolder Open(string folder, TimeProvider time)
    {
        try
        {
            var run = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, InfoFile)), TrackingJson.Default.Run);
            return new RunFolder(folder, run ?? throw new JsonException("null"), time);
        }
        catch (Exception failure) when (failure is IOException or JsonException)
        {
            throw new SakiException($"Reading run {Path.GetFileName(folder)}", $"a {InfoFile} that can be read", failure.Message.TrimEnd('.'), "Remove the folder if it is not needed.", failure);
        }
    }

    /// <summary>All runs, newest first. Folders that are no runs are passed over.</summary>
    public static IReadOnlyList<RunFolder> List(SakiHome home, TimeProvider time) => !Directory.Exists(home.Runs) ? [] :
        [.. Directory.EnumerateDirectories(home.Runs).Where(folder => File.Exists(Path.Combine(folder, InfoFile)))
            .Select(folder => Open(folder, time)).OrderByDescending(run => run._run.Info.StartTime).ThenByDescending(run => run.RunId, StringComparer.Ordinal)];

    /// <summary>Appends points of one step, stamped with the time now; on disk when it returns.</summary>
    public void LogMetrics(long step, IEnumerable<(string Key, double Value)> values)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var lines = new StringBuilder();
        foreach (var (key, value) in values) lines.Append(JsonSerializer.Serialize(new Metric(key, value, now, step), TrackingJson.Default.Metric)).Append('\n');
        using var file = new FileStream(Path.Combine(Folder, MetricsFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n') file.WriteByte((byte)'\n'); // a crash tore the last line: it stands alone and is passed over
        }
        file.Write(Encoding.UTF8.GetBytes(lines.ToString()));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Sets a tag.</summary>
    public void SetTag(string key, string value)
    {
        _run = _run with { Data = _run.Data with { Tags = [.. _run.Data.Tags.Where(t => t.Key != key), new RunTag(key, value)] } };
        Save();
    }

    /// <summary>Records where the run stands; stamps the end when it is over.</summary>
    public void Update(RunStatus status)
    {
        var over = status is RunStatus.Finished or RunStatus.Failed or RunStatus.Killed;
        _run = _run with { Info = _run.Info with { Status = status, EndTime = over ? _time.GetUtcNow().ToUnixTimeMilliseconds() : null } };
        Save();
    }

    /// <summary>Every point in the order of logging. A line torn by a crash is passed over.</summary>
    public IEnumerable<Metric> History()
    {
        var file = Path.Combine(Folder, MetricsFile);
        if (!File.Exists(file)) yield break;
        foreach (var line in File.ReadLines(file))
        {
            Metric? metric;
            try { metric = JsonSerializer.Deserialize(line, TrackingJson.Default.Metric); }
            catch (JsonException) { continue; }
            if (metric is not null) yield return metric;
        }
    }

    private void Save() =>
        DurableFile.Write(Path.Combine(Folder, InfoFile), JsonSerializer.SerializeToUtf8Bytes(_run with { Data = _run.Data with { Metrics = [] } }, TrackingJson.Default.Run));
}
