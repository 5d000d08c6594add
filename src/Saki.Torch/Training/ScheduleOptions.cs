using Saki.Configuration;

namespace Saki.Torch.Training;

/// <summary>The learning rate over the training, as a part of the peak.</summary>
public sealed record ScheduleOptions
{
    /// <summary><c>one_cycle</c> (default), <c>linear</c>, <c>cosine</c>, <c>step</c>, <c>plateau</c> or <c>constant</c>; all may begin with a warm-up.</summary>
    [OneOf("one_cycle", "linear", "cosine", "step", "plateau", "constant")] public string Name { get; init; } = "one_cycle";

    /// <summary>Part of the training in which the rate rises, 0 to below 1. Default 0.25.</summary>
    [Within(0, 1, BelowMost = true)] public double Warmup { get; init; } = 0.25;

    /// <summary>Rate at the start as a part of the peak, 0 to 1. Default 0.1.</summary>
    [Within(0, 1)] public double Start { get; init; } = 0.1;

    /// <summary>Rate at the end as a part of the peak, 0 to 1; for <c>plateau</c> the least. Default 0.001.</summary>
    [Within(0, 1)] public double End { get; init; } = 0.001;

    /// <summary>Where <c>step</c> falls, as parts of the training. Default 0.5 and 0.75.</summary>
    [Within(0, 1)] public IReadOnlyList<double> Milestones { get; init; } = [0.5, 0.75];

    /// <summary>Factor at each fall of <c>step</c> and <c>plateau</c>, 0 to 1. Default 0.1.</summary>
    [Within(0, 1, AboveLeast = true)] public double Gamma { get; init; } = 0.1;

    /// <summary>Evaluations without a better <c>trainer.monitor</c> before <c>plateau</c> falls, 1 to 1000. Default 5.</summary>
    [Within(1, 1000)] public int Patience { get; init; } = 5;
}
