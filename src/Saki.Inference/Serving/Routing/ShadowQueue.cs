using System.Threading.Channels;
using Saki.Inference.Batching;

namespace Saki.Inference.Serving;

/// <summary>A request that another version is asked for, too.</summary>
/// <param name="Model">The model.</param>
/// <param name="Version">Who is asked.</param>
/// <param name="Bytes">What it holds in memory.</param>
/// <param name="Shed">Told when it was passed over because something better was to be done.</param>
/// <param name="Failed">Told when the version could not answer.</param>
/// <param name="Ask">Asks and compares.</param>
internal sealed record ShadowWork(string Model, string Version, long Bytes, Action Shed, Action Failed, Func<ServedModel, CallOptions, Task> Ask)
{
    public long Stamp { get; init; }
}

/// <summary>
/// Asks other versions behind the back of those who were answered: one request at a time, and only while a core is idle that nobody waits for. Bounded in number, bytes
/// and age; what does not fit is passed over, so under load comparisons are the first to go. Thread-safe.
/// </summary>
internal sealed class ShadowQueue : IAsyncDisposable
{
    private const int MostWaiting = 64;
    private const long MostBytes = 64 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2), Oldest = TimeSpan.FromSeconds(5);

    private readonly Channel<ShadowWork> _waiting = Channel.CreateBounded<ShadowWork>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly ComputeSlots _slots;
    private readonly Func<string, string, ModelLease?> _find;
    private readonly TimeProvider _time;
    private readonly Lock _start = new();
    private Task? _loop;
    private long _bytes;

    /// <param name="slots">The machine's cores.</param>
    /// <param name="find">Holds a loaded version; null when it is gone.</param>
    /// <param name="time">Measures.</param>
    public ShadowQueue(ComputeSlots slots, Func<string, string, ModelLease?> find, TimeProvider time) => (_slots, _find, _time) = (slots, find, time);

    /// <summary>True when a request of so many bytes would be taken; asked before it is copied.</summary>
    public bool HasRoom(long bytes) => Interlocked.Read(ref _bytes) + bytes <= MostBytes && _waiting.Reader.Count < MostWaiting;

    /// <summary>Takes it, or notes that it was passed over.</summary>
    public void Add(ShadowWork work)
    {
        Interlocked.Add(ref _bytes, work.Bytes);
        if (_waiting.Writer.TryWrite(work with { Stamp = _time.GetTimestamp() })) Start();
        else Drop(work);
    }

    /// <summary>Ends; what waits is not asked any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _waiting.Writer.TryComplete();
        if (_loop is { } loop) await loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    // A server that never shadows has no loop.
    private void Start()
    {
        if (_loop is not null) return;
        lock (_start) _loop ??= Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var work in _waiting.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                while (!_slots.HasSpare && _time.GetElapsedTime(work.Stamp) < Oldest) await Task.Delay(Pause, _time, _stop.Token).ConfigureAwait(false);
                if (_time.GetElapsedTime(work.Stamp) < Oldest) await AskAsync(work).ConfigureAwait(false);
                else Drop(work);
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private async Task AskAsync(ShadowWork work)
    {
        try
        {
            if (_find(work.Model, work.Version) is not { } lease) return;
            using (lease) await work.Ask(lease.Model, new CallOptions(Oldest, int.MaxValue, _stop.Token) { Uncounted = true }).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // A version that fails here fails nobody's request; that it did is counted.
            if (failure is QueueFullException or WaitedTooLongException) work.Shed();
            else work.Failed();
        }
        finally
        {
            Interlocked.Add(ref _bytes, -work.Bytes);
        }
    }

    private void Drop(ShadowWork work)
    {
        work.Shed();
        Interlocked.Add(ref _bytes, -work.Bytes);
    }
}
