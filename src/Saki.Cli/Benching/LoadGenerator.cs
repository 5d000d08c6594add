using System.Diagnostics;

namespace Saki.Cli.Benching;

/// <summary>How a request ended.</summary>
internal enum Outcome
{
    Answered,
    Refused,
    Failed,
}

/// <summary>
/// Loads a target. Closed loop: every caller sends its next request when it has its answer. Open loop: requests come at their times whatever the answers do, and latency counts
/// from the time a request was due, so that a stalled server is not flattered.
/// </summary>
internal static class LoadGenerator
{
    public static async Task<LoadResult> ClosedAsync(Func<CancellationToken, Task<Outcome>> send, int concurrency, TimeSpan time, CancellationToken cancellation)
    {
        var tally = new Tally();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < time && !cancellation.IsCancellationRequested)
            {
                var from = Stopwatch.GetTimestamp();
                tally.Add(await send(cancellation), Stopwatch.GetElapsedTime(from).TotalMilliseconds);
            }
        }, cancellation)));
        return tally.Sum(concurrency, 0, Stopwatch.GetElapsedTime(started).TotalSeconds);
    }

    public static async Task<LoadResult> OpenAsync(Func<CancellationToken, Task<Outcome>> send, double perSecond, TimeSpan time, CancellationToken cancellation)
    {
        var tally = new Tally();
        var pending = new List<Task>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 0L; ; i++)
        {
            var due = TimeSpan.FromSeconds(i / perSecond);
            if (due >= time || cancellation.IsCancellationRequested) break;
            var wait = due - Stopwatch.GetElapsedTime(started);
            if (wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait, cancellation);
            pending.Add(SendAsync(due));
            if (pending.Count > 10_000) pending.RemoveAll(task => task.IsCompleted);
        }
        await Task.WhenAll(pending);
        return tally.Sum(0, perSecond, time.TotalSeconds);

        async Task SendAsync(TimeSpan due)
        {
            await Task.Yield();
            tally.Add(await send(cancellation), (Stopwatch.GetElapsedTime(started) - due).TotalMilliseconds);
        }
    }

    private sealed class Tally
    {
        private readonly List<double> _latencies = [];
        private long _refused, _failed;

        public void Add(Outcome outcome, double milliseconds)
        {
            lock (_latencies)
            {
                if (outcome == Outcome.Answered) _latencies.Add(milliseconds);
                else if (outcome == Outcome.Refused) _refused++;
                else _failed++;
            }
        }

        public LoadResult Sum(int concurrency, double offered, double seconds)
        {
            lock (_latencies) return LoadResult.Of(concurrency, offered, _latencies, _refused, _failed, seconds);
        }
    }
}
