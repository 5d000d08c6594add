using System.Threading.Tasks.Sources;

namespace Saki.Inference.Batching;

/// <summary>
/// One request's share of a batch: it writes its own rows, and reads its own results. Awaited once through <see cref="DynamicBatcher.SubmitAsync"/>.
/// </summary>
/// <param name="rows">How many rows it takes in a batch, from 1 to the batcher's largest batch; 0 for work that shares a run with nobody.</param>
public abstract class BatchItem(int rows) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _completion = new() { RunContinuationsAsynchronously = true };

    /// <summary>Rows it takes in a batch; 0 when it runs alone.</summary>
    public int Rows { get; } = rows;

    /// <summary>What it counts in the queue: its rows, at least 1.</summary>
    public int Weight => Math.Max(1, Rows);

    /// <summary>0 goes first, larger numbers later; equal ones in the order they came. Default 0.</summary>
    public int Priority { get; init; }

    /// <summary>Takes it out of the queue; a run that has begun is stopped only when it is this item's alone and long.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>How long it may wait for its turn. Default: for ever.</summary>
    public TimeSpan Patience { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long it waited for its turn, known when it is done.</summary>
    public TimeSpan Queued { get; internal set; }

    /// <summary>Rows of the batch it ran in, known when it is done.</summary>
    public int BatchRows { get; internal set; }

    internal long Arrived { get; set; }

    internal long Deadline { get; set; } = long.MaxValue;

    internal ItemState State { get; set; }

    internal CancellationTokenRegistration Registration { get; set; }

    /// <summary>Its neighbours in the queue; only the batcher touches them.</summary>
    internal BatchItem? Before { get; set; }

    /// <inheritdoc cref="Before"/>
    internal BatchItem? After { get; set; }

    internal ValueTask Completion => new(this, _completion.Version);

    /// <summary>True once it was answered or refused.</summary>
    internal bool IsDone => _completion.GetStatus(_completion.Version) != ValueTaskSourceStatus.Pending;

    /// <summary>Refuses this item alone; called by the run when its rows cannot be written or read.</summary>
    public void Fail(Exception failure)
    {
        State = ItemState.Done;
        _completion.SetException(failure);
    }

    internal void Complete()
    {
        State = ItemState.Done;
        _completion.SetResult(true);
    }

    void IValueTaskSource.GetResult(short token) => _completion.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}

/// <summary>Where an item is on its way.</summary>
internal enum ItemState
{
    New,
    Waiting,
    Running,
    Done,
}
