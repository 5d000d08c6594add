using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>What stands before the first stage.</summary>
public enum ResNetStem
{
    /// <summary>7x7 convolution of stride 2, then max pooling: for images around 224x224.</summary>
    imagenet,
    /// <summary>3x3 convolution of stride 1, no pooling: for images around 32x32.</summary>
    cifar,
}

/// <summary>
/// Residual network (He et al., 2015) of basic blocks or bottlenecks as in torchvision: names and start values are the same, so that its state files fit.
/// Input [N, channels, H, W], output logits [N, classes].
/// </summary>
public sealed class ResNet : Module
{
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Sequential[] _stages;
    private readonly Linear _fc;
    private readonly ResNetStem _stem;

    private ResNet(ReadOnlySpan<int> blocks, bool bottleneck, long classes, long channels, ResNetStem stem)
    {
        _stem = stem;
        _conv1 = register_module("conv1", stem == ResNetStem.imagenet
            ? new Conv2d(channels, 64, 7, stride: 2, padding: 3, bias: false)
            : new Conv2d(channels, 64, 3, padding: 1, bias: false));
        _bn1 = register_module("bn1", new BatchNorm2d(64));
        _stages = new Sequential[blocks.Length];
        long width = 64;
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var planes = 64L << stage;
            var parts = new Module[blocks[stage]];
            for (var i = 0; i < parts.Length; i++)
            {
                var stride = i == 0 && stage > 0 ? 2 : 1;
                parts[i] = bottleneck ? new Bottleneck(width, planes, stride) : new BasicBlock(width, planes, stride);
                width = bottleneck ? planes * Bottleneck.Expansion : planes;
            }
            _stages[stage] = register_module($"layer{stage + 1}", new Sequential(parts));
        }
        _fc = register_module("fc", new Linear(width, classes));
        foreach (var (_, module) in named_modules())
            if (module is Conv2d convolution) init.kaiming_normal_fan_out_(convolution.weight);
    }

    /// <summary>18 layers, 11 million parameters.</summary>
    public static ResNet resnet18(long classes, long channels = 3, ResNetStem stem = ResNetStem.imagenet) => new([2, 2, 2, 2], false, classes, channels, stem);

    /// <summary>34 layers, 21 million parameters.</summary>
    public static ResNet resnet34(long classes, long channels = 3, ResNetStem stem = ResNetStem.imagenet) => new([3, 4, 6, 3], false, classes, channels, stem);

    /// <summary>50 layers in bottlenecks, 24 million parameters.</summary>
    public static ResNet resnet50(long classes, long channels = 3, ResNetStem stem = ResNetStem.imagenet) => new([3, 4, 6, 3], true, classes, channels, stem);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var x = Stem(input);
        foreach (var stage in _stages)
        {
            using var before = x;
            x = stage.forward(before);
        }
        using (x)
        {
            using var pooled = functional.adaptive_avg_pool2d(x, 1);
            using var features = pooled.flatten(1);
            return _fc.forward(features);
        }
    }

    private Tensor Stem(Tensor input)
    {
        using var convolved = _conv1.forward(input);
        var x = _bn1.forward(convolved).relu_();
        if (_stem == ResNetStem.cifar) return x;
        using (x) return functional.max_pool2d(x, 3, stride: 2, padding: 1);
    }

    private sealed class BasicBlock : Module
    {
        private readonly Conv2d _conv1, _conv2;
        private readonly BatchNorm2d _bn1, _bn2;
        private readonly Sequential? _downsample;

        internal BasicBlock(long inputs, long planes, int stride)
        {
            _conv1 = register_module("conv1", new Conv2d(inputs, planes, 3, stride, padding: 1, bias: false));
            _bn1 = register_module("bn1", new BatchNorm2d(planes));
            _conv2 = register_module("conv2", new Conv2d(planes, planes, 3, padding: 1, bias: false));
            _bn2 = register_module("bn2", new BatchNorm2d(planes));
            if (stride != 1 || inputs != planes) _downsample = register_module("downsample", Downsample(inputs, planes, stride));
        }

        public override Tensor forward(Tensor input)
        {
            using var a = _conv1.forward(input);
            using var b = _bn1.forward(a).relu_();
            using var c = _conv2.forward(b);
            var y = _bn2.forward(c);
            using var shortcut = _downsample?.forward(input) ?? input.alias();
            return y.add_(shortcut).relu_();
        }
    }

    // The stride is on the 3x3 convolution, as torchvision has it (v1.5).
    private sealed class Bottleneck : Module
    {
        internal const int Expansion = 4;

        private readonly Conv2d _conv1, _conv2, _conv3;
        private readonly BatchNorm2d _bn1, _bn2, _bn3;
        private readonly Sequential? _downsample;

        internal Bottleneck(long inputs, long planes, int stride)
        {
            var outputs = planes * Expansion;
            _conv1 = register_module("conv1", new Conv2d(inputs, planes, 1, bias: false));
            _bn1 = register_module("bn1", new BatchNorm2d(planes));
            _conv2 = register_module("conv2", new Conv2d(planes, planes, 3, stride, padding: 1, bias: false));
            _bn2 = register_module("bn2", new BatchNorm2d(planes));
            _conv3 = register_module("conv3", new Conv2d(planes, outputs, 1, bias: false));
            _bn3 = register_module("bn3", new BatchNorm2d(outputs));
            if (stride != 1 || inputs != outputs) _downsample = register_module("downsample", Downsample(inputs, outputs, stride));
        }

        public override Tensor forward(Tensor input)
        {
            using var a = _conv1.forward(input);
            using var b = _bn1.forward(a).relu_();
            using var c = _conv2.forward(b);
            using var d = _bn2.forward(c).relu_();
            using var e = _conv3.forward(d);
            var y = _bn3.forward(e);
            using var shortcut = _downsample?.forward(input) ?? input.alias();
            return y.add_(shortcut).relu_();
        }
    }

    private static Sequential Downsample(long inputs, long outputs, int stride) => new(new Conv2d(inputs, outputs, 1, stride, bias: false), new BatchNorm2d(outputs));
}
