using Saki.Configuration;
using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What a <see cref="Vgg"/> looks like beyond its depth.</summary>
public sealed record VggOptions
{
    /// <summary>Side of the feature map that the classifier sees: 1 (default) is the mean of each channel, right for 48x48; torchvision's networks for 224x224 have 7.</summary>
    [Within(1, 14)] public int Pool { get; init; } = 1;

    /// <summary>Widths of hidden layers of the classifier; torchvision has 4096, 4096. Default none.</summary>
    [Within(1, 16384)] public IReadOnlyList<int> Hidden { get; init; } = [];

    /// <summary>Part of the features dropped in the classifier while training, 0 to below 1. Default 0.5.</summary>
    [Within(0, 1, BelowMost = true)] public double Dropout { get; init; } = 0.5;
}

/// <summary>
/// VGG with batch normalisation (Simonyan and Zisserman, 2014) under torchvision's names (<c>features.N</c>, <c>classifier.N</c>): with pool 7 and hidden 4096, 4096 its state files fit.
/// Five halvings: for pictures of 32 pixels and more.
/// </summary>
public sealed class Vgg : Module
{
    private const int Halve = 0; // in the lists below

    private readonly Sequential _features, _classifier;
    private readonly int _pool;

    private Vgg(ReadOnlySpan<int> layers, NetworkShape shape, VggOptions options)
    {
        if (Math.Min(shape.Height, shape.Width) < 32)
            throw new SakiException("Reading network.name", "a network for pictures this small", $"vgg for {shape.Width}x{shape.Height}", "It halves five times: take pictures of 32 pixels or more, or resnet18.");
        _pool = options.Pool;
        var parts = new List<Module>();
        long channels = shape.Channels;
        foreach (var width in layers)
        {
            if (width == Halve)
            {
                parts.Add(new MaxPool2d(2));
                continue;
            }
            var convolution = new Conv2d(channels, width, 3, padding: 1);
            init.kaiming_normal_fan_out_(convolution.weight);
            using (torch.no_grad()) convolution.bias!.zero_();
            parts.AddRange([convolution, new BatchNorm2d(width), new ReLU()]);
            channels = width;
        }
        _features = register_module("features", new Sequential([.. parts]));
        _classifier = register_module("classifier", Classifier(channels * _pool * _pool, shape.Classes, options));
    }

    /// <summary>11 layers; 9.2 million parameters without hidden layers.</summary>
    public static Vgg vgg11_bn(NetworkShape shape, VggOptions options) =>
        new([64, Halve, 128, Halve, 256, 256, Halve, 512, 512, Halve, 512, 512, Halve], shape, options);

    /// <summary>16 layers; 14.7 million parameters without hidden layers.</summary>
    public static Vgg vgg16_bn(NetworkShape shape, VggOptions options) =>
        new([64, 64, Halve, 128, 128, Halve, 256, 256, 256, Halve, 512, 512, 512, Halve, 512, 512, 512, Halve], shape, options);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var features_NCHW = _features.forward(input);
        using var pooled_NCHW = functional.adaptive_avg_pool2d(features_NCHW, _pool);
        using var flat_NC = pooled_NCHW.flatten(1);
        return _classifier.forward(flat_NC);
    }

    // torchvision's order: Linear, ReLU, Dropout for each hidden layer, then Linear.
    private static Sequential Classifier(long inputs, int classes, VggOptions options)
    {
        var parts = new List<Module>();
        if (options.Hidden.Count == 0) parts.Add(new Dropout(options.Dropout));
        foreach (var width in options.Hidden)
        {
            parts.AddRange([new Linear(inputs, width), new ReLU(), new Dropout(options.Dropout)]);
            inputs = width;
        }
        parts.Add(new Linear(inputs, classes));
        return new Sequential([.. parts]);
    }
}
