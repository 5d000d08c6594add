using Saki.Torch.Optim;

namespace Saki.Torch.Training;

/// <summary>Optimisers by the name that a configuration gives.</summary>
public static class Optimizers
{
    /// <summary>The names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = ["sgd", "adam", "adamw"];

    /// <summary>Makes the optimiser; the parameters stay the network's.</summary>
    /// <exception cref="SakiException">No optimiser has this name.</exception>
    public static Optimizer Create(OptimizerOptions options, IReadOnlyList<Tensor> parameters) => options.Name switch
    {
        "sgd" => new SGD(parameters, options.Lr, options.Momentum, weight_decay: options.WeightDecay, nesterov: options.Momentum > 0),
        "adam" => new Adam(parameters, options.Lr, weight_decay: options.WeightDecay),
        "adamw" => new AdamW(parameters, options.Lr, weight_decay: options.WeightDecay),
        var name => throw new SakiException("Reading optimizer.name", $"one of {string.Join(", ", Names)}", $"\"{name}\"", DidYouMean.Hint(name, [.. Names])),
    };
}
