using Saki.Inference.Batching;
using Saki.Vision;

namespace Saki.Inference.Serving;

/// <summary>What a model version did, as ever growing numbers. Reading does not stop anything; numbers of one reading may be a request apart.</summary>
public sealed class ModelCounters
{
    /// <summary>Upper bounds of the latency histogram's buckets in seconds; one more bucket takes the rest.</summary>
    public static readonly double[] Buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly long[] _latency = new long[Buckets.Length + 1];
    private readonly long[] _batches = new long[257];
    private long _success, _rejected, _cancelled, _failed, _rows, _runs, _badInput, _requestTicks, _queueTicks, _inferTicks, _inputTicks;

    /// <summary>Requests answered.</summary>
    public long Success => Volatile.Read(ref _success);

    /// <summary>Requests refused because the queue was full or their time was up.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Requests whose caller went away.</summary>
    public long Cancelled => Volatile.Read(ref _cancelled);

    /// <summary>Requests that could not be answered: bad input, or the engine failed.</summary>
    public long Failed => Volatile.Read(ref _failed);

    /// <summary>Of <see cref="Failed"/>, those that were no picture, or a damaged or too large one: no version's fault.</summary>
    public long BadInput => Volatile.Read(ref _badInput);

    /// <summary>Rows computed.</summary>
    public long Rows => Volatile.Read(ref _rows);

    /// <summary>Runs of the engine.</summary>
    public long Runs => Volatile.Read(ref _runs);

    /// <summary>From arrival to answer, all requests together.</summary>
    public TimeSpan RequestTime => new(Volatile.Read(ref _requestTicks));

    /// <summary>Waiting for a turn, all requests together.</summary>
    public TimeSpan QueueTime => new(Volatile.Read(ref _queueTicks));

    /// <summary>Inside the engine, all runs together.</summary>
    public TimeSpan InferTime => new(Volatile.Read(ref _inferTicks));

    /// <summary>Decoding and writing inputs, all runs together.</summary>
    public TimeSpan InputTime => new(Volatile.Read(ref _inputTicks));


    /// <summary>Requests in each of <see cref="Buckets"/> (not added up) and beyond.</summary>
    public long[] Latency => [.. _latency.Select((_, i) => Volatile.Read(ref _latency[i]))];

    /// <summary>Runs by their number of rows, for the sizes that came up.</summary>
    public IEnumerable<(int Rows, long Runs)> Batches => Enumerable.Range(1, _batches.Length - 1).Select(rows => (rows, Volatile.Read(ref _batches[rows]))).Where(size => size.Item2 > 0);

    internal void Answered(BatchItem item, TimeSpan all)
    {
        Interlocked.Increment(ref _success);
        Interlocked.Add(ref _requestTicks, all.Ticks);
        Interlocked.Add(ref _queueTicks, item.Queued.Ticks);
        var bucket = 0;
        while (bucket < Buckets.Length && all.TotalSeconds > Buckets[bucket]) bucket++;
        Interlocked.Increment(ref _latency[bucket]);
    }

    internal void Refused(Exception failure)
    {
        if (failure is QueueFullException or WaitedTooLongException) Interlocked.Increment(ref _rejected);
        else if (failure is OperationCanceledException) Interlocked.Increment(ref _cancelled);
        else
        {
            if (failure is ImageException) Interlocked.Increment(ref _badInput);
            Interlocked.Increment(ref _failed);
        }
    }

    internal void Ran(int rows, TimeSpan infer, TimeSpan input)
    {
        Interlocked.Increment(ref _runs);
        Interlocked.Add(ref _rows, rows);
        Interlocked.Add(ref _inferTicks, infer.Ticks);
        Interlocked.Add(ref _inputTicks, input.Ticks);
        Interlocked.Increment(ref _batches[Math.Min(rows, _batches.Length - 1)]);
    }
}
