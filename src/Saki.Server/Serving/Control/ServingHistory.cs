using Microsoft.Extensions.Hosting;
using Saki.Inference.Serving;

namespace Saki.Server.Serving.Control;

/// <summary>
/// What every loaded version did in the last hour, from readings of its counters every five seconds. Quantiles are read off the latency histogram's buckets, so they are
/// as exact as those are wide. Thread-safe.
/// </summary>
internal sealed class ServingHistory(ServerOptions options, TimeProvider time) : BackgroundService
{
    /// <summary>From one reading to the next.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(5);

    private const int Most = 720;

    private readonly Lock _lock = new();
    private readonly Dictionary<ServedModel, Queue<Reading>> _readings = [];

    /// <summary>Takes a reading of every version; those that are gone are forgotten.</summary>
    public void Read()
    {
        var models = options.Models?.Models.SelectMany(entry => entry.Versions.Values).ToList() ?? [];
        var now = time.GetTimestamp();
        lock (_lock)
        {
            foreach (var gone in _readings.Keys.Except(models).ToList()) _readings.Remove(gone);
            foreach (var model in models)
            {
                if (!_readings.TryGetValue(model, out var readings)) _readings[model] = readings = new Queue<Reading>();
                if (readings.Count == Most) readings.Dequeue();
                readings.Enqueue(Reading.Of(model, now));
            }
        }
    }

    /// <summary>The last minute of a version up to now, or as much of it as is known.</summary>
    public RecentFigures Recent(ServedModel model)
    {
        var now = Reading.Of(model, time.GetTimestamp());
        lock (_lock)
        {
            var from = _readings.TryGetValue(model, out var readings) ? readings.FirstOrDefault(reading => Seconds(reading, now) <= 60) : null;
            return from is null ? RecentFigures.None : Between(from, now);
        }
    }

    /// <summary>How far back readings go, at most an hour.</summary>
    public TimeSpan Span
    {
        get
        {
            lock (_lock) return _readings.Count == 0 ? TimeSpan.Zero : Step * (_readings.Values.Max(readings => readings.Count) - 1);
        }
    }

    /// <summary>The last hour of a version in at most <paramref name="points"/> parts, the oldest first.</summary>
    public IReadOnlyList<RecentFigures> Hour(ServedModel model, int points)
    {
        List<Reading> all;
        lock (_lock) all = _readings.TryGetValue(model, out var readings) ? [.. readings] : [];
        var stride = Math.Max(1, (all.Count + points - 1) / points);
        var figures = new List<RecentFigures>();
        for (var i = stride; i < all.Count; i += stride) figures.Add(Between(all[i - stride], all[i]));
        return figures;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Step, time);
        Read();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Read();
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private double Seconds(Reading from, Reading to) => time.GetElapsedTime(from.Stamp, to.Stamp).TotalSeconds;

    private RecentFigures Between(Reading from, Reading to)
    {
        var seconds = Seconds(from, to);
        if (seconds <= 0) return RecentFigures.None;
        var counts = to.Latency.Zip(from.Latency, (after, before) => after - before).ToArray();
        return new RecentFigures((to.Success - from.Success) / seconds, Quantile(counts, 0.5), Quantile(counts, 0.99), to.Success - from.Success);
    }

    // In milliseconds, linear inside a bucket.
    private static double? Quantile(long[] counts, double quantile)
    {
        var rank = counts.Sum() * quantile;
        if (rank <= 0) return null;
        var below = 0L;
        for (var i = 0; i < counts.Length; i++)
        {
            if (below + counts[i] >= rank && counts[i] > 0)
            {
                var lower = i == 0 ? 0 : ModelCounters.Buckets[i - 1];
                var upper = i < ModelCounters.Buckets.Length ? ModelCounters.Buckets[i] : lower;
                return (lower + ((upper - lower) * (rank - below) / counts[i])) * 1e3;
            }
            below += counts[i];
        }
        return null;
    }

    private sealed record Reading(long Stamp, long Success, long[] Latency)
    {
        public static Reading Of(ServedModel model, long now) => new(now, model.Counters.Success, model.Counters.Latency);
    }
}

/// <summary>Figures of a stretch of time.</summary>
/// <param name="PerSecond">Requests answered.</param>
/// <param name="P50">Median in milliseconds; null without requests.</param>
/// <param name="P99">99th percentile in milliseconds; null without requests.</param>
/// <param name="Requests">Requests answered in all.</param>
public sealed record RecentFigures(double PerSecond, double? P50, double? P99, long Requests)
{
    /// <summary>Nothing happened, or nothing is known.</summary>
    public static RecentFigures None { get; } = new(0, null, null, 0);
}
