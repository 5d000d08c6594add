using System.Text.Json;
using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Torch.Training;

/// <summary>
/// One safetensors file per checkpoint, so that it is whole or not there: tensors <c>network.NAME</c>, <c>averaged.NAME</c>, <c>optimizer.SLOT.INDEX</c>, and the
/// <see cref="TrainState"/> as JSON in the header under <c>saki.checkpoint</c>. Written beside, synced and renamed: a full disk or a kill leaves the old one.
/// </summary>
public static class Checkpoint
{
    private const string Key = "saki.checkpoint";
    private const string NetworkPart = "network.", AveragedPart = "averaged.", OptimizerPart = "optimizer.";

    /// <summary>What the checkpoint says of itself, its tensors unread.</summary>
    /// <exception cref="SakiException">The file is missing, torn, or no checkpoint of Saki.</exception>
    public static TrainState ReadState(string path) => Read(path, _ => true).State;

    internal static void Save(string path, TrainState state, Module network, AveragedWeights? averaged, Optimizer optimizer)
    {
        var optimizerState = optimizer.state_dict();
        using var steps = optimizerState["steps"];
        var tensors = Prefixed(NetworkPart, network.state_dict())
            .Concat(Prefixed(AveragedPart, averaged?.State ?? new Dictionary<string, Tensor>()))
            .Concat(Prefixed(OptimizerPart, optimizerState));
        Write(path, state, tensors);
    }

    /// <summary>Only the weights that were evaluated: what becomes the model.</summary>
    internal static void SaveWeights(string path, TrainState state, Module network, AveragedWeights? averaged) =>
        Write(path, state, Prefixed(NetworkPart, averaged?.State ?? network.state_dict()));

    /// <summary>Loads everything into place and returns where to go on.</summary>
    internal static TrainState Load(string path, TrainRequest request, Module network, AveragedWeights? averaged, Optimizer optimizer)
    {
        var (state, tensors) = Read(path, _ => true);
        try
        {
            CheckFits(path, state, request);
            network.load_state_dict(Part(NetworkPart, tensors));
            averaged?.Load(Part(AveragedPart, tensors), path);
            optimizer.load_state_dict(Part(OptimizerPart, tensors));
            return state;
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    /// <summary>Loads the weights of <see cref="SaveWeights"/> into <paramref name="network"/>.</summary>
    internal static void LoadWeights(string path, TrainRequest request, Module network)
    {
        var (state, tensors) = Read(path, name => name.StartsWith(NetworkPart, StringComparison.Ordinal));
        try
        {
            CheckFits(path, state, request);
            network.load_state_dict(Part(NetworkPart, tensors));
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    private static void Write(string path, TrainState state, IEnumerable<KeyValuePair<string, Tensor>> tensors) =>
        Safetensors.Save(path, new Dictionary<string, Tensor>(tensors), new Dictionary<string, string> { [Key] = JsonSerializer.Serialize(state, TrainJson.Default.TrainState) });

    private static (TrainState State, Dictionary<string, Tensor> Tensors) Read(string path, Func<string, bool> keep)
    {
        if (!File.Exists(path)) throw new SakiException($"Reading the checkpoint {path}", "a file", "none", "Train from the start: leave out --resume.");
        var tensors = Safetensors.Load(path, out var metadata);
        try
        {
            var state = metadata.TryGetValue(Key, out var json) ? JsonSerializer.Deserialize(json, TrainJson.Default.TrainState) : null;
            if (state is null) throw NotOurs(path, null);
            foreach (var name in tensors.Keys.Where(name => !keep(name)).ToArray())
            {
                tensors[name].Dispose();
                tensors.Remove(name);
            }
            return (state, tensors);
        }
        catch (Exception failure)
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
            if (failure is JsonException) throw NotOurs(path, failure);
            throw;
        }
    }

    private static SakiException NotOurs(string path, Exception? cause) =>
        new($"Reading the checkpoint {path}", "a checkpoint of saki train", "a safetensors file without training state", "Name a run that saki train made.", cause);

    private static void CheckFits(string path, TrainState state, TrainRequest request)
    {
        Same("network", state.Network, request.Options.Network.Name);
        Same("data set version", state.Dataset, request.Dataset.Digest.ToString());
        Same("classes", string.Join(", ", state.Labels), string.Join(", ", request.Dataset.Classes));

        void Same(string what, string saved, string asked)
        {
            if (saved != asked)
                throw new SakiException($"Reading the checkpoint {path}", $"the {what} of this training, {asked}", saved, "Resume with the run's own configuration, or start a new run.");
        }
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Prefixed(string prefix, IReadOnlyDictionary<string, Tensor> tensors) =>
        tensors.Select(entry => KeyValuePair.Create(prefix + entry.Key, entry.Value));

    private static Dictionary<string, Tensor> Part(string prefix, Dictionary<string, Tensor> tensors) =>
        tensors.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value);
}
