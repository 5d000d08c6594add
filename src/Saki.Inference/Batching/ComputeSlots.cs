namespace Saki.Inference.Batching;

/// <summary>
/// The right to compute: as many runs at once as there are cores, shared by all models of a process. Who has had the least computing time goes next,
/// so that a busy or slow model does not starve the others. Thread-safe.
/// </summary>
/// <remarks>
/// One run is one thread (sessions have no pool of their own), and runs are work items of the thread pool, one batch each: request parsing and runs take
/// turns on as many threads as there are cores, and nobody hands anything over to a thread that would have to be woken.
/// </remarks>
public sealed class ComputeSlots
{
    private readonly List<DynamicBatcher> _ready = [];
    private readonly Action<IThreadPoolWorkItem> _start;
    private int _free;
    private double _clock; // computing time of the batcher that was served last: where a newcomer starts

    /// <param name="count">Runs at once; null: one per core.</param>
    /// <param name="start">Starts a run; null: the thread pool. Tests step through runs with their own.</param>
    public ComputeSlots(int? count = null, Action<IThreadPoolWorkItem>? start = null)
    {
        Count = _free = Math.Max(1, count ?? Environment.ProcessorCount);
        _start = start ?? (static run => ThreadPool.UnsafeQueueUserWorkItem(run, preferLocal: false));
    }

    /// <summary>Runs at once.</summary>
    public int Count { get; }

    /// <summary>Runs that could start now.</summary>
    public int Free => Volatile.Read(ref _free);

    /// <summary>True while nobody waits and, on a machine of several cores, one stays free beside a run that starts now: the moment for work that nobody waits for.</summary>
    public bool HasSpare
    {
        get
        {
            lock (Gate) return _ready.Count == 0 && _free >= Math.Min(2, Count);
        }
    }

    /// <summary>Guards the slots and the queues of all batchers; held for a few list operations.</summary>
    internal Lock Gate { get; } = new();

    /// <summary>Takes a slot for the calling thread when nobody is waiting for one. Call with the gate held.</summary>
    internal bool TryTakeIdle()
    {
        if (_free == 0 || _ready.Count > 0) return false;
        _free--;
        return true;
    }

    /// <summary>Tells that <paramref name="batcher"/> has a batch to run. Call with the gate held.</summary>
    internal void Ready(DynamicBatcher batcher)
    {
        if (_ready.Contains(batcher)) return;
        // Time not used while idle is not saved up: nobody may hold the machine for as long as he was away.
        batcher.ComputeTime = Math.Max(batcher.ComputeTime, _clock);
        _ready.Add(batcher);
        Dispatch();
    }

    /// <summary>Forgets a batcher with nothing to run. Call with the gate held.</summary>
    internal void NotReady(DynamicBatcher batcher) => _ready.Remove(batcher);

    /// <summary>Gives a slot back, to whoever waits. Call with the gate held.</summary>
    internal void Release()
    {
        _free++;
        Dispatch();
    }

    private void Dispatch()
    {
        while (_free > 0 && _ready.Count > 0)
        {
            var next = _ready[0];
            foreach (var batcher in _ready)
                if (batcher.ComputeTime < next.ComputeTime) next = batcher;
            _clock = Math.Max(_clock, next.ComputeTime);
            _free--;
            if (next.TakeBatch(_free) is { } batch) _start(batch);
            else _free++;
        }
    }
}
