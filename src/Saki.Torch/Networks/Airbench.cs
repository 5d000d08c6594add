using Saki.Configuration;
using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What an <see cref="Airbench"/> looks like; the defaults are airbench94.</summary>
public sealed record AirbenchOptions
{
    /// <summary>Channels of each group; a group halves the picture. 1 to 6 numbers, each 1 to 4096. Default 64, 256, 256.</summary>
    [Within(1, 4096)] public IReadOnlyList<int> Widths { get; init; } = [64, 256, 256];

    /// <summary>Convolutions in each group, 2 (default) or 3; the third is inside a residual connection, as in airbench96.</summary>
    [Within(2, 3)] public int Convolutions { get; init; } = 2;

    /// <summary>Side of the patches that the first layer whitens, 2 to 6 pixels. Default 2.</summary>
    [Within(2, 6)] public int Patch { get; init; } = 2;

    /// <summary>Step between two patches, 1 to 4 pixels; 2 quarters the work of everything behind. Default 1.</summary>
    [Within(1, 4)] public int Stride { get; init; } = 1;

    /// <summary><c>gelu</c> (default, as published), <c>silu</c> or <c>relu</c> (cheaper on CPUs).</summary>
    [OneOf("gelu", "silu", "relu")] public string Activation { get; init; } = "gelu";

    /// <summary>Part of the features dropped before the last layer while training, 0 to below 1. Default 0.</summary>
    [Within(0, 1, BelowMost = true)] public double Dropout { get; init; }
}

/// <summary>
/// The network of airbench94 (Jordan, 2024), made to learn in few epochs: a frozen first layer that whitens small patches (both signs of each direction), then groups of
/// 3x3 convolutions that begin as the identity, with normalisation that has a shift but no scale and follows quickly, and one linear layer on each channel's largest value.
/// Takes pictures of any size that the groups can halve.
/// </summary>
public sealed class Airbench : Module
{
    private readonly Conv2d _whiten;
    private readonly string _activation;
    private readonly Group[] _groups;
    private readonly Dropout _dropout;
    private readonly Linear _head;
    private readonly int _patch;

    /// <param name="shape">Input and classes.</param>
    /// <param name="options">Widths and first layer.</param>
    /// <exception cref="SakiException">The picture is too small for so many groups.</exception>
    public Airbench(NetworkShape shape, AirbenchOptions options)
    {
        var side = ((Math.Min(shape.Height, shape.Width) - options.Patch) / options.Stride) + 1;
        if (options.Widths.Count is < 1 or > 6 || side >> options.Widths.Count < 1)
            throw new SakiException("Reading network.widths of airbench94", $"1 to 6 groups that halve {side} pixels", $"{options.Widths.Count} groups", "Use fewer groups or a larger picture.");
        _patch = options.Patch;
        _activation = options.Activation;
        var channels = 2 * shape.Channels * options.Patch * options.Patch;
        _whiten = register_module("whiten", new Conv2d(shape.Channels, channels, options.Patch, stride: options.Stride));
        _whiten.weight.requires_grad = false;
        using (torch.no_grad()) _whiten.bias!.zero_();
        _groups = new Group[options.Widths.Count];
        for (var i = 0; i < _groups.Length; i++)
        {
            _groups[i] = register_module($"group{i + 1}", new Group(channels, options.Widths[i], options.Convolutions, _activation));
            channels = options.Widths[i];
        }
        _dropout = register_module("dropout", new Dropout(options.Dropout));
        _head = register_module("head", new Linear(channels, shape.Classes, bias: false));
        using var _ = torch.no_grad();
        using var std = _head.weight.std();
        _head.weight.mul_(1 / std.item());
    }

    /// <summary>The first layer's filters from the patches of real pictures.</summary>
    public override void start_from(Tensor images_NCHW)
    {
        using var filters = Whitening.Filters(images_NCHW, _patch);
        using var _ = torch.no_grad();
        _whiten.weight.copy_(filters);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var x = Activated(_whiten.forward(input), _activation);
        foreach (var group in _groups)
        {
            using var before = x;
            x = recomputes ? Recompute.Run(group.forward, before) : group.forward(before);
        }
        using (x)
        {
            using var largest = functional.max_pool2d(x, (x.size(2), x.size(3)));
            using var features_NC = largest.flatten(1);
            using var kept_NC = _dropout.forward(features_NC);
            return _head.forward(kept_NC).mul_(1.0 / features_NC.size(1));
        }
    }

    // Takes the tensor over. In place where the value before is not needed for a gradient: these networks are bound by memory as much as by arithmetic.
    private static Tensor Activated(Tensor tensor, string activation)
    {
        if (activation == "relu") return tensor.relu_();
        using (tensor) return activation == "silu" ? tensor.silu() : functional.gelu(tensor);
    }

    private sealed class Group : Module
    {
        private readonly Conv2d[] _convs;
        private readonly ShiftNorm[] _norms;
        private readonly string _activation;

        internal Group(int inputs, int outputs, int convolutions, string activation)
        {
            _activation = activation;
            _convs = new Conv2d[convolutions];
            _norms = new ShiftNorm[convolutions];
            for (var i = 0; i < convolutions; i++)
            {
                _convs[i] = register_module($"conv{i + 1}", new Conv2d(i == 0 ? inputs : outputs, outputs, 3, padding: 1, bias: false));
                _norms[i] = register_module($"norm{i + 1}", new ShiftNorm(outputs));
                init.dirac_(_convs[i].weight);
            }
        }

        public override Tensor forward(Tensor input)
        {
            using var wide = _convs[0].forward(input);
            using var halved = functional.max_pool2d(wide, 2);
            var first = Activated(_norms[0].forward(halved), _activation);
            using (first)
            {
                using var second = _convs[1].forward(first);
                var x = Activated(_norms[1].forward(second), _activation);
                if (_convs.Length == 2) return x;
                using var before = x;
                using var third = _convs[2].forward(before);
                return Activated(_norms[2].forward(third).add_(first), _activation);
            }
        }
    }

    // Batch normalisation whose statistics follow quickly (few steps) and that learns only a shift: weights in front of it need no scale.
    private sealed class ShiftNorm : Module
    {
        private readonly Tensor _bias, _mean, _var;

        internal ShiftNorm(int channels)
        {
            _bias = register_parameter("bias", torch.zeros([channels]));
            _mean = register_buffer("running_mean", torch.zeros([channels]));
            _var = register_buffer("running_var", torch.ones([channels]));
        }

        public override Tensor forward(Tensor input) => functional.batch_norm(input, _mean, _var, bias: _bias, training: training, momentum: 0.4, eps: 1e-12);
    }
}
