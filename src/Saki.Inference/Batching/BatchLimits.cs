namespace Saki.Inference.Batching;

/// <summary>What a batcher keeps to.</summary>
public sealed record BatchLimits
{
    /// <summary>Most rows in one run: a hard limit. Default 1.</summary>
    public int MaxRows { get; init; } = 1;

    /// <summary>Most runs at once. Default: as many as the machine lets.</summary>
    public int MaxRuns { get; init; } = int.MaxValue;

    /// <summary>Most rows that may wait; more are refused (<see cref="QueueFullException"/>). Default 100.</summary>
    public int MaxQueued { get; init; } = 100;

    /// <summary>
    /// Longest wait that is let in while more comes than can be computed. A queue that overflowed is kept this short from then on, until nothing was refused for a second:
    /// who waits behind a full queue gets an answer that nobody waits for any more. What overflows for half a second is no burst: who has waited this long by then is refused, too. Default 300 ms.
    /// </summary>
    public TimeSpan OverloadWait { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Longest time that a run is put off to fill its batch. Default 5 ms; 0 never waits.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>True: runs are put off by <see cref="MaxDelay"/> whenever their batch is not full, as Triton does when it is told a delay. Default: only where measured times say that it pays.</summary>
    public bool FixedDelay { get; init; }

    /// <summary>A larger batch is made only as long as it saves this share of the time per row. Default 0.1.</summary>
    public double WorthWhile { get; init; } = 0.1;
}

/// <summary>The queue of a model is full: come back later.</summary>
/// <param name="retryAfter">When there should be room again.</param>
public sealed class QueueFullException(TimeSpan retryAfter)
    : SakiException("Answering", "room in the model's queue", "a full one", "Send it again in a moment.")
{
    /// <summary>When there should be room again: the measured time of what waits.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>An item waited longer for its turn than its sender wanted.</summary>
public sealed class WaitedTooLongException()
    : SakiException("Answering", "a turn before the request's time was up", "a longer queue", "Send it again later, or with more time.");
