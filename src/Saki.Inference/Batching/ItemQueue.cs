namespace Saki.Inference.Batching;

/// <summary>Waiting items by priority, then by arrival. Taking one out of the middle costs nothing. Not thread-safe.</summary>
internal sealed class ItemQueue
{
    private BatchItem? _last;

    /// <summary>Whose turn it is; null when nobody waits.</summary>
    public BatchItem? First { get; private set; }

    /// <summary>Rows of all items, each counting at least one.</summary>
    public int Weight { get; private set; }

    /// <summary>The first timestamp at which someone's patience ends; the largest number when all wait for ever.</summary>
    public long EarliestDeadline
    {
        get
        {
            var earliest = long.MaxValue;
            // Equal patience, the usual case, makes the first in each priority the earliest; few priorities are in use.
            for (var item = First; item is not null; item = item.After)
            {
                earliest = Math.Min(earliest, item.Deadline);
                if (item.Priority == _last!.Priority && item.Deadline == earliest) break;
            }
            return earliest;
        }
    }

    /// <summary>Puts an item behind those of its priority.</summary>
    public void Add(BatchItem item)
    {
        var before = _last;
        while (before is not null && before.Priority > item.Priority) before = before.Before;
        var after = before is null ? First : before.After;
        (item.Before, item.After) = (before, after);
        if (before is null) First = item;
        else before.After = item;
        if (after is null) _last = item;
        else after.Before = item;
        Weight += item.Weight;
    }

    /// <summary>Takes an item out.</summary>
    public void Remove(BatchItem item)
    {
        if (item.Before is null) First = item.After;
        else item.Before.After = item.After;
        if (item.After is null) _last = item.Before;
        else item.After.Before = item.Before;
        (item.Before, item.After) = (null, null);
        Weight -= item.Weight;
    }
}
