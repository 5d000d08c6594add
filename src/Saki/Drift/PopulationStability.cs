namespace Saki.Drift;

/// <summary>
/// How far a distribution has moved: the population stability index (Siddiqi, Credit Risk Scorecards, 2006), the sum over bins of
/// (now − before)·ln(now / before). Below 0.1 nothing happened, from 0.25 on a lot did. 0 and up.
/// </summary>
public static class PopulationStability
{
    /// <summary>The index between two sets of counts over the same bins. A bin that is empty on one side counts as half a sample there, so that the index stays finite.</summary>
    /// <param name="before">Samples of the reference in each bin.</param>
    /// <param name="now">Samples seen in each bin.</param>
    /// <exception cref="SakiException">No sample on a side, or different numbers of bins.</exception>
    public static double Between(ReadOnlySpan<long> before, ReadOnlySpan<long> now)
    {
        if (before.Length != now.Length) throw new SakiException("Measuring drift", $"{before.Length} bins", $"{now.Length}");
        var (allBefore, allNow) = (Sum(before), Sum(now));
        if (allBefore == 0 || allNow == 0) throw new SakiException("Measuring drift", "samples before and now", $"{allBefore} and {allNow}");
        var index = 0.0;
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] == 0 && now[i] == 0) continue;
            var (p, q) = (Math.Max(before[i], 0.5) / allBefore, Math.Max(now[i], 0.5) / allNow);
            index += (q - p) * Math.Log(q / p);
        }
        return index;
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        var sum = 0L;
        foreach (var count in counts) sum += count;
        return sum;
    }
}
