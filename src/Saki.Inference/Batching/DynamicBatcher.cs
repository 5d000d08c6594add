namespace Saki.Inference.Batching;

/// <summary>Writes the items' rows, runs the model once, lets the items read their results. An item that cannot be written or read is failed alone.</summary>
/// <param name="items">At least one; several only when each has rows. Together at most the largest batch.</param>
/// <returns>Seconds that the model itself took, for the fit; negative when it did not run.</returns>
public delegate double BatchRun(IReadOnlyList<BatchItem> items);

/// <summary>
/// The queue of one model: makes runs out of waiting items. Counts items, never exceeds the largest batch, is first in first out within a priority,
/// runs at once on the caller's own thread when nothing waits, and puts a run off only where measured times say that it pays. Thread-safe.
/// </summary>
public sealed class DynamicBatcher : IDisposable
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1), Burst = TimeSpan.FromMilliseconds(500);

    private readonly ComputeSlots _slots;
    private readonly BatchRun _run;
    private readonly BatchLimits _limits;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly ServiceTime _service;
    private readonly ItemQueue _queue = new();
    private double _betweenArrivals = double.PositiveInfinity; // seconds, newer ones counting more
    private long _lastArrival;
    private int _bestRows = 1;
    private int _running, _maxRuns;
    private double _perWeight; // seconds that a run holds its slot for each row, reading inputs and all
    private long _lastRefusal, _overflowing; // when something was refused last, and since when no second went by without
    private bool _shed;
    private bool _closed;

    /// <param name="slots">The machine's cores, shared by all models.</param>
    /// <param name="run">Runs a batch; called by several threads at once.</param>
    /// <param name="limits">What to keep to.</param>
    /// <param name="time">Measures waiting and running.</param>
    public DynamicBatcher(ComputeSlots slots, BatchRun run, BatchLimits limits, TimeProvider? time = null)
    {
        (_slots, _run, _limits, _time) = (slots, run, limits, time ?? TimeProvider.System);
        _service = new ServiceTime(limits.MaxRows);
        _maxRuns = limits.MaxRuns;
        _timer = _time.CreateTimer(static state => ((DynamicBatcher)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Computing time this model has had in seconds, measured; the fair order goes by it.</summary>
    internal double ComputeTime { get; set; }

    /// <summary>Rows that wait.</summary>
    public int Queued
    {
        get
        {
            lock (_slots.Gate) return _queue.Weight;
        }
    }

    /// <summary>Runs at once, from 1 to all slots, which is the default. Runs in progress are finished.</summary>
    public int MaxRuns
    {
        get
        {
            lock (_slots.Gate) return Math.Min(_maxRuns, _slots.Count);
        }
        set
        {
            lock (_slots.Gate)
            {
                _maxRuns = value >= _slots.Count ? int.MaxValue : Math.Max(1, value);
                if (!_closed) Arrange();
            }
        }
    }

    /// <summary>The batch size that measured times ask for.</summary>
    public int BestRows
    {
        get
        {
            lock (_slots.Gate) return _bestRows;
        }
    }

    /// <summary>The fitted cost of a run in seconds: for every run, and for each row.</summary>
    public (double PerRun, double PerRow) Cost
    {
        get
        {
            lock (_slots.Gate) return (_service.PerRun, _service.PerRow);
        }
    }

    /// <summary>Takes a measurement from elsewhere in: a warm-up.</summary>
    public void Observe(int rows, double seconds)
    {
        lock (_slots.Gate)
        {
            _service.Observe(rows, seconds);
            _bestRows = _service.BestRows(_limits.WorthWhile);
        }
    }

    /// <summary>Waits for the item's results; when nothing waits and a core is free they are computed on this thread before the method returns.</summary>
    /// <param name="item">Not submitted before.</param>
    /// <param name="inline">False: never on this thread, for callers that submit several items.</param>
    /// <exception cref="QueueFullException">There is no room.</exception>
    /// <exception cref="WaitedTooLongException">Its patience ended before its turn.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before its turn.</exception>
    public ValueTask SubmitAsync(BatchItem item, bool inline = true)
    {
        if (item.Rows > _limits.MaxRows)
            throw new SakiException("Answering", $"at most {_limits.MaxRows} rows in one run", $"{item.Rows}", "Send them in several requests.");
        item.Cancellation.ThrowIfCancellationRequested();
        var now = _time.GetTimestamp();
        item.Arrived = now;
        lock (_slots.Gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            NoteArrival(now, item.Weight);
            inline = inline && _queue.Weight == 0 && _running < _maxRuns && !WouldWait(item.Weight) && _slots.TryTakeIdle();
            if (inline) _running++;
            else Enqueue(item, now);
            item.State = inline ? ItemState.Running : ItemState.Waiting;
        }
        if (inline)
        {
            new Batch(this, item).Execute();
            return item.Completion;
        }
        if (item.Cancellation.CanBeCanceled) Register(item);
        lock (_slots.Gate) Arrange();
        return item.Completion;
    }

    /// <summary>Refuses what still waits and takes nothing more.</summary>
    public void Dispose()
    {
        List<BatchItem> left = [];
        lock (_slots.Gate)
        {
            _closed = true;
            while (_queue.First is { } item)
            {
                _queue.Remove(item);
                item.State = ItemState.Done;
                left.Add(item);
            }
            _slots.NotReady(this);
        }
        _timer.Dispose();
        foreach (var item in left) item.Fail(new ObjectDisposedException(nameof(DynamicBatcher)));
    }

    /// <summary>The next batch, or null when there is none after all. Call with the gate held.</summary>
    /// <param name="otherFree">Further slots that are free: what waits is shared with them.</param>
    internal IThreadPoolWorkItem? TakeBatch(int otherFree)
    {
        Batch? batch = null;
        if (_running < _maxRuns && _queue.First is { } first)
        {
            _running++;
            var target = Math.Max(first.Weight, Math.Min(_bestRows, (_queue.Weight + otherFree) / (otherFree + 1)));
            if (_limits.FixedDelay) target = _limits.MaxRows;
            batch = new Batch(this);
            do
            {
                _queue.Remove(first);
                first.State = ItemState.Running;
                batch.Add(first);
            }
            while (_queue.First is { } next && batch.Rows > 0 && next.Rows > 0 && batch.Rows + next.Rows <= target && (first = next) is not null);
        }
        if (_queue.Weight == 0 || _running >= _maxRuns) _slots.NotReady(this);
        return batch;
    }

    private void Enqueue(BatchItem item, long now)
    {
        if (_queue.Weight > 0 && _queue.Weight + item.Weight > MostQueued(now)) throw Full(now);
        if (item.Patience != Timeout.InfiniteTimeSpan) item.Deadline = now + (long)(item.Patience.TotalSeconds * _time.TimestampFrequency);
        _queue.Add(item);
    }

    /// <summary>What the queue would refuse a request with, asked before it is read; null where there is room. Not thrown, since an overloaded server says it thousands of times a second.</summary>
    public QueueFullException? Refusal()
    {
        if (_queue.Weight == 0) return null; // a number read beside the lock: at worst that of a moment ago
        lock (_slots.Gate)
        {
            var now = _time.GetTimestamp();
            return _queue.Weight > 0 && _queue.Weight >= MostQueued(now) ? Full(now) : null;
        }
    }

    private int MostQueued(long now)
    {
        var overloaded = _lastRefusal != 0 && _time.GetElapsedTime(_lastRefusal, now) < Calm;
        if (!overloaded || _perWeight <= 0) return _limits.MaxQueued;
        var atOnce = Math.Min(_slots.Count, _maxRuns);
        return (int)Math.Clamp(_limits.OverloadWait.TotalSeconds * atOnce / _perWeight, Math.Min(2 * atOnce, _limits.MaxQueued), _limits.MaxQueued);
    }

    private QueueFullException Full(long now)
    {
        if (_lastRefusal == 0 || _time.GetElapsedTime(_lastRefusal, now) >= Calm) (_overflowing, _shed) = (now, false);
        _lastRefusal = now;
        var full = new QueueFullException(TimeSpan.FromSeconds(Math.Clamp(_perWeight * _queue.Weight / _slots.Count, 0.05, 60)));
        if (!_shed && _time.GetElapsedTime(_overflowing, now) >= Burst) Shed(now, full);
        return full;
    }

    // What overflows for longer than a burst was let in for too long a wait: who has had it already is refused too, so that the others get answers that are still of use. Call with the gate held.
    private void Shed(long now, QueueFullException full)
    {
        _shed = true;
        var late = new List<BatchItem>();
        for (var item = _queue.First; item is not null; item = item.After)
            if (_time.GetElapsedTime(item.Arrived, now) > _limits.OverloadWait) late.Add(item);
        foreach (var item in late)
        {
            _queue.Remove(item);
            item.State = ItemState.Done;
        }
        if (_queue.Weight == 0) _slots.NotReady(this);
        if (late.Count > 0)
            ThreadPool.UnsafeQueueUserWorkItem(static told => told.late.ForEach(item => item.Fail(told.full)), (late, full), preferLocal: false);
    }

    private void Register(BatchItem item)
    {
        var registration = item.Cancellation.UnsafeRegister(static (state, token) => ((Cancel)state!).Run(token), new Cancel(this, item));
        lock (_slots.Gate)
        {
            if (item.State == ItemState.Waiting) item.Registration = registration;
            else registration.Unregister();
        }
    }

    // Decides whether the queue runs now or a little later. Call with the gate held.
    private void Arrange()
    {
        if (_queue.First is not { } first) return;
        var due = first.Arrived + (long)(Delay() * _time.TimestampFrequency);
        var now = _time.GetTimestamp();
        if (_queue.Weight >= _bestRows && !_limits.FixedDelay) due = now;
        if (_limits.FixedDelay && _queue.Weight >= _limits.MaxRows) due = now;
        var full = _running >= _maxRuns; // the run that ends next looks again
        if (due <= now && !full) _slots.Ready(this);
        SetTimer(now, full ? now : due);
    }

    private void SetTimer(long now, long due)
    {
        var next = due > now ? due : long.MaxValue;
        next = Math.Min(next, _queue.EarliestDeadline);
        if (next == long.MaxValue) return;
        var wait = TimeSpan.FromSeconds(Math.Max(0, next - now) / (double)_time.TimestampFrequency);
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        List<BatchItem>? late = null;
        lock (_slots.Gate)
        {
            if (_closed) return;
            var now = _time.GetTimestamp();
            for (var item = _queue.First; item is not null; item = item.After)
                if (item.Deadline <= now) (late ??= []).Add(item);
            foreach (var item in late ?? [])
            {
                _queue.Remove(item);
                item.State = ItemState.Done;
            }
            if (_queue.Weight == 0) _slots.NotReady(this);
            else Arrange();
        }
        foreach (var item in late ?? []) item.Fail(new WaitedTooLongException());
    }

    // Waiting pays when another row should come before the fixed cost of a run, which sharing saves, has gone by. An idle model never waits.
    private double Delay()
    {
        if (_limits.FixedDelay) return _limits.MaxDelay.TotalSeconds;
        if (_bestRows <= 1 || _betweenArrivals > _service.PerRun) return 0;
        return Math.Min(_service.PerRun, _limits.MaxDelay.TotalSeconds);
    }

    private bool WouldWait(int rows) => Delay() > 0 && rows < _bestRows;

    private void NoteArrival(long now, int rows)
    {
        const double newest = 0.2;
        var gap = _lastArrival == 0 ? double.PositiveInfinity : (now - _lastArrival) / (double)_time.TimestampFrequency / rows;
        _betweenArrivals = double.IsInfinity(_betweenArrivals) || gap > 1 ? gap : _betweenArrivals + (newest * (gap - _betweenArrivals));
        _lastArrival = now;
    }

    private void NoteCost(double seconds) => _perWeight = _perWeight <= 0 ? seconds : _perWeight + (0.1 * (seconds - _perWeight));

    private void CancelWaiting(BatchItem item, CancellationToken token)
    {
        lock (_slots.Gate)
        {
            if (item.State != ItemState.Waiting) return;
            _queue.Remove(item);
            item.State = ItemState.Done;
            if (_queue.Weight == 0) _slots.NotReady(this);
        }
        item.Fail(new OperationCanceledException("The request was cancelled before its turn.", token));
    }

    private sealed record Cancel(DynamicBatcher Batcher, BatchItem Item)
    {
        public void Run(CancellationToken token) => Batcher.CancelWaiting(Item, token);
    }

    /// <summary>The items of one run.</summary>
    private sealed class Batch : IThreadPoolWorkItem
    {
        private readonly DynamicBatcher _owner;
        private readonly List<BatchItem> _items;

        public Batch(DynamicBatcher owner) => (_owner, _items) = (owner, new List<BatchItem>(4));

        public Batch(DynamicBatcher owner, BatchItem only) => (_owner, _items, Rows) = (owner, new List<BatchItem>(1) { only }, only.Rows);

        public int Rows { get; private set; }

        public void Add(BatchItem item)
        {
            _items.Add(item);
            Rows += item.Rows;
        }

        public void Execute()
        {
            var time = _owner._time;
            var started = time.GetTimestamp();
            foreach (var item in _items)
            {
                item.Registration.Unregister();
                item.Queued = time.GetElapsedTime(item.Arrived, started);
                item.BatchRows = Rows;
            }
            var seconds = Try(_items);
            var all = time.GetElapsedTime(started).TotalSeconds;
            lock (_owner._slots.Gate)
            {
                if (seconds >= 0 && Rows > 0)
                {
                    _owner._service.Observe(Rows, seconds);
                    _owner._bestRows = _owner._service.BestRows(_owner._limits.WorthWhile);
                }
                _owner.NoteCost(all / Math.Max(1, Rows));
                _owner.ComputeTime += all;
                if (_owner._running-- == _owner._maxRuns && !_owner._closed) _owner.Arrange(); // it had left the line at its limit
                _owner._slots.Release();
            }
            foreach (var item in _items)
                if (!item.IsDone) item.Complete();
        }

        // A run that fails with several items is repeated one by one: the bad one fails, the others are answered.
        private double Try(List<BatchItem> items)
        {
            try
            {
                return _owner._run(items);
            }
            catch (Exception failure) when (items.Count == 1)
            {
                if (!items[0].IsDone) items[0].Fail(failure);
            }
            catch (Exception)
            {
                foreach (var item in items)
                    if (!item.IsDone) Try([item]);
            }
            return -1;
        }
    }
}
