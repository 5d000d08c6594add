namespace Saki.Labelling.Sampling;

/// <summary>How unsure a row of class probabilities is, 0 (sure) to 1. Rows sum to 1.</summary>
public static class Uncertainty
{
    /// <summary>1 − the highest probability.</summary>
    public static double LeastConfidence(ReadOnlySpan<float> row)
    {
        var best = 0f;
        foreach (var p in row) best = Math.Max(best, p);
        return 1.0 - best;
    }

    /// <summary>1 − the distance between the two highest probabilities.</summary>
    public static double Margin(ReadOnlySpan<float> row)
    {
        float first = 0, second = 0;
        foreach (var p in row)
        {
            if (p > first) (first, second) = (p, first);
            else if (p > second) second = p;
        }
        return 1.0 - (first - second);
    }

    /// <summary>Shannon's entropy over that of equal probabilities.</summary>
    public static double Entropy(ReadOnlySpan<float> row)
    {
        var sum = 0.0;
        foreach (var p in row)
            if (p > 0) sum -= p * Math.Log(p);
        return row.Length < 2 ? 0 : sum / Math.Log(row.Length);
    }

    /// <summary>Jensen-Shannon divergence of two rows with base 2: 0 for equal ones, 1 for those that share no class.</summary>
    public static double Disagreement(ReadOnlySpan<float> row, ReadOnlySpan<float> other)
    {
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            double p = row[i], q = other[i], middle = (p + q) / 2;
            if (p > 0) sum += p * Math.Log2(p / middle);
            if (q > 0) sum += q * Math.Log2(q / middle);
        }
        return Math.Clamp(sum / 2, 0, 1);
    }
}
