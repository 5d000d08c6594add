namespace Saki.Drift;

/// <summary>
/// Whether two sets of vectors (embeddings) are of one distribution: the unbiased squared maximum mean discrepancy with a Gaussian kernel whose width is the
/// median distance, and a permutation test (Gretton et al., A Kernel Two-Sample Test, 2012).
/// </summary>
/// <param name="Squared">The discrepancy; about 0, also a little below, for one distribution.</param>
/// <param name="PValue">How likely so large a value is when both are of one distribution, (1 + hits) / (1 + permutations).</param>
public sealed record MeanDiscrepancy(double Squared, double PValue)
{
    /// <summary>Most vectors of each side that are compared; of more, an even choice is.</summary>
    public const int Most = 500;

    private const int Permutations = 199;

    /// <summary>Compares them.</summary>
    /// <param name="before">Vectors of one length, at least two.</param>
    /// <param name="now">Vectors of the same length, at least two.</param>
    /// <param name="random">Draws the permutations.</param>
    /// <exception cref="SakiException">Too few vectors, or of different lengths.</exception>
    public static MeanDiscrepancy Between(IReadOnlyList<float[]> before, IReadOnlyList<float[]> now, SeededRandom random)
    {
        float[][] all = [.. Choose(before), .. Choose(now)];
        var first = Math.Min(before.Count, Most);
        if (first < 2 || all.Length - first < 2) throw new SakiException("Measuring drift", "at least two vectors before and now", $"{before.Count} and {now.Count}");
        if (all.Any(vector => vector.Length != all[0].Length)) throw new SakiException("Measuring drift", $"vectors of {all[0].Length} numbers", "other lengths");

        var kernel = Kernel(all);
        var order = Enumerable.Range(0, all.Length).ToArray();
        var squared = Estimate(kernel, order, first);
        var hits = 0;
        for (var i = 0; i < Permutations; i++)
        {
            random.Shuffle(order.AsSpan());
            if (Estimate(kernel, order, first) >= squared) hits++;
        }
        return new MeanDiscrepancy(squared, (1.0 + hits) / (1 + Permutations));
    }

    private static IEnumerable<float[]> Choose(IReadOnlyList<float[]> vectors) =>
        vectors.Count <= Most ? vectors : Enumerable.Range(0, Most).Select(i => vectors[(int)((long)i * vectors.Count / Most)]);

    private static double[,] Kernel(float[][] all)
    {
        var kernel = new double[all.Length, all.Length];
        var distances = new List<double>(all.Length * (all.Length - 1) / 2);
        for (var i = 0; i < all.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                kernel[i, j] = SquaredDistance(all[i], all[j]);
                distances.Add(kernel[i, j]);
            }
        }
        distances.Sort();
        var width = Math.Max(distances[distances.Count / 2], double.Epsilon);
        for (var i = 0; i < all.Length; i++)
            for (var j = 0; j < i; j++)
                kernel[i, j] = kernel[j, i] = Math.Exp(-kernel[i, j] / width);
        return kernel;
    }

    private static double SquaredDistance(float[] left, float[] right)
    {
        var sum = 0.0;
        for (var i = 0; i < left.Length; i++) sum += (left[i] - right[i]) * (double)(left[i] - right[i]);
        return sum;
    }

    private static double Estimate(double[,] kernel, int[] order, int first)
    {
        var (within1, within2, across) = (0.0, 0.0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var value = kernel[order[i], order[j]];
                if (i < first) within1 += value;
                else if (j >= first) within2 += value;
                else across += value;
            }
        }
        double n = first, m = order.Length - first;
        return (2 * within1 / (n * (n - 1))) + (2 * within2 / (m * (m - 1))) - (2 * across / (n * m));
    }
}
