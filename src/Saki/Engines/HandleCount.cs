namespace Saki.Engines;

/// <summary>Counts the native objects of one kind in this process. Leak tests watch it; safe for all threads.</summary>
public sealed class HandleCount
{
    private long _live, _forgotten;

    /// <summary>Made and not yet freed.</summary>
    public long Live => Interlocked.Read(ref _live);

    /// <summary>Never disposed: the garbage collector found them.</summary>
    public long Forgotten => Interlocked.Read(ref _forgotten);

    /// <summary>One more is alive.</summary>
    public void Made() => Interlocked.Increment(ref _live);

    /// <summary>One was freed.</summary>
    public void Freed() => Interlocked.Decrement(ref _live);

    /// <summary>One was found by the garbage collector; <see cref="Freed"/> is called as well.</summary>
    public void Forgot() => Interlocked.Increment(ref _forgotten);

    /// <summary>What leaked, as a sentence; null when nothing did. Ask after finalizers ran and all owners are disposed.</summary>
    /// <param name="kind">What is counted, in the plural.</param>
    /// <param name="meant">How many were forgotten on purpose. Default 0.</param>
    public string? Leak(string kind, long meant = 0) => Live == 0 && Forgotten == meant ? null : $"{kind} leaked: {Live} still alive, {Forgotten} left to the garbage collector";
}
