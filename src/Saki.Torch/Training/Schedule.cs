namespace Saki.Torch.Training;

/// <summary>
/// The learning rate as a pure function of progress p in 0..1, as a part of the peak; with warm-up w (p &lt; w): start + (1 − start)·p/w. After it:
/// <c>constant</c>: 1. <c>linear</c>: from 1 straight to end. <c>cosine</c>: end + (1 − end)·(1 + cos π(p−w)/(1−w))/2.
/// <c>one_cycle</c>: as cosine, the warm-up follows the cosine too (the shape of PyTorch's OneCycleLR without momentum cycling).
/// <c>step</c>: gamma to the number of milestones passed. <c>plateau</c>: gamma to the number of times that the monitored figure stood still.
/// </summary>
public static class Schedule
{
    /// <summary>The factor on the peak rate at <paramref name="progress"/> (0 first step, 1 last; values outside are clamped).</summary>
    /// <param name="options">The shape.</param>
    /// <param name="progress">How far the training is.</param>
    /// <param name="plateaus">How often the monitored figure stood still so far: see <see cref="Plateaus"/>.</param>
    public static double At(ScheduleOptions options, double progress, int plateaus = 0)
    {
        var p = Math.Clamp(progress, 0, 1);
        var w = options.Warmup;
        if (p < w)
        {
            return options.Name == "one_cycle"
                ? Cosine(options.Start, 1, p / w)
                : options.Start + ((1 - options.Start) * p / w);
        }
        var part = (p - w) / (1 - w);
        return options.Name switch
        {
            "linear" => 1 + ((options.End - 1) * part),
            "step" => Math.Pow(options.Gamma, options.Milestones.Count(milestone => p >= milestone)),
            "plateau" => Math.Max(options.End, Math.Pow(options.Gamma, plateaus)),
            "constant" => 1,
            _ => Cosine(1, options.End, part),
        };
    }

    /// <summary>How often <paramref name="values"/> (more is better) had gone <paramref name="patience"/> evaluations without a new best; each time the wait begins anew.</summary>
    public static int Plateaus(IEnumerable<double> values, int patience)
    {
        var (best, waited, falls) = (double.NegativeInfinity, 0, 0);
        foreach (var value in values)
        {
            waited = value > best ? 0 : waited + 1;
            best = Math.Max(best, value);
            if (waited < patience) continue;
            falls++;
            waited = 0;
        }
        return falls;
    }

    private static double Cosine(double from, double to, double part) => to + ((from - to) * (1 + Math.Cos(Math.PI * part)) / 2);
}
