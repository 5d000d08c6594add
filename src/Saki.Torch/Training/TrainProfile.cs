using System.Text.Json;

namespace Saki.Torch.Training;

/// <summary>
/// Where the time of a training goes: spans by name and thread. <see cref="Measure"/> is for any thread; <see cref="Enter"/> for the training's own, where one part follows
/// the other without gaps. Written as a Chrome trace (chrome://tracing, Perfetto) and told as a table. Thread-safe.
/// </summary>
/// <param name="time">Measures.</param>
public sealed class TrainProfile(TimeProvider time)
{
    private const int MostSpans = 500_000; // about 60 MB of trace; totals go on being counted

    private readonly Lock _lock = new();
    private readonly List<(string Name, int Thread, long Start, long End)> _spans = [];
    private readonly Dictionary<string, (long Ticks, long Count)> _totals = [];
    private readonly long _origin = time.GetTimestamp();
    private (string Name, long Start)? _current;

    /// <summary>Time in each part, the longest first. Parts of other threads (loader) run beside the training's own.</summary>
    public IReadOnlyList<(string Name, TimeSpan Total, long Count)> Table
    {
        get
        {
            lock (_lock) return [.. _totals.Select(part => (part.Key, time.GetElapsedTime(0, part.Value.Ticks), part.Value.Count)).OrderByDescending(part => part.Item2)];
        }
    }

    /// <summary>Ends the training thread's current part and begins <paramref name="name"/>; null only ends.</summary>
    public void Enter(string? name)
    {
        var now = time.GetTimestamp();
        if (_current is { } last) Add(last.Name, last.Start, now);
        _current = name is null ? null : (name, now);
    }

    /// <summary>Measures until the result is disposed, on the same thread.</summary>
    public IDisposable Measure(string name) => new Span(this, name, time.GetTimestamp());

    /// <summary>Writes the trace.</summary>
    public void WriteChromeTrace(string path) => Storage.DurableFile.Write(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartArray("traceEvents");
        lock (_lock)
        {
            foreach (var (name, thread, start, end) in _spans)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("ph", "X"); // a complete event: start and duration in microseconds
                json.WriteNumber("ts", time.GetElapsedTime(_origin, start).TotalMicroseconds);
                json.WriteNumber("dur", time.GetElapsedTime(start, end).TotalMicroseconds);
                json.WriteNumber("pid", 1);
                json.WriteNumber("tid", thread);
                json.WriteEndObject();
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private void Add(string name, long start, long end)
    {
        lock (_lock)
        {
            if (_spans.Count < MostSpans) _spans.Add((name, Environment.CurrentManagedThreadId, start, end));
            var (ticks, count) = _totals.GetValueOrDefault(name);
            _totals[name] = (ticks + (end - start), count + 1);
        }
    }

    private sealed class Span(TrainProfile profile, string name, long start) : IDisposable
    {
        public void Dispose() => profile.Add(name, start, profile.Now);
    }

    private long Now => time.GetTimestamp();
}
