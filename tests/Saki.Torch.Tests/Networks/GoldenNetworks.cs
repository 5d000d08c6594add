using System.Text.Json;
using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Networks;

/// <summary>Numbers of reference networks and files of torch.save, made by tests/golden/networks.py.</summary>
internal static class GoldenNetworks
{
    private static readonly Lazy<JsonDocument> File = new(() => JsonDocument.Parse(System.IO.File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", "networks.json"))));

    internal static JsonElement Network(string name) => File.Value.RootElement.GetProperty("networks").GetProperty(name);

    internal static byte[] TorchFile(string name) => File.Value.RootElement.GetProperty("files").GetProperty(name).GetBytesFromBase64();

    /// <summary>sin(0.37·i + phase), the reference's own formula.</summary>
    internal static Tensor Wave(double phase, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var size in shape) count *= size;
        var values = new float[count];
        for (var i = 0; i < count; i++) values[i] = (float)Math.Sin((i * 0.37) + phase);
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
        var wave = Wave(place, tensor.shape);
        if (tensor.ndim > 1) return wave.mul(Math.Sqrt(2.0 / (tensor.numel() / tensor.size(0))));
        return name.EndsWith("running_var", StringComparison.Ordinal) || name.EndsWith("weight", StringComparison.Ordinal) ? wave.mul(0.1).add(1) : wave.mul(0.1);
    }
}
