namespace Saki.Evaluation;

/// <summary>Percentile bootstrap (Efron, 1979).</summary>
internal static class Bootstrap
{
    // Exact draws up to here; beyond it the normal approximation of the binomial differs by less than the resamples' own noise.
    private const int MostExact = 100_000;

    /// <summary>
    /// 2.5th and 97.5th percentile (linear between ranks) of the accuracy over resamples with replacement. Drawing n samples of which
    /// <paramref name="right"/> are right is a binomial draw, so only the number of right ones is drawn.
    /// </summary>
    public static (double Low, double High) Accuracy(long right, int samples, int resamples, SeededRandom random)
    {
        var share = (double)right / samples;
        var accuracies = new double[resamples];
        for (var i = 0; i < resamples; i++) accuracies[i] = (double)Draw(share, samples, random) / samples;
        Array.Sort(accuracies);
        return (Percentile(accuracies, 0.025), Percentile(accuracies, 0.975));
    }

    /// <summary>
    /// The same percentiles of the difference of two accuracies on the same samples. A resample of n holds a binomial number of those that only the first got right and,
    /// of the rest, a binomial number of those that only the second did; all others do not count.
    /// </summary>
    public static (double Low, double High) Difference(long onlyFirst, long onlySecond, int samples, int resamples, SeededRandom random)
    {
        var differences = new double[resamples];
        var secondOfRest = onlyFirst == samples ? 0 : (double)onlySecond / (samples - onlyFirst);
        for (var i = 0; i < resamples; i++)
        {
            var first = Draw((double)onlyFirst / samples, samples, random);
            var second = Draw(secondOfRest, samples - (int)first, random);
            differences[i] = (double)(first - second) / samples;
        }
        Array.Sort(differences);
        return (Percentile(differences, 0.025), Percentile(differences, 0.975));
    }

    private static long Draw(double share, int samples, SeededRandom random)
    {
        if (share is 0 or 1) return (long)(share * samples);
        if (samples > MostExact)
            return Math.Clamp((long)Math.Round((share * samples) + (random.NextNormal() * Math.Sqrt(samples * share * (1 - share)))), 0, samples);
        // Binomial by geometric gaps between hits of the rarer outcome: about min(share, 1 - share)·n steps instead of n.
        var rare = Math.Min(share, 1 - share);
        var scale = Math.Log(1 - rare);
        var hits = 0L;
        for (var at = -1.0; ; hits++)
        {
            at += 1 + Math.Floor(Math.Log(1 - random.NextDouble()) / scale);
            if (at >= samples) return share <= 0.5 ? hits : samples - hits;
        }
    }

    private static double Percentile(double[] sorted, double share)
    {
        var rank = share * (sorted.Length - 1);
        var below = (int)rank;
        return below + 1 < sorted.Length ? sorted[below] + ((rank - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
