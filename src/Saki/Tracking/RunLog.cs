using System.Text.Json;

namespace Saki.Tracking;

/// <summary>
/// Logs to one run; the calls are MLflow's. Points are appended and handed to the operating system at once (a kill -9 loses none; a power cut may lose
/// those since the last <see cref="Flush"/>), params and tags are on disk when the call returns. One thread at a time. Disposing without
/// <see cref="End"/> marks the run FAILED.
/// </summary>
public sealed class RunLog : IDisposable
{
    private readonly TimeProvider _time;
    private readonly FileStream _points;
    private readonly List<Param> _params;
    private readonly List<Tag> _tags;
    private bool _ended;

    internal RunLog(RunFolder folder, TimeProvider time)
    {
        (Folder, _time) = (folder, time);
        (_params, _tags) = ([.. folder.ReadParams()], [.. folder.ReadTags()]);
        _points = new FileStream(folder.File(RunFolder.MetricsFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
        CloseTornLine();
    }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>The run's id.</summary>
    public string RunId => Folder.RunId;

    /// <summary>Logs a point, with the time of now.</summary>
    public void LogMetric(string key, double value, long step = 0) => LogMetrics([(key, value)], step);

    /// <summary>Logs points of the same step and time.</summary>
    public void LogMetrics(IEnumerable<(string Key, double Value)> points, long step)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        Log(new LogBatch { RunId = RunId, Metrics = [.. points.Select(point => new Metric(point.Key, point.Value, now, step))] });
    }

    /// <summary>Logs settings; each can be written once.</summary>
    /// <exception cref="SakiException">A setting is there already with another value.</exception>
    public void LogParams(IEnumerable<Param> items) => Log(new LogBatch { RunId = RunId, Params = [.. items] });

    /// <summary>Writes or rewrites a note.</summary>
    public void SetTag(string key, string value) => Log(new LogBatch { RunId = RunId, Tags = [new Tag(key, value)] });

    /// <summary>Params, then points, then tags; nothing is written when one of them is refused.</summary>
    /// <exception cref="SakiException">A key is not allowed, a param changes, or the disk is full.</exception>
    public void Log(LogBatch batch)
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        var items = batch.Params.Select(LogRules.Checked).ToList();
        var points = batch.Metrics.Select(LogRules.Checked).ToList();
        var tags = batch.Tags.Select(LogRules.Checked).ToList();
        if (AddParams(items)) Folder.Write(_params);
        if (points.Count > 0) Append(points);
        foreach (var tag in tags)
        {
            _tags.RemoveAll(old => old.Key == tag.Key);
            _tags.Add(tag);
        }
        if (tags.Count > 0) Folder.Write(_tags);
    }

    /// <summary>Forces the points to disk.</summary>
    public void Flush() => _points.Flush(flushToDisk: true);

    /// <summary>Ends the run; nothing can be logged after it.</summary>
    public void End(RunStatus status)
    {
        if (_ended) return;
        _ended = true;
        Flush();
        _points.Dispose();
        Folder.Write(Folder.ReadInfo() with { Status = status, EndTime = _time.GetUtcNow().ToUnixTimeMilliseconds() });
    }

    /// <inheritdoc/>
    public void Dispose() => End(RunStatus.Failed);

    private bool AddParams(List<Param> items)
    {
        var added = new List<Param>();
        foreach (var item in items)
        {
            var old = _params.Concat(added).FirstOrDefault(known => known.Key == item.Key);
            if (old is null) added.Add(item);
            else if (old.Value != item.Value)
                throw new SakiException($"Logging the param {item.Key}", $"its first value, \"{old.Value}\"", $"\"{item.Value}\"", "Changing param values is not allowed; start another run.");
        }
        _params.AddRange(added);
        return added.Count > 0;
    }

    private void Append(List<Metric> points)
    {
        using var lines = new MemoryStream();
        foreach (var point in points)
        {
            JsonSerializer.Serialize(lines, point, MlflowJson.Default.Metric);
            lines.WriteByte((byte)'\n');
        }
        try { _points.Write(lines.GetBuffer(), 0, (int)lines.Length); }
        catch (IOException full)
        {
            throw new SakiException($"Logging to {Folder.File(RunFolder.MetricsFile)}", "a disk with room", full.Message.TrimEnd('.'), "Make room; the points so far are kept.", full);
        }
    }

    private void CloseTornLine()
    {
        _points.Seek(0, SeekOrigin.End);
        if (_points.Length == 0) return;
        _points.Seek(-1, SeekOrigin.End);
        if (_points.ReadByte() != '\n') _points.WriteByte((byte)'\n');
    }
}
