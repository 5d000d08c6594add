using Saki.Configuration;

namespace Saki.Torch.Training;

/// <summary>The optimiser and its knobs; PyTorch's meanings.</summary>
public sealed record OptimizerOptions
{
    /// <summary><c>sgd</c> (default), <c>adam</c>, <c>adamw</c> or <c>muon</c>.</summary>
    [OneOf("sgd", "adam", "adamw", "muon")] public string Name { get; init; } = "sgd";

    /// <summary>Peak learning rate; the schedule scales it. Above 0. Default 0.1.</summary>
    [Within(0, 1e6, AboveLeast = true)] public double Lr { get; init; } = 0.1;

    /// <summary>Momentum of <c>sgd</c> and <c>muon</c>, 0 to below 1. Default 0.9.</summary>
    [Within(0, 1, BelowMost = true)] public double Momentum { get; init; } = 0.9;

    /// <summary>Nesterov's form of momentum (looks ahead). Default true; without momentum it means nothing.</summary>
    public bool Nesterov { get; init; } = true;

    /// <summary>Weight decay, at least 0. Default 5e-4.</summary>
    [Within(0, 1e3)] public double WeightDecay { get; init; } = 5e-4;

    /// <summary>Whether weight decay holds for biases and normalisation too, as in PyTorch. Default true.</summary>
    public bool DecayBias { get; init; } = true;

    /// <summary>Decay of the mean of gradients of <c>adam</c> and <c>adamw</c>, 0 to below 1. Default 0.9.</summary>
    [Within(0, 1, BelowMost = true)] public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean of squared gradients of <c>adam</c> and <c>adamw</c>, 0 to below 1. Default 0.999.</summary>
    [Within(0, 1, BelowMost = true)] public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the divisor of <c>adam</c> and <c>adamw</c>. Default 1e-8.</summary>
    [Within(0, 1)] public double Eps { get; init; } = 1e-8;

    /// <summary>Peak learning rate of what <c>muon</c> does not orthogonalise (biases, normalisation, the last layer): SGD with its momentum. Default 0.1.</summary>
    [Within(0, 1e6, AboveLeast = true)] public double SgdLr { get; init; } = 0.1;

    /// <summary>Newton-Schulz iterations of <c>muon</c>, 1 to 10. Default 3.</summary>
    [Within(1, 10)] public int Iterations { get; init; } = 3;

    /// <summary>Largest joint 2-norm of all gradients; null (default) for no limit.</summary>
    [Within(0, 1e9, AboveLeast = true)] public double? ClipNorm { get; init; }
}
