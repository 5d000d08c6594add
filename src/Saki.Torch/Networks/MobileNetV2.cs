using Saki.Configuration;
using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What a <see cref="MobileNetV2"/> looks like.</summary>
public sealed record MobileNetV2Options
{
    /// <summary>Factor on all widths, 0.1 to 4. Default 1.</summary>
    [Within(0.1, 4)] public double Width { get; init; } = 1;

    /// <summary>The first steps. <c>cifar</c> (default) halves twice less, for pictures of 28 to 64 pixels; <c>imagenet</c> for about 224.</summary>
    public ResNetStem Stem { get; init; } = ResNetStem.cifar;

    /// <summary>Part of the features dropped before the last layer while training, 0 to below 1. Default 0.2.</summary>
    [Within(0, 1, BelowMost = true)] public double Dropout { get; init; } = 0.2;
}

/// <summary>Inverted residuals with linear bottlenecks (Sandler et al., 2018), under torchvision's names, so that its state files fit.</summary>
public sealed class MobileNetV2 : Module
{
    // Expansion, channels, repeats, stride of the first: the paper's table 2.
    private static readonly (int Expand, int Channels, int Repeats, int Stride)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    private readonly Sequential _features, _classifier;

    /// <param name="shape">Input and classes.</param>
    /// <param name="options">Width and stem.</param>
    public MobileNetV2(NetworkShape shape, MobileNetV2Options options)
    {
        var small = options.Stem == ResNetStem.cifar;
        var channels = Rounded(32 * options.Width);
        var parts = new List<Module> { ConvBnRelu6(shape.Channels, channels, 3, small ? 1 : 2, 1) };
        foreach (var (expand, width, repeats, stride) in Stages)
        {
            for (var i = 0; i < repeats; i++)
            {
                var outputs = Rounded(width * options.Width);
                parts.Add(new InvertedResidual(channels, outputs, i > 0 || (small && width == 24) ? 1 : stride, expand));
                channels = outputs;
            }
        }
        var last = Rounded(1280 * Math.Max(1, options.Width));
        parts.Add(ConvBnRelu6(channels, last, 1, 1, 1));
        _features = register_module("features", new Sequential([.. parts]));
        _classifier = register_module("classifier", new Sequential(new Dropout(options.Dropout), new Linear(last, shape.Classes)));
        foreach (var (_, module) in named_modules())
            if (module is Conv2d convolution) init.kaiming_normal_fan_out_(convolution.weight);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var features_NCHW = _features.forward(input);
        using var pooled_NC11 = functional.adaptive_avg_pool2d(features_NCHW, 1);
        using var pooled_NC = pooled_NC11.flatten(1);
        return _classifier.forward(pooled_NC);
    }

    // To a multiple of 8, and never more than a tenth below: the reference's rule.
    private static int Rounded(double width)
    {
        var rounded = Math.Max(8, (int)(width + 4) / 8 * 8);
        return rounded < 0.9 * width ? rounded + 8 : rounded;
    }

    private static Sequential ConvBnRelu6(int inputs, int outputs, int kernel, int stride, int groups) =>
        new(new Conv2d(inputs, outputs, kernel, stride, (kernel - 1) / 2, groups: groups, bias: false), new BatchNorm2d(outputs), new ReLU6());

    private sealed class ReLU6 : Module
    {
        public override Tensor forward(Tensor input) => input.clamp(0, 6);
    }

    private sealed class InvertedResidual : Module
    {
        private readonly Sequential _conv;
        private readonly bool _shortcut;

        internal InvertedResidual(int inputs, int outputs, int stride, int expand)
        {
            _shortcut = stride == 1 && inputs == outputs;
            var hidden = inputs * expand;
            var parts = new List<Module>();
            if (expand != 1) parts.Add(ConvBnRelu6(inputs, hidden, 1, 1, 1));
            parts.AddRange([ConvBnRelu6(hidden, hidden, 3, stride, hidden), new Conv2d(hidden, outputs, 1, bias: false), new BatchNorm2d(outputs)]);
            _conv = register_module("conv", new Sequential([.. parts]));
        }

        public override Tensor forward(Tensor input)
        {
            var y = _conv.forward(input);
            return _shortcut ? y.add_(input) : y;
        }
    }
}
