using Saki.Torch.Nn;

namespace Saki.Torch.Weights;

/// <summary>What came of loading a file into a network.</summary>
/// <param name="Loaded">Tensors taken.</param>
/// <param name="NewHead">Tensors of the last layer that start anew because the file's are for another number of classes.</param>
public sealed record LoadedWeights(int Loaded, IReadOnlyList<string> NewHead)
{
    /// <summary>For people.</summary>
    public string Sentence(string path) =>
        $"weights: {Loaded} tensors from {Path.GetFileName(path)}" + (NewHead.Count == 0 ? "" : $"; {string.Join(", ", NewHead)} start anew, the file has another number of classes");
}

/// <summary>Start values from files of others: safetensors (Saki's checkpoints too) and PyTorch's own, under the names of torchvision and timm.</summary>
public static class WeightFile
{
    private static readonly string[] Wrappers = ["module.", "network.", "model.", "_orig_mod."]; // DataParallel, Saki's checkpoints, Lightning, torch.compile

    /// <summary>Copies the file's tensors into <paramref name="network"/>: all of them must fit, but for a last layer of another number of classes, which keeps its own values.</summary>
    /// <exception cref="SakiException">The file cannot be read, or tensors are missing, unexpected or of another shape: all are listed.</exception>
    public static LoadedWeights LoadInto(Module network, string path)
    {
        var tensors = Unwrapped(Load(path));
        try
        {
            var own = network.state_dict();
            var head = Head(network);
            var newHead = tensors.Where(entry => head.Contains(entry.Key) && own.ContainsKey(entry.Key) && OtherRows(own[entry.Key], entry.Value)).Select(entry => entry.Key).ToList();
            // Old files lack the counter of batches, which nothing but a plain average needs.
            var fits = tensors.Where(entry => !newHead.Contains(entry.Key))
                .Concat(own.Where(entry => !tensors.ContainsKey(entry.Key) && (entry.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal) || newHead.Contains(entry.Key))))
                .ToDictionary(entry => entry.Key, entry => entry.Value);
            foreach (var name in newHead) fits.Add(name, own[name]);
            network.load_state_dict(fits);
            return new LoadedWeights(tensors.Count - newHead.Count, newHead);
        }
        catch (TorchException misfit)
        {
            throw new SakiException($"Loading {path}", misfit.Expected, misfit.Got, "Choose the network that it was made for, with the same options.", misfit);
        }
        finally
        {
            foreach (var tensor in tensors.Values) tensor.Dispose();
        }
    }

    /// <summary>All tensors of a file by its content's form; the caller owns them.</summary>
    /// <exception cref="SakiException">The file is missing or of no known form.</exception>
    public static Dictionary<string, Tensor> Load(string path)
    {
        if (!File.Exists(path)) throw new SakiException("Reading weights.from", "a file", $"no {path}", "Name a .safetensors, .pth, .pt or .th file.");
        return path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? Safetensors.Load(path) : TorchFile.Load(path);
    }

    // A wrapper's prefix goes when most names have it; what does not have it (optimiser state, averages) is no weight of the network.
    private static Dictionary<string, Tensor> Unwrapped(Dictionary<string, Tensor> tensors)
    {
        foreach (var prefix in Wrappers)
        {
            var inside = tensors.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
            if (inside.Count == 0 || (prefix != "network." && inside.Count < tensors.Count)) continue;
            foreach (var (name, tensor) in tensors)
                if (!name.StartsWith(prefix, StringComparison.Ordinal)) tensor.Dispose();
            return Unwrapped(inside.ToDictionary(entry => entry.Key[prefix.Length..], entry => entry.Value));
        }
        return tensors;
    }

    // The last layer with weights is the classifier in every network here.
    private static HashSet<string> Head(Module network)
    {
        var (name, _) = network.named_modules().Last(entry => entry.Module is Linear or Conv2d);
        return [$"{name}.weight", $"{name}.bias"];
    }

    private static bool OtherRows(Tensor own, Tensor given) =>
        own.ndim == given.ndim && own.ndim > 0 && own.size(0) != given.size(0) && own.shape.AsSpan(1).SequenceEqual(given.shape.AsSpan(1));
}
