using System.IO.Enumeration;
using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Torch.Training;

/// <summary>Optimisers by the name that a configuration gives, with rates and weight decay by parameter.</summary>
public static class Optimizers
{
    /// <summary>Makes the optimiser for what of <paramref name="network"/> learns; the parameters stay the network's. Frozen parameters stop to take gradients.</summary>
    /// <exception cref="SakiException">A pattern fits no parameter, or nothing is left to learn.</exception>
    public static Optimizer Create(OptimizerOptions options, WeightsOptions weights, Module network)
    {
        var named = network.named_parameters().ToList();
        foreach (var pattern in weights.Freeze.Concat(weights.Rates.Select(rate => rate.Match)))
            if (!named.Any(parameter => Fits(pattern, parameter.Name)))
                throw new SakiException("Reading weights.freeze and weights.rates", "patterns that fit parameters of the network", $"\"{pattern}\"", $"Names are like {named[0].Name} and {named[^1].Name}.");
        foreach (var (name, tensor) in named)
            if (weights.Freeze.Any(pattern => Fits(pattern, name))) tensor.requires_grad = false;

        var learning = named.Where(parameter => parameter.Tensor.requires_grad).ToList();
        if (learning.Count == 0) throw new SakiException("Reading weights.freeze", "something left to learn", "every parameter frozen", "Freeze less.");
        var optimizer = Plain(options, [.. learning.Select(parameter => parameter.Tensor)]);
        foreach (var group in learning.GroupBy(parameter => (Scale: Rate(weights, parameter.Name), Decays: options.DecayBias || parameter.Tensor.ndim > 1)))
            optimizer.add_group([.. group.Select(parameter => parameter.Tensor)], group.Key.Scale, group.Key.Decays ? options.WeightDecay : 0);
        return optimizer;
    }

    private static Optimizer Plain(OptimizerOptions options, Tensor[] parameters)
    {
        switch (options.Name)
        {
            case "adam":
                return new Adam(parameters, options.Lr, options.Beta1, options.Beta2, options.Eps, options.WeightDecay);
            case "adamw":
                return new AdamW(parameters, options.Lr, options.Beta1, options.Beta2, options.Eps, options.WeightDecay);
            case "muon":
                var last = Array.FindLast(parameters, parameter => parameter.ndim > 1); // the head: its rows belong to classes and are no hidden layer
                Tensor[] matrices = [.. parameters.Where(parameter => parameter.ndim > 1 && parameter != last)];
                return new Muon(matrices, [.. parameters.Except(matrices)], options.Lr, options.SgdLr, options.Momentum, options.Nesterov, options.WeightDecay, options.Iterations);
            default:
                return new SGD(parameters, options.Lr, options.Momentum, weight_decay: options.WeightDecay, nesterov: options.Nesterov && options.Momentum > 0);
        }
    }

    private static double Rate(WeightsOptions weights, string name) => weights.Rates.FirstOrDefault(rate => Fits(rate.Match, name))?.Lr ?? 1;

    private static bool Fits(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
