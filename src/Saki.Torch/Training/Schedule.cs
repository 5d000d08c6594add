namespace Saki.Torch.Training;

/// <summary>
/// The learning rate as a pure function of progress p in 0..1, as a part of the peak:
/// <c>constant</c>: 1; with warm-up w (p &lt; w): start + (1 − start)·p/w.
/// <c>cosine</c> after the warm-up: end + (1 − end)·(1 + cos π(p−w)/(1−w))/2.
/// <c>one_cycle</c>: the warm-up follows the cosine too (the shape of PyTorch's OneCycleLR without momentum cycling).
/// </summary>
public static class Schedule
{
    /// <summary>The names that <see cref="At"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["one_cycle", "cosine", "constant"];

    /// <summary>The factor on the peak rate at <paramref name="progress"/> (0 first step, 1 last; values outside are clamped).</summary>
    public static double At(ScheduleOptions options, double progress)
    {
        var p = Math.Clamp(progress, 0, 1);
        var w = options.Warmup;
        if (p < w)
        {
            return options.Name == "one_cycle"
                ? Cosine(options.Start, 1, p / w)
                : options.Start + ((1 - options.Start) * p / w);
        }
        return options.Name == "constant" ? 1 : Cosine(1, options.End, (p - w) / (1 - w));
    }

    private static double Cosine(double from, double to, double part) => to + ((from - to) * (1 + Math.Cos(Math.PI * part)) / 2);
}
