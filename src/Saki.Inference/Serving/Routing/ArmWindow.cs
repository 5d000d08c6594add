namespace Saki.Inference.Serving;

/// <summary>What an arm did in the recent past.</summary>
/// <param name="Requests">How many.</param>
/// <param name="Failures">Of them: not answered, or answered otherwise where answers are compared.</param>
/// <param name="Seconds">The time that each took, shortest first.</param>
internal readonly record struct ArmFigures(int Requests, int Failures, float[] Seconds)
{
    public double Failed => Requests == 0 ? 0 : (double)Failures / Requests;

    /// <summary>A quantile of the times in milliseconds; 0 without requests.</summary>
    public double Milliseconds(double quantile) => Seconds.Length == 0 ? 0 : Seconds[(int)Math.Min(Seconds.Length - 1, quantile * Seconds.Length)] * 1e3;

    /// <summary>How many took longer than <paramref name="seconds"/>.</summary>
    public int Slower(double seconds)
    {
        var count = 0;
        while (count < Seconds.Length && Seconds[^(count + 1)] > seconds) count++;
        return count;
    }
}

/// <summary>The newest requests of an arm: when, how long, failed or not. Thread-safe.</summary>
internal sealed class ArmWindow(TimeProvider time)
{
    private const int Most = 1000;

    private readonly Lock _lock = new();
    private readonly Request[] _requests = new Request[Most];
    private long _added, _failed;

    /// <summary>All that were ever added.</summary>
    public long Added => Volatile.Read(ref _added);

    /// <summary>Of <see cref="Added"/>, those that failed.</summary>
    public long Failed => Volatile.Read(ref _failed);

    public void Add(double seconds, bool failed)
    {
        var now = time.GetTimestamp();
        lock (_lock)
        {
            _requests[_added++ % Most] = new Request(now, (float)seconds, failed);
            if (failed) _failed++;
        }
    }

    /// <summary>The figures of the last <paramref name="window"/>.</summary>
    public ArmFigures Figures(TimeSpan window)
    {
        var from = time.GetTimestamp() - (long)(window.TotalSeconds * time.TimestampFrequency);
        var seconds = new List<float>();
        var failures = 0;
        lock (_lock)
        {
            for (var back = 1L; back <= Math.Min(_added, Most); back++)
            {
                var request = _requests[(_added - back) % Most];
                if (request.Stamp < from) break;
                seconds.Add(request.Seconds);
                if (request.Failed) failures++;
            }
        }
        seconds.Sort();
        return new ArmFigures(seconds.Count, failures, [.. seconds]);
    }

    private readonly record struct Request(long Stamp, float Seconds, bool Failed);
}
