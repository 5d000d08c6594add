using Saki.Torch.Nn;

namespace Saki.Torch.Training;

/// <summary>
/// The exponential moving average of a network's parameters, a_t = d·a_{t−1} + (1 − d)·w_t with d growing from 0 to the decay over the first steps
/// (d_t = min(decay, (1 + t)/(10 + t))), and its newest buffers. Owns its tensors.
/// </summary>
internal sealed class AveragedWeights : IDisposable
{
    private readonly Dictionary<string, Tensor> _state = [];
    private readonly HashSet<string> _parameters;

    private AveragedWeights(IEnumerable<string> parameters) => _parameters = [.. parameters];

    /// <summary>By the network's names, for checkpoints.</summary>
    internal IReadOnlyDictionary<string, Tensor> State => _state;

    internal static AveragedWeights Of(Module network)
    {
        using var noGrad = torch.no_grad();
        var averaged = new AveragedWeights(network.named_parameters().Select(parameter => parameter.Name));
        foreach (var (name, tensor) in network.state_dict()) averaged._state.Add(name, tensor.clone());
        return averaged;
    }

    internal void Follow(Module network, double decay, long step)
    {
        using var noGrad = torch.no_grad();
        var kept = Math.Min(decay, (1.0 + step) / (10.0 + step));
        foreach (var (name, tensor) in network.state_dict())
        {
            if (_parameters.Contains(name)) _state[name].mul_(kept).add_(tensor, 1 - kept);
            else _state[name].copy_(tensor);
        }
    }

    /// <summary>Runs <paramref name="work"/> with the averaged weights in the network, then puts its own back.</summary>
    internal T Within<T>(Module network, Func<T> work)
    {
        using var noGrad = torch.no_grad();
        using var own = Of(network);
        network.load_state_dict(_state);
        try { return work(); }
        finally { network.load_state_dict(own._state); }
    }

    /// <summary>Takes the averages of a checkpoint.</summary>
    /// <exception cref="SakiException">It was written without averaging.</exception>
    internal void Load(IReadOnlyDictionary<string, Tensor> state, string path)
    {
        using var noGrad = torch.no_grad();
        foreach (var (name, tensor) in _state)
        {
            if (!state.TryGetValue(name, out var saved))
                throw new SakiException($"Reading the checkpoint {path}", "averaged weights (trainer.ema is above 0)", $"none for {name}", "Resume with the run's own configuration.");
            tensor.copy_(saved);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in _state.Values) tensor.Dispose();
    }
}
