namespace Saki.Evaluation;

/// <summary>What became of one sample.</summary>
/// <param name="Path">Its name in the data set.</param>
/// <param name="Label">Its right class.</param>
/// <param name="Answer">The class that was answered.</param>
/// <param name="Confidence">The probability of the answer, 0..1.</param>
/// <param name="Picture">What it looks like in numbers.</param>
public sealed record SampleOutcome(string Path, string Label, string Answer, double Confidence, PictureFigures Picture)
{
    /// <summary>True when the answer is the label.</summary>
    public bool Right => Answer == Label;
}

/// <summary>Figures of a picture that explain errors.</summary>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Brightness">Mean luma, 0 (black) to 255.</param>
/// <param name="Sharpness">Variance of the Laplacian of the luma; low for blurred pictures (Pech-Pacheco et al., ICPR 2000). Grows with contrast.</param>
public readonly record struct PictureFigures(int Width, int Height, double Brightness, double Sharpness)
{
    /// <summary>Standard deviation of the luma, 0 to 127.5.</summary>
    public double Contrast { get; init; }
}

/// <summary>How well the model did on the part of the samples that have one property in a range.</summary>
/// <param name="Property"><c>brightness</c>, <c>sharpness</c> or <c>pixels</c>.</param>
/// <param name="From">Least value in it.</param>
/// <param name="To">Largest value in it.</param>
/// <param name="Samples">How many.</param>
/// <param name="Accuracy">Right answers among them, 0..1.</param>
public sealed record Slice(string Property, double From, double To, int Samples, double Accuracy)
{
    private const int Parts = 4;

    /// <summary>Quarters of the samples by each property, the lowest first; a property that hardly varies gives none.</summary>
    public static IReadOnlyList<Slice> Of(IReadOnlyList<SampleOutcome> outcomes) =>
    [
        .. By("brightness", outcomes, outcome => outcome.Picture.Brightness),
        .. By("sharpness", outcomes, outcome => outcome.Picture.Sharpness),
        .. By("pixels", outcomes, outcome => (double)outcome.Picture.Width * outcome.Picture.Height),
    ];

    private static IEnumerable<Slice> By(string property, IReadOnlyList<SampleOutcome> outcomes, Func<SampleOutcome, double> value)
    {
        var sorted = outcomes.Select(outcome => (Value: value(outcome), outcome.Right)).OrderBy(sample => sample.Value).ToArray();
        if (sorted.Length < Parts || sorted[0].Value == sorted[^1].Value) yield break;
        var start = 0;
        for (var part = 1; part <= Parts; part++)
        {
            // Equal values stay together, so that the borders mean something; a part that they filled is left out.
            var end = (int)((long)sorted.Length * part / Parts);
            while (end < sorted.Length && sorted[end].Value == sorted[end - 1].Value) end++;
            if (end <= start) continue;
            yield return new Slice(property, sorted[start].Value, sorted[end - 1].Value, end - start, (double)sorted[start..end].Count(sample => sample.Right) / (end - start));
            start = end;
        }
    }
}

/// <summary>The accuracy without samples that (copies: their bytes; look-alikes: their like) also lie in the training split, or lie twice in this one.</summary>
/// <param name="Copies">Samples left out.</param>
/// <param name="Samples">Samples that remain.</param>
/// <param name="Accuracy">Right answers among them.</param>
/// <param name="AccuracyInterval">As in <see cref="EvaluationReport.AccuracyInterval"/>.</param>
public sealed record WithoutCopies(int Copies, int Samples, double Accuracy, IReadOnlyList<double> AccuracyInterval)
{
    /// <summary>Counts <paramref name="outcomes"/> where <paramref name="isCopy"/> is false; null when nothing remains.</summary>
    public static WithoutCopies? Of(IReadOnlyList<SampleOutcome> outcomes, IReadOnlyList<bool> isCopy, ulong seed = 0)
    {
        var (samples, right) = (0, 0);
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (isCopy[i]) continue;
            samples++;
            if (outcomes[i].Right) right++;
        }
        if (samples == 0) return null;
        var (low, high) = Bootstrap.Accuracy(right, samples, EvaluationReport.Resamples, new SeededRandom(seed));
        return new WithoutCopies(outcomes.Count - samples, samples, (double)right / samples, [low, high]);
    }
}

/// <summary>What dividing the logits by one number would do, see <see cref="TemperatureScaling"/>.</summary>
/// <param name="Temperature">Fitted on the validation split.</param>
/// <param name="FittedOn">How many samples it was fitted on.</param>
/// <param name="LogLoss">Of the evaluated samples with it.</param>
/// <param name="Ece">Of the evaluated samples with it.</param>
public sealed record Recalibrated(double Temperature, int FittedOn, double LogLoss, double Ece);
