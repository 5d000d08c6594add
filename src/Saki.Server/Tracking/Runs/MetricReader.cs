using System.Data.Common;
using System.Runtime.InteropServices;
using Dapper;

namespace Saki.Server.Tracking.Runs;

/// <summary>
/// Reads the points of one metric of one run, ordered by time, step, value, each once. Rows are taken up in the order of their first times, and what lies before the next row's
/// first time is given away, so that memory holds what overlaps (in a training: one fold) and not the whole history.
/// </summary>
internal static class MetricReader
{
    /// <summary>The points behind <paramref name="after"/>; all when it is null.</summary>
    public static IEnumerable<MetricPoint> History(DbConnection connection, long run, long key, MetricPoint? after = null)
    {
        var pieces = Pieces(connection, run, key);
        if (after is { } start) pieces.RemoveAll(piece => piece.Last < start.Time);
        var held = new List<MetricPoint>();
        var before = after;
        for (var i = 0; i < pieces.Count; i++)
        {
            var sorted = held.Count;
            pieces[i].Load(held);
            if (!IsInOrder(held, sorted)) held.Sort(); // it is, but for points that came late
            var (end, given) = (i + 1 < pieces.Count ? pieces[i + 1].First : long.MaxValue, 0);
            for (; given < held.Count && (held[given].Time < end || end == long.MaxValue); given++)
            {
                if (before is { } last && held[given].CompareTo(last) <= 0) continue; // a repeat, or not behind the place
                before = held[given];
                yield return held[given];
            }
            held.RemoveRange(0, given);
        }
    }

    // From the last of the sorted points on.
    private static bool IsInOrder(List<MetricPoint> points, int sorted)
    {
        var span = CollectionsMarshal.AsSpan(points);
        for (var i = Math.Max(1, sorted); i < span.Length; i++)
        {
            if (span[i].CompareTo(span[i - 1]) < 0) return false;
        }
        return true;
    }

    /// <summary>The number of a metric's name; null when nobody ever logged it.</summary>
    public static long? KeyOf(DbConnection connection, string name) => connection.ExecuteScalar<long?>("SELECT id FROM metric_keys WHERE name = @name", new { name });

    private static List<Piece> Pieces(DbConnection connection, long run, long key)
    {
        var pieces = new List<Piece>();
        foreach (var chunk in connection.Query<ChunkRow>("""
            SELECT c.fold AS Fold, c.first_time AS First, c.last_time AS Last FROM metric_folds f JOIN metric_chunks c ON c.run = f.run AND c.fold = f.fold AND c.key = @key WHERE f.run = @run
            """, new { run, key }))
        {
            pieces.Add(new Piece(chunk.First, chunk.Last, into => PointCodec.Decode(
                connection.ExecuteScalar<byte[]>("SELECT data FROM metric_chunks WHERE run = @run AND fold = @Fold AND key = @key", new { run, chunk.Fold, key })!, into)));
        }
        var tail = Tail(connection, run, key);
        if (tail.Count > 0) pieces.Add(new Piece(tail.Min(point => point.Time), tail.Max(point => point.Time), into => into.AddRange(tail)));
        pieces.Sort((one, other) => one.First.CompareTo(other.First));
        return pieces;
    }

    private static List<MetricPoint> Tail(DbConnection connection, long run, long key)
    {
        var points = new List<KeyedPoint>();
        foreach (var data in connection.Query<byte[]>("SELECT data FROM metric_segments WHERE run = @run ORDER BY segment", new { run }, buffered: false))
            PointCodec.DecodeKeyed(data, points, key);
        return points.ConvertAll(point => point.Point);
    }

    private sealed record Piece(long First, long Last, Action<List<MetricPoint>> Load);

    private sealed record ChunkRow
    {
        public long Fold { get; init; }
        public long First { get; init; }
        public long Last { get; init; }
    }
}
