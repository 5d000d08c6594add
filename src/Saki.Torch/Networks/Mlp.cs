using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>Fully connected layers with relu between them. Input [N, ...] is flattened to [N, widths[0]]; output is [N, widths[^1]].</summary>
public sealed class Mlp : Module
{
    private readonly Linear[] _layers;

    /// <param name="widths">Sizes from input to output, at least two: 3072, 300, 300, 10. Layer i is named "layers.i".</param>
    public Mlp(params ReadOnlySpan<long> widths)
    {
        if (widths.Length < 2) throw new TorchException("making an Mlp", "at least an input and an output width", $"{widths.Length} widths");
        _layers = new Linear[widths.Length - 1];
        for (var i = 0; i < _layers.Length; i++)
            _layers[i] = register_module($"layers.{i}", new Linear(widths[i], widths[i + 1]));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var x = input.flatten(1);
        for (var i = 0; i < _layers.Length; i++)
        {
            using var before = x;
            x = _layers[i].forward(before);
            if (i < _layers.Length - 1) x.relu_();
        }
        return x;
    }
}
