using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>Answers with the mean of the logits of a picture and of its mirror image. Owns the network.</summary>
public sealed class MirrorAveraged : Module
{
    private readonly Module _network;

    /// <param name="network">Images [N, C, H, W] to logits; owned from here on.</param>
    public MirrorAveraged(Module network) => _network = register_module("network", network);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var mirrored_NCHW = input.flip(3);
        var logits = _network.forward(input);
        using var other = _network.forward(mirrored_NCHW);
        return logits.add_(other).mul_(0.5);
    }
}
