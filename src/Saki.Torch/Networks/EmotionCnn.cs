using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What an <see cref="EmotionCnn"/> looks like.</summary>
public sealed record EmotionCnnOptions
{
    /// <summary>Channels of each block; between two blocks the picture is halved. 1 to 8 blocks of 1 to 2,048 channels. Default 32, 64, 128, 256.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [32, 64, 128, 256];

    /// <summary>Convolutions in each block, as many as blocks, each 1 to 8. Default 1, 1, 1, 1.</summary>
    public IReadOnlyList<int> Convolutions { get; init; } = [1, 1, 1, 1];

    /// <summary>Part of the features dropped before the last layer while training, 0 to below 1. Default 0.1.</summary>
    public double Dropout { get; init; } = 0.1;
}

/// <summary>
/// A small VGG-like network for faces of 48x48 or 64x64: blocks of 3x3 convolutions with batch normalisation and relu, halved by max pooling,
/// then the mean of each channel and one linear layer. No bias where normalisation follows.
/// </summary>
public sealed class EmotionCnn : Module
{
    private readonly Sequential _features;
    private readonly Dropout _dropout;
    private readonly Linear _classifier;

    /// <param name="shape">Input and classes.</param>
    /// <param name="options">Blocks and dropout.</param>
    /// <exception cref="SakiException">An option is outside its range, or the picture is too small for so many blocks.</exception>
    public EmotionCnn(NetworkShape shape, EmotionCnnOptions options)
    {
        Check(shape, options);
        var parts = new List<Module>();
        var channels = shape.Channels;
        for (var block = 0; block < options.Channels.Count; block++)
        {
            if (block > 0) parts.Add(new MaxPool2d(2));
            for (var i = 0; i < options.Convolutions[block]; i++)
            {
                parts.Add(new ConvBnRelu(channels, options.Channels[block]));
                channels = options.Channels[block];
            }
        }
        _features = register_module("features", new Sequential([.. parts]));
        _dropout = register_module("dropout", new Dropout(options.Dropout));
        _classifier = register_module("classifier", new Linear(channels, shape.Classes));
    }

    /// <summary>[N, channels, height, width] to logits [N, classes].</summary>
    public override Tensor forward(Tensor input)
    {
        using var features_NCHW = _features.forward(input);
        using var pooled_NC11 = functional.adaptive_avg_pool2d(features_NCHW, 1);
        using var pooled_NC = pooled_NC11.flatten(1);
        using var kept_NC = _dropout.forward(pooled_NC);
        return _classifier.forward(kept_NC);
    }

    private static void Check(NetworkShape shape, EmotionCnnOptions options)
    {
        var blocks = options.Channels.Count;
        if (blocks is < 1 or > 8 || options.Channels.Any(channels => channels is < 1 or > 2048))
            throw Wrong("channels", "1 to 8 numbers of 1 to 2048", $"[{string.Join(", ", options.Channels)}]");
        if (options.Convolutions.Count != blocks || options.Convolutions.Any(count => count is < 1 or > 8))
            throw Wrong("convolutions", $"{blocks} numbers of 1 to 8, one for each block", $"[{string.Join(", ", options.Convolutions)}]");
        if (options.Dropout is not (>= 0 and < 1)) throw Wrong("dropout", "0 to below 1", $"{options.Dropout}");
        if (Math.Min(shape.Height, shape.Width) >> (blocks - 1) < 1)
            throw Wrong("channels", $"fewer blocks for pictures of {shape.Width}x{shape.Height}", $"{blocks} blocks");
    }

    private static SakiException Wrong(string key, string expected, string got) =>
        new($"Reading network.{key} of emotion_cnn", expected, got, "Correct it in conf/network/emotion_cnn.yaml or on the command line.");

    private sealed class ConvBnRelu : Module
    {
        private readonly Conv2d _conv;
        private readonly BatchNorm2d _bn;

        internal ConvBnRelu(int channels, int outputs)
        {
            _conv = register_module("conv", new Conv2d(channels, outputs, 3, padding: 1, bias: false));
            _bn = register_module("bn", new BatchNorm2d(outputs));
        }

        public override Tensor forward(Tensor input)
        {
            using var convolved_NCHW = _conv.forward(input);
            return _bn.forward(convolved_NCHW).relu_(); // in place: neither normalisation nor relu needs the value in between for its gradient
        }
    }
}
