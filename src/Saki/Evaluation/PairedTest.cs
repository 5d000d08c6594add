namespace Saki.Evaluation;

/// <summary>Two models on the same samples: is one better, or is it chance?</summary>
public sealed record PairedTest
{
    /// <summary>Samples that only the first model got right.</summary>
    public required long OnlyFirstRight { get; init; }

    /// <summary>Samples that only the second model got right.</summary>
    public required long OnlySecondRight { get; init; }

    /// <summary>Accuracy of the first less that of the second, -1..1.</summary>
    public required double Difference { get; init; }

    /// <summary>95 % interval of the difference: percentiles of <see cref="EvaluationReport.Resamples"/> bootstrap resamples of the samples.</summary>
    public required IReadOnlyList<double> DifferenceInterval { get; init; }

    /// <summary>
    /// Two-sided p-value of McNemar's test on the samples where exactly one of them is right: exact (binomial), so that few samples need no correction.
    /// 1 when there is no such sample.
    /// </summary>
    public required double PValue { get; init; }

    /// <summary>Samples.</summary>
    public required long Samples { get; init; }

    /// <summary>What it means, in a sentence for people.</summary>
    public required string Verdict { get; init; }

    /// <summary>True when the first model is worse and chance is an unlikely reason (p below 0.05).</summary>
    public bool FirstIsWorse => Difference < 0 && PValue < Level;

    private const double Level = 0.05;

    /// <summary>Compares them.</summary>
    /// <param name="first">For each sample: was the first model right?</param>
    /// <param name="second">For the same samples in the same order: was the second?</param>
    /// <param name="seed">Of the bootstrap. Default 0.</param>
    /// <exception cref="SakiException">No sample, or different numbers of them.</exception>
    public static PairedTest Of(ReadOnlySpan<bool> first, ReadOnlySpan<bool> second, ulong seed = 0)
    {
        if (first.Length == 0 || first.Length != second.Length)
            throw new SakiException("Comparing two models", "answers of both to the same samples, at least one", FormattableString.Invariant($"{first.Length} and {second.Length} answers"));
        long onlyFirst = 0, onlySecond = 0;
        for (var i = 0; i < first.Length; i++)
        {
            if (first[i] && !second[i]) onlyFirst++;
            if (second[i] && !first[i]) onlySecond++;
        }
        var difference = (double)(onlyFirst - onlySecond) / first.Length;
        var p = ExactP(onlyFirst, onlySecond);
        var (low, high) = Bootstrap.Difference(onlyFirst, onlySecond, first.Length, EvaluationReport.Resamples, new SeededRandom(seed));
        return new PairedTest
        {
            OnlyFirstRight = onlyFirst,
            OnlySecondRight = onlySecond,
            Difference = difference,
            DifferenceInterval = [low, high],
            PValue = p,
            Samples = first.Length,
            Verdict = Sentence(difference, p),
        };
    }

    private static string Sentence(double difference, double p)
    {
        var points = FormattableString.Invariant($"{Math.Abs(difference) * 100:0.00} points");
        var chance = p < 0.0001 ? "p < 0.0001" : FormattableString.Invariant($"p = {p:0.0000}");
        if (difference == 0) return "Both are right equally often.";
        var way = difference > 0 ? "better" : "worse";
        return p < Level
            ? $"The first is {way} by {points}; chance is an unlikely reason ({chance})."
            : $"The first is {way} by {points}, which may well be chance ({chance}).";
    }

    // Twice the smaller tail of a fair coin thrown onlyFirst + onlySecond times, at most 1. Summed in logarithms: 2^-n underflows beyond a thousand throws.
    private static double ExactP(long onlyFirst, long onlySecond)
    {
        var throws = onlyFirst + onlySecond;
        if (throws == 0) return 1;
        var fewer = Math.Min(onlyFirst, onlySecond);
        var term = -throws * Math.Log(2);
        var largest = double.NegativeInfinity;
        var terms = new double[fewer + 1];
        for (var k = 0L; k <= fewer; k++)
        {
            terms[k] = term;
            largest = Math.Max(largest, term);
            term += Math.Log((double)(throws - k) / (k + 1));
        }
        return Math.Min(1, 2 * Math.Exp(largest) * terms.Sum(one => Math.Exp(one - largest)));
    }
}
