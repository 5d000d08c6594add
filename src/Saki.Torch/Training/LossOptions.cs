using Saki.Configuration;

namespace Saki.Torch.Training;

/// <summary>What is minimised. Validation always reports plain cross-entropy.</summary>
public sealed record LossOptions
{
    /// <summary><c>cross_entropy</c> (default), or <c>focal</c> (Lin et al., 2017), which weighs a sample by (1 − p)^gamma.</summary>
    [OneOf("cross_entropy", "focal")] public string Name { get; init; } = "cross_entropy";

    /// <summary>Part of the target spread over all classes, 0 to below 1. Default 0.1.</summary>
    [Within(0, 1, BelowMost = true)] public double LabelSmoothing { get; init; } = 0.1;

    /// <summary><c>none</c> (default), <c>inverse_frequency</c> (N/(K·n)), or <c>effective_number</c> ((1 − beta)/(1 − beta^n), Cui et al., 2019), scaled to a mean of 1 over samples.</summary>
    [OneOf("none", "inverse_frequency", "effective_number")] public string ClassWeights { get; init; } = "none";

    /// <summary>Of <c>effective_number</c>, 0 to below 1: at 0 all weigh the same, towards 1 by inverse frequency. Default 0.999.</summary>
    [Within(0, 1, BelowMost = true)] public double Beta { get; init; } = 0.999;

    /// <summary>Of <c>focal</c>, 0 to 10. Default 2.</summary>
    [Within(0, 10)] public double Gamma { get; init; } = 2;
}
