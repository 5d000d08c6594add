using Saki.Configuration;
using Saki.Torch;
using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace OwnNetwork;

/// <summary>The knobs of <see cref="Stripes"/>: what <c>conf/network/stripes.yaml</c> may say, with ranges that are checked before anything runs.</summary>
public sealed record StripesOptions
{
    /// <summary>Channels, 1 to 512. Default 16.</summary>
    [Within(1, 512)] public int Width { get; init; } = 16;
}

/// <summary>A network of one's own: long thin filters across and down, then one linear layer. All that Saki needs is a constructor and <see cref="forward"/>.</summary>
public sealed class Stripes : Module
{
    private readonly Conv2d _across, _down;
    private readonly BatchNorm2d _norm;
    private readonly Linear _head;

    /// <param name="shape">Input and classes.</param>
    /// <param name="options">The knobs.</param>
    public Stripes(NetworkShape shape, StripesOptions options)
    {
        _across = register_module("across", new Conv2d(shape.Channels, options.Width, (1, 7), stride: (1, 2), padding: (0, 3)));
        _down = register_module("down", new Conv2d(options.Width, options.Width, (7, 1), stride: (2, 1), padding: (3, 0)));
        _norm = register_module("norm", new BatchNorm2d(options.Width));
        _head = register_module("head", new Linear(options.Width * 16, shape.Classes));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var across_NCHW = _across.forward(input).relu_();
        using var down_NCHW = _down.forward(across_NCHW);
        using var normal_NCHW = _norm.forward(down_NCHW).relu_();
        using var pooled_NC44 = functional.adaptive_avg_pool2d(normal_NCHW, 4);
        using var flat_NC = pooled_NC44.flatten(1);
        return _head.forward(flat_NC);
    }
}
