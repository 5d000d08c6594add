namespace Saki.Server.Try.Live;

/// <summary>Counts the viewers that are connected, so that they stay few enough. Thread-safe.</summary>
internal sealed class LiveSessions
{
    /// <summary>Most viewers at once.</summary>
    public const int Most = 128;

    private int _count;

    /// <summary>How many are connected.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A place; null when all are taken. Dispose it at the end.</summary>
    public IDisposable? TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= Most) return new Place(this);
        Interlocked.Decrement(ref _count);
        return null;
    }

    private sealed class Place(LiveSessions sessions) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0) Interlocked.Decrement(ref sessions._count);
        }
    }
}
