using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>
/// Shows some of the pictures that a model's champion was asked about to somebody who watches them: at most one in an interval, after its answer, one at a time and only while a core is
/// idle. A request that is not shown pays for one look at the clock; one that is, for a copy of its bytes. Thread-safe.
/// </summary>
/// <param name="interval">Shortest time from one picture to the next; a flood of requests shows no more than a trickle.</param>
/// <param name="look">Gets the version, the picture and its answer. Not called twice at once.</param>
/// <param name="time">Measures.</param>
public sealed class TrafficTap(TimeSpan interval, Action<ServedModel, ReadOnlyMemory<byte>, Prediction> look, TimeProvider time)
{
    private readonly long _ticks = (long)(interval.TotalSeconds * time.TimestampFrequency);
    private long _next = time.GetTimestamp(), _shown, _passedOver;

    /// <summary>Pictures that were looked at.</summary>
    public long Shown => Interlocked.Read(ref _shown);

    /// <summary>Pictures that were due and not looked at: the machine was busy, or looking failed.</summary>
    public long PassedOver => Interlocked.Read(ref _passedOver);

    /// <summary>True for one caller each time that the interval is over.</summary>
    internal bool IsDue()
    {
        var (now, next) = (time.GetTimestamp(), Volatile.Read(ref _next));
        return now >= next && Interlocked.CompareExchange(ref _next, now + _ticks, next) == next;
    }

    internal void Look(ServedModel model, ReadOnlyMemory<byte> picture, Prediction answer)
    {
        look(model, picture, answer);
        Interlocked.Increment(ref _shown);
    }

    internal void PassOver() => Interlocked.Increment(ref _passedOver);
}
