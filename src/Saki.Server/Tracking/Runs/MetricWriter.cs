using System.Runtime.InteropServices;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>
/// Keeps metric points and, in the same transaction, the newest point and the extremes of each metric. What one commit brings to a run becomes one row
/// (docs/decisions/0021): thousands of points cost as much as one. A run's rows are folded into rows by metric when they have grown to <see cref="FoldPoints"/>
/// points or <see cref="FoldSegments"/> rows, so that one metric's history is read without the others'. Used on the writer's thread only.
/// </summary>
internal sealed class MetricWriter
{
    /// <summary>Unfolded points of a run at which they are folded.</summary>
    public const int FoldPoints = 65_536;

    /// <summary>Unfolded rows of a run at which they are folded.</summary>
    public const int FoldSegments = 1024;

    private const int MostRemembered = 200_000;

    private readonly Dictionary<string, long> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<long, RunMetrics> _runs = [];
    private readonly Dictionary<long, List<KeyedPoint>> _pending = [];
    private int _remembered;

    public MetricWriter(WriteSession session)
    {
        session.Committing += Flush;
        session.Forgotten += Forget;
        session.Discarded += _pending.Clear;
    }

    /// <summary>Adds checked points to what this commit brings to a run. Nothing may fail behind it in the same write.</summary>
    public void Add(WriteSession session, long run, IReadOnlyList<Metric> metrics)
    {
        if (!_pending.TryGetValue(run, out var points)) _pending.Add(run, points = new List<KeyedPoint>(metrics.Count));
        foreach (var metric in metrics) points.Add(new KeyedPoint(KeyOf(session, metric.Key), new MetricPoint(metric.Timestamp, metric.Step, Finite(metric.Value))));
    }

    /// <summary>Infinity as MLflow's SQL store keeps it.</summary>
    public static double Finite(double value) => double.IsInfinity(value) ? (value > 0 ? double.MaxValue : double.MinValue) : value;

    private long KeyOf(WriteSession session, string name)
    {
        if (_keys.TryGetValue(name, out var key)) return key;
        if (_keys.Count >= MostRemembered) _keys.Clear();
        var known = session.Prepare("SELECT id FROM metric_keys WHERE name = @0", name).ExecuteScalar();
        key = (long)(known ?? session.Prepare("INSERT INTO metric_keys (name) VALUES (@0) RETURNING id", name).ExecuteScalar()!);
        _keys.Add(name, key);
        return key;
    }

    private void Flush(WriteSession session)
    {
        foreach (var (run, points) in _pending)
        {
            var metrics = Of(session, run);
            session.Prepare("INSERT INTO metric_segments (run, segment, points, data) VALUES (@0, @1, @2, @3)",
                run, metrics.NextSegment++, (long)points.Count, PointCodec.Encode(CollectionsMarshal.AsSpan(points))).ExecuteNonQuery();
            metrics.Segments++;
            metrics.Points += points.Count;
            Summarise(session, run, metrics, points);
            if (metrics.Points >= Math.Max(FoldPoints, 8 * metrics.Newest.Count) || metrics.Segments >= FoldSegments) Fold(session, run, metrics);
        }
        _pending.Clear();
        if (_remembered <= MostRemembered) return;
        _runs.Clear();
        _remembered = 0;
    }

    private void Summarise(WriteSession session, long run, RunMetrics metrics, List<KeyedPoint> points)
    {
        var changed = new HashSet<long>();
        foreach (var (key, point) in points)
        {
            ref var summary = ref CollectionsMarshal.GetValueRefOrAddDefault(metrics.Newest, key, out var known);
            if (!known) _remembered++;
            if (Update(ref summary, point, known)) changed.Add(key);
        }
        session.Each("""
            INSERT INTO metrics (run, key, step, time, value, nan, min, max) VALUES (@0, @1, @2, @3, @4, @5, @6, @7)
            ON CONFLICT (run, key) DO UPDATE SET step = excluded.step, time = excluded.time, value = excluded.value, nan = excluded.nan, min = excluded.min, max = excluded.max
            """, changed.Select(key => Row(run, key, metrics.Newest[key])));
    }

    private static object?[] Row(long run, long key, Summary summary)
    {
        var nan = double.IsNaN(summary.Last.Value);
        return [run, key, summary.Last.Step, summary.Last.Time, nan ? 0.0 : summary.Last.Value, nan ? 1L : 0L, summary.Min, summary.Max];
    }

    private static bool Update(ref Summary summary, MetricPoint point, bool known)
    {
        var before = summary;
        if (!known || point.IsLaterThan(summary.Last)) summary.Last = point;
        if (!double.IsNaN(point.Value))
        {
            summary.Min = Math.Min(summary.Min ?? point.Value, point.Value);
            summary.Max = Math.Max(summary.Max ?? point.Value, point.Value);
        }
        return !known || summary != before;
    }

    private static void Fold(WriteSession session, long run, RunMetrics metrics)
    {
        var points = new List<KeyedPoint>(metrics.Points);
        using (var reader = session.Prepare("SELECT data FROM metric_segments WHERE run = @0 ORDER BY segment", run).ExecuteReader())
            while (reader.Read()) PointCodec.DecodeKeyed((byte[])reader[0], points);
        var fold = metrics.NextSegment;
        session.Each("INSERT INTO metric_chunks (run, fold, key, points, first_time, last_time, data) VALUES (@0, @1, @2, @3, @4, @5, @6)", Chunks(run, fold, points));
        session.Prepare("INSERT INTO metric_folds (run, fold) VALUES (@0, @1)", run, fold).ExecuteNonQuery();
        session.Prepare("DELETE FROM metric_segments WHERE run = @0", run).ExecuteNonQuery();
        (metrics.Points, metrics.Segments) = (0, 0);
    }

    // Sorted where they lie: copies of so many points would be large objects, which are collected late.
    private static IEnumerable<object?[]> Chunks(long run, long fold, List<KeyedPoint> points)
    {
        points.Sort(static (one, other) => one.Key != other.Key ? one.Key.CompareTo(other.Key) : one.Point.CompareTo(other.Point));
        var group = new List<MetricPoint>();
        for (var at = 0; at < points.Count;)
        {
            var key = points[at].Key;
            group.Clear();
            for (; at < points.Count && points[at].Key == key; at++)
            {
                if (group.Count == 0 || group[^1].CompareTo(points[at].Point) != 0) group.Add(points[at].Point);
            }
            yield return [run, fold, key, (long)group.Count, group[0].Time, group[^1].Time, PointCodec.Encode(CollectionsMarshal.AsSpan(group))];
        }
    }

    private RunMetrics Of(WriteSession session, long run)
    {
        if (_runs.TryGetValue(run, out var metrics)) return metrics;
        metrics = new RunMetrics();
        using (var reader = session.Prepare("SELECT key, step, time, value, nan, min, max FROM metrics WHERE run = @0", run).ExecuteReader())
        {
            while (reader.Read())
            {
                metrics.Newest.Add(reader.GetInt64(0), new Summary
                {
                    Last = new MetricPoint(reader.GetInt64(2), reader.GetInt64(1), reader.GetInt64(4) == 1 ? double.NaN : reader.GetDouble(3)),
                    Min = reader.IsDBNull(5) ? null : reader.GetDouble(5),
                    Max = reader.IsDBNull(6) ? null : reader.GetDouble(6),
                });
            }
        }
        using (var reader = session.Prepare("SELECT count(*), coalesce(sum(points), 0), coalesce(max(segment), 0) FROM metric_segments WHERE run = @0", run).ExecuteReader())
        {
            reader.Read();
            (metrics.Segments, metrics.Points, metrics.NextSegment) = (reader.GetInt32(0), reader.GetInt32(1), reader.GetInt64(2) + 1);
        }
        var lastFold = (long)session.Prepare("SELECT coalesce(max(fold), 0) FROM metric_folds WHERE run = @0", run).ExecuteScalar()!;
        metrics.NextSegment = Math.Max(metrics.NextSegment, lastFold + 1);
        _runs.Add(run, metrics);
        _remembered += metrics.Newest.Count + 1;
        return metrics;
    }

    private void Forget()
    {
        _keys.Clear();
        _runs.Clear();
        _remembered = 0;
    }

    private sealed class RunMetrics
    {
        public Dictionary<long, Summary> Newest { get; } = [];

        public int Points { get; set; }

        public int Segments { get; set; }

        public long NextSegment { get; set; }
    }

    private record struct Summary
    {
        public MetricPoint Last { get; set; }

        public double? Min { get; set; }

        public double? Max { get; set; }
    }
}
