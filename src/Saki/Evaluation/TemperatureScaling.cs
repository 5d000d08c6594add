namespace Saki.Evaluation;

/// <summary>
/// One number that makes confidences honest: logits are divided by it (Guo et al., "On Calibration of Modern Neural Networks", ICML 2017). It never changes which class is best.
/// </summary>
public static class TemperatureScaling
{
    private const double Lowest = 0.05, Highest = 20;

    // Keeps the logarithm of a probability that was rounded to 0 finite.
    private const double Least = 1e-12;

    /// <summary>The temperature with the smallest log loss on a validation set, in 0.05..20; 1 when there are no samples. The log loss has one minimum in it.</summary>
    /// <param name="labels">Right class of each sample.</param>
    /// <param name="probabilities">Sample after sample, one number a class, each row adding up to 1.</param>
    /// <param name="classes">Number of classes.</param>
    public static double Fit(ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities, int classes)
    {
        if (labels.Length == 0) return 1;
        var ratio = (Math.Sqrt(5) - 1) / 2;
        var (low, high) = (Math.Log(Lowest), Math.Log(Highest));
        var (left, right) = (high - (ratio * (high - low)), low + (ratio * (high - low)));
        var (atLeft, atRight) = (Loss(labels, probabilities, classes, Math.Exp(left)), Loss(labels, probabilities, classes, Math.Exp(right)));
        while (high - low > 1e-6)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (ratio * (high - low));
                atLeft = Loss(labels, probabilities, classes, Math.Exp(left));
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (ratio * (high - low));
                atRight = Loss(labels, probabilities, classes, Math.Exp(right));
            }
        }
        return Math.Exp((low + high) / 2);
    }

    /// <summary>The probabilities at another temperature; <paramref name="from"/> and <paramref name="to"/> may be the same memory.</summary>
    /// <param name="from">Sample after sample, one number a class.</param>
    /// <param name="to">As long.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="temperature">Above 0; more than 1 makes answers less sure.</param>
    public static void Apply(ReadOnlySpan<float> from, Span<float> to, int classes, double temperature)
    {
        var powers = new double[classes];
        for (var at = 0; at < from.Length; at += classes)
        {
            var sum = Powers(from.Slice(at, classes), powers, temperature);
            for (var i = 0; i < classes; i++) to[at + i] = (float)(powers[i] / sum);
        }
    }

    private static double Loss(ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities, int classes, double temperature)
    {
        var powers = new double[classes];
        var loss = 0.0;
        for (var i = 0; i < labels.Length; i++)
        {
            var sum = Powers(probabilities.Slice(i * classes, classes), powers, temperature);
            loss -= Math.Log(Math.Max(powers[labels[i]] / sum, double.Epsilon));
        }
        return loss;
    }

    // Logarithms of probabilities are logits up to a constant of the row, which the division by the sum removes.
    private static double Powers(ReadOnlySpan<float> row, double[] powers, double temperature)
    {
        var largest = double.NegativeInfinity;
        for (var i = 0; i < row.Length; i++) largest = Math.Max(largest, powers[i] = Math.Log(Math.Max(row[i], Least)) / temperature);
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++) sum += powers[i] = Math.Exp(powers[i] - largest);
        return sum;
    }
}
