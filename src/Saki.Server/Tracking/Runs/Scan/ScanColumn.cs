using System.Data;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>One field, metric, setting or note of all runs, each at the place of its run in the <see cref="ScanTable"/>.</summary>
internal abstract class ScanColumn
{
    /// <summary>When it was last looked at, for <see cref="RunScan"/>'s choice of what to drop.</summary>
    public long Used { get; set; }

    /// <summary>About what it takes in memory.</summary>
    public abstract long Bytes { get; }

    /// <summary>Whether it holds so much that SQL is the better place to look.</summary>
    public virtual bool TooLarge => false;

    /// <summary>Makes room for <paramref name="count"/> runs; the new ones have no value.</summary>
    public abstract void Grow(int count);

    /// <summary>Takes a run's value away.</summary>
    public abstract void Clear(int at);

    /// <summary>Sets a run's value from the columns behind the first of a row.</summary>
    public abstract void Set(int at, IDataRecord row);

    /// <summary>0 for runs that have a value; more for those that come behind them in every order.</summary>
    public abstract int Rank(int at);

    /// <summary>Compares the values of two runs that both have rank 0.</summary>
    public abstract int Compare(int one, int other);

    /// <summary>Compares the value of a run of rank 0 with one that a cursor brought.</summary>
    public abstract int CompareTo(int at, object? value);

    /// <summary>Moves the places that a clause holds for to the front.</summary>
    /// <returns>How many there are.</returns>
    public abstract int Keep(SearchClause clause, Span<int> places);
}
