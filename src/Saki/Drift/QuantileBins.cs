namespace Saki.Drift;

/// <summary>Bins of a number, cut where a reference has its quantiles, so that each holds about as many of the reference's samples.</summary>
public sealed record QuantileBins
{
    /// <summary>Upper ends of all bins but the last, rising. A value equal to an end is in the bin below it.</summary>
    public required IReadOnlyList<double> Ends { get; init; }

    /// <summary>Samples of the reference in each bin; one more than <see cref="Ends"/>.</summary>
    public required IReadOnlyList<long> Reference { get; init; }

    /// <summary>Cuts a reference.</summary>
    /// <param name="values">Finite numbers, at least one.</param>
    /// <param name="bins">Most bins, 2 to 1000; fewer where values are equal. Default 10.</param>
    /// <exception cref="SakiException">No value, or one that is no number.</exception>
    public static QuantileBins Of(IEnumerable<double> values, int bins = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, 1000);
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0 || !sorted.All(double.IsFinite)) throw new SakiException("Cutting bins", "finite numbers, at least one", sorted.Length == 0 ? "none" : "one that is not finite");
        var ends = Enumerable.Range(1, bins - 1).Select(i => sorted[(int)((long)i * sorted.Length / bins)]).Distinct().Where(end => end < sorted[^1]).ToArray();
        var empty = new QuantileBins { Ends = ends, Reference = new long[ends.Length + 1] };
        return empty with { Reference = empty.Count(sorted) };
    }

    /// <summary>How many values fall into each bin; what is no number into none.</summary>
    public long[] Count(IEnumerable<double> values)
    {
        var counts = new long[Ends.Count + 1];
        foreach (var value in values)
            if (!double.IsNaN(value)) counts[At(value)]++;
        return counts;
    }

    /// <summary>The population stability index of what is seen now against the reference.</summary>
    public double Drift(IEnumerable<double> values) => PopulationStability.Between([.. Reference], Count(values));

    private int At(double value)
    {
        var (low, high) = (0, Ends.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (value <= Ends[middle]) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
