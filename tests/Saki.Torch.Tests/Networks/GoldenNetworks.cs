using System.Text.Json;
using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Networks;

/// <summary>Numbers of reference networks and files of torch.save, made by tests/golden/networks.py.</summary>
internal static class GoldenNetworks
{
    private static readonly Lazy<JsonDocument> File = new(() => JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", "networks.json"))));

    internal static JsonElement Network(string name) => File.Value.RootElement.GetProperty("networks").GetProperty(name);

    internal static byte[] TorchFile(string name) => File.Value.RootElement.GetProperty("files").GetProperty(name).GetBytesFromBase64();

    /// <summary>sin(0.37·i + phase) on a grid of 1/4096, times <paramref name="scale"/>, plus <paramref name="offset"/>: the reference's own formula, to the bit.</summary>
    internal static Tensor Wave(double phase, long[] shape, double scale = 1, double offset = 0)
    {
        var values = new float[shape.Aggregate(1L, (count, size) => count * size)];
        for (var i = 0; i < values.Length; i++) values[i] = (float)(offset + (scale * (Math.Round(Math.Sin((i * 0.37) + phase) * 4096) / 4096)));
        return torch.tensor(values, shape);
    }

    /// <summary>Every tensor from its place and kind, as the reference script sets them.</summary>
    internal static void SetWeights(Module network, int skipped = 0)
    {
        using var noGrad = torch.no_grad();
        var place = 0;
        foreach (var (name, tensor) in network.state_dict())
        {
            using var scope = torch.NewDisposeScope();
            if (tensor.dtype == torch.float32) tensor.copy_(Value(name, tensor, place));
            place++;
            if (skipped > 0 && name.EndsWith("running_var", StringComparison.Ordinal)) place += skipped;
        }
    }

    private static Tensor Value(string name, Tensor tensor, int place)
    {
        if (tensor.ndim > 1) return Wave(place, tensor.shape, Math.Sqrt(2.0 / (tensor.numel() / tensor.size(0))));
        var scale = name.EndsWith("running_var", StringComparison.Ordinal) || name.EndsWith("weight", StringComparison.Ordinal);
        return Wave(place, tensor.shape, 0.1, scale ? 1 : 0);
    }
}
