using System.Globalization;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>An order of places: by its keys, then the newest start, then the id, so that each run has one place.</summary>
internal sealed class ScanOrder(ScanTable table, (ScanColumn Column, bool Descending)[] keys)
{
    /// <summary>The page of a query among the places that match; numbers of runs.</summary>
    public IReadOnlyList<long> Page(ReadOnlySpan<int> places, ScanQuery query)
    {
        Comparison<int> compare = query.Backwards ? (one, other) => Compare(other, one) : Compare;
        var end = Math.Min(places.Length, query.Offset > int.MaxValue - query.Limit ? int.MaxValue : (int)query.Offset + query.Limit);
        if (end == 0) return [];
        // Twice the page is collected and cut back to the best; whatever is behind the last of those is passed over.
        var (best, count, last) = (new int[Math.Min(places.Length, 2L * end)], 0, -1);
        foreach (var place in places)
        {
            if (query.Place is { } start && !Behind(place, start, query.Backwards)) continue;
            if (last >= 0 && compare(place, last) >= 0) continue;
            best[count++] = place;
            if (count < best.Length) continue;
            best.AsSpan(0, count).Sort(compare);
            count = Math.Min(count, end);
            last = best[count - 1];
        }
        best.AsSpan(0, count).Sort(compare);
        var page = new List<long>(Math.Min(count, query.Limit));
        for (var i = (int)Math.Min(query.Offset, count); i < Math.Min(count, end); i++) page.Add(table.Id(best[i]));
        return page;
    }

    private int Compare(int one, int other)
    {
        foreach (var (column, descending) in keys)
        {
            var (rank, otherRank) = (column.Rank(one), column.Rank(other));
            if (rank != otherRank) return rank.CompareTo(otherRank);
            if (rank != 0) continue;
            var values = column.Compare(one, other);
            if (values != 0) return descending ? -values : values;
        }
        return table.Compare(one, other);
    }

    private bool Behind(int at, ScanPlace place, bool backwards)
    {
        var order = CompareTo(at, place);
        return backwards ? order < 0 : order > 0;
    }

    private int CompareTo(int at, ScanPlace place)
    {
        if (keys.Length > 0)
        {
            var (column, descending) = keys[0];
            var rank = column.Rank(at);
            if (rank != place.Rank) return rank.CompareTo((int)Math.Clamp(place.Rank, int.MinValue, int.MaxValue));
            var values = rank == 0 ? column.CompareTo(at, place.Value) : 0;
            if (values != 0) return descending ? -values : values;
        }
        return table.Compare(at, place.Start, UInt128.Parse(place.RunId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }
}
