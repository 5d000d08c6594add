using Saki.Torch.Nn;

namespace Saki.Torch.Networks;

/// <summary>
/// The residual network of He et al. (2015), section 4.2, for 32x32: three stages of 16, 32, 64 channels, shortcuts without parameters (every second pixel, new channels zero).
/// Names are those of akamaster/pytorch_resnet_cifar10, so that its state files fit.
/// </summary>
public sealed class CifarResNet : Module
{
    private readonly Conv2d _conv1;
    private readonly BatchNorm2d _bn1;
    private readonly Sequential[] _stages = new Sequential[3];
    private readonly Linear _linear;

    private CifarResNet(int blocks, NetworkShape shape)
    {
        _conv1 = register_module("conv1", new Conv2d(shape.Channels, 16, 3, padding: 1, bias: false));
        _bn1 = register_module("bn1", new BatchNorm2d(16));
        long width = 16;
        for (var stage = 0; stage < 3; stage++)
        {
            var planes = 16L << stage;
            var parts = new Module[blocks];
            for (var i = 0; i < blocks; i++)
            {
                parts[i] = new Block(width, planes);
                width = planes;
            }
            _stages[stage] = register_module($"layer{stage + 1}", new Sequential(parts));
        }
        _linear = register_module("linear", new Linear(64, shape.Classes));
        foreach (var (_, module) in named_modules())
            if (module is Conv2d convolution) init.kaiming_normal_fan_out_(convolution.weight);
    }

    /// <summary>20 layers, 0.27 million parameters.</summary>
    public static CifarResNet resnet20(NetworkShape shape) => new(3, shape);

    /// <summary>56 layers, 0.85 million parameters.</summary>
    public static CifarResNet resnet56(NetworkShape shape) => new(9, shape);

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var convolved = _conv1.forward(input);
        var x = _bn1.forward(convolved).relu_();
        foreach (var stage in _stages)
        {
            using var before = x;
            x = stage.forward(before);
        }
        using (x)
        {
            using var pooled = functional.adaptive_avg_pool2d(x, 1);
            using var features = pooled.flatten(1);
            return _linear.forward(features);
        }
    }

    private sealed class Block : Module
    {
        private readonly Conv2d _conv1, _conv2;
        private readonly BatchNorm2d _bn1, _bn2;
        private readonly long _added;

        internal Block(long inputs, long planes)
        {
            _added = planes - inputs;
            _conv1 = register_module("conv1", new Conv2d(inputs, planes, 3, stride: _added > 0 ? 2 : 1, padding: 1, bias: false));
            _bn1 = register_module("bn1", new BatchNorm2d(planes));
            _conv2 = register_module("conv2", new Conv2d(planes, planes, 3, padding: 1, bias: false));
            _bn2 = register_module("bn2", new BatchNorm2d(planes));
        }

        public override Tensor forward(Tensor input)
        {
            using var a = _conv1.forward(input);
            using var b = _bn1.forward(a).relu_();
            using var c = _conv2.forward(b);
            var y = _bn2.forward(c);
            using var shortcut = Shortcut(input);
            return y.add_(shortcut).relu_();
        }

        // A window of one pixel with a step of two takes every second pixel.
        private Tensor Shortcut(Tensor input)
        {
            if (_added == 0) return input.alias();
            using var thinned = functional.max_pool2d(input, 1, stride: 2);
            return functional.pad(thinned, [0, 0, 0, 0, _added / 2, _added / 2]);
        }
    }
}
