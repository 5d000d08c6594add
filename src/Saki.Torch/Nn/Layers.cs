namespace Saki.Torch.Nn;

/// <summary>Convolution with PyTorch's start values. weight [out, in / groups, kH, kW], bias [out].</summary>
public sealed class Conv2d : Module
{
    private readonly Size2d _stride, _padding, _dilation;
    private readonly long _groups;

    /// <inheritdoc cref="functional.conv2d"/>
    public Conv2d(long in_channels, long out_channels, Size2d kernel_size, Size2d? stride = null, Size2d? padding = null, Size2d? dilation = null, long groups = 1, bool bias = true)
    {
        (_stride, _padding, _dilation, _groups) = (stride ?? 1, padding ?? 0, dilation ?? 1, groups);
        weight = register_parameter("weight", init.default_uniform_(torch.zeros([out_channels, in_channels / groups, kernel_size.Height, kernel_size.Width])));
        if (bias) this.bias = register_parameter("bias", init.default_bias_(torch.zeros([out_channels]), init.FanIn(weight)));
    }

    /// <summary>[out, in / groups, kH, kW].</summary>
    public Tensor weight { get; }

    /// <summary>[out]; null without bias.</summary>
    public Tensor? bias { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.conv2d(input, weight, bias, _stride, _padding, _dilation, _groups);
}

/// <summary>Fully connected layer with PyTorch's start values.</summary>
public sealed class Linear : Module
{
    /// <inheritdoc cref="functional.linear"/>
    public Linear(long in_features, long out_features, bool bias = true)
    {
        weight = register_parameter("weight", init.default_uniform_(torch.zeros([out_features, in_features])));
        if (bias) this.bias = register_parameter("bias", init.default_bias_(torch.zeros([out_features]), in_features));
    }

    /// <summary>[out, in].</summary>
    public Tensor weight { get; }

    /// <summary>[out]; null without bias.</summary>
    public Tensor? bias { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.linear(input, weight, bias);
}

/// <summary>Batch normalisation of images by channel, with running statistics for inference.</summary>
public sealed class BatchNorm2d : Module
{
    private readonly double _eps, _momentum;
    private readonly Tensor _mean, _var, _count;

    /// <inheritdoc cref="functional.batch_norm"/>
    public BatchNorm2d(long num_features, double eps = 1e-5, double momentum = 0.1)
    {
        (_eps, _momentum) = (eps, momentum);
        weight = register_parameter("weight", torch.ones([num_features]));
        bias = register_parameter("bias", torch.zeros([num_features]));
        _mean = register_buffer("running_mean", torch.zeros([num_features]));
        _var = register_buffer("running_var", torch.ones([num_features]));
        _count = register_buffer("num_batches_tracked", torch.zeros([], torch.int64));
    }

    /// <summary>Scale [C].</summary>
    public Tensor weight { get; }

    /// <summary>Shift [C].</summary>
    public Tensor bias { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.batch_norm(input, _mean, _var, weight, bias, training, _momentum, _eps, _count);
}

/// <summary>Normalisation over the last dimensions.</summary>
public sealed class LayerNorm : Module
{
    private readonly long[] _shape;
    private readonly double _eps;
    private readonly Tensor _weight, _bias;

    /// <param name="normalized_shape">Sizes of the last dimensions.</param>
    /// <param name="eps">Added to the variance.</param>
    public LayerNorm(ReadOnlySpan<long> normalized_shape, double eps = 1e-5)
    {
        _shape = normalized_shape.ToArray();
        _eps = eps;
        _weight = register_parameter("weight", torch.ones(_shape));
        _bias = register_parameter("bias", torch.zeros(_shape));
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.layer_norm(input, _shape, _weight, _bias, _eps);
}

/// <summary>Drops elements while training.</summary>
/// <param name="p">Probability of dropping, in [0, 1].</param>
public sealed class Dropout(double p = 0.5) : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.dropout(input, p, training);
}

/// <summary>Negative part to zero.</summary>
public sealed class ReLU : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input.relu();
}

/// <summary>Gaussian error linear unit, exact.</summary>
public sealed class GELU : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.gelu(input);
}

/// <summary>x * sigmoid(x).</summary>
public sealed class SiLU : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input.silu();
}

/// <summary>Largest in each window.</summary>
/// <param name="kernel_size">Window.</param>
/// <param name="stride">Step; the window when null.</param>
/// <param name="padding">Frame of minus infinity; 0 when null.</param>
public sealed class MaxPool2d(Size2d kernel_size, Size2d? stride = null, Size2d? padding = null) : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.max_pool2d(input, kernel_size, stride, padding);
}

/// <summary>Mean of each window.</summary>
/// <param name="kernel_size">Window.</param>
/// <param name="stride">Step; the window when null.</param>
/// <param name="padding">Frame of zeros; 0 when null.</param>
public sealed class AvgPool2d(Size2d kernel_size, Size2d? stride = null, Size2d? padding = null) : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.avg_pool2d(input, kernel_size, stride, padding);
}

/// <summary>Means of as many windows as make the given size.</summary>
/// <param name="output_size">Height and width of the answer.</param>
public sealed class AdaptiveAvgPool2d(Size2d output_size) : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => functional.adaptive_avg_pool2d(input, output_size);
}

/// <summary>Joins all dimensions after the batch's.</summary>
/// <param name="start_dim">First to join.</param>
/// <param name="end_dim">Last to join.</param>
public sealed class Flatten(long start_dim = 1, long end_dim = -1) : Module
{
    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => input.flatten(start_dim, end_dim);
}

/// <summary>
/// Parts one after the other, named "0", "1", ... as in PyTorch. Frees what passes between them as soon as it can. With <see cref="Module.recompute"/>
/// it is computed in pieces of about the square root of its parts, none across a pooling; what is inside a piece is computed twice instead of kept.
/// </summary>
public sealed class Sequential : Module
{
    private readonly Module[] _parts;

    /// <param name="parts">In order; owned from here on.</param>
    public Sequential(params ReadOnlySpan<Module> parts)
    {
        _parts = parts.ToArray();
        for (var i = 0; i < _parts.Length; i++) register_module($"{i}", _parts[i]);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => recomputes ? ByPieces(input) : Through(0, _parts.Length, input);

    private Tensor ByPieces(Tensor input)
    {
        var current = input;
        var most = (int)Math.Ceiling(Math.Sqrt(_parts.Length)); // what lies between pieces and what lies inside one are then equally much
        for (var first = 0; first < _parts.Length;)
        {
            var (from, end) = (first, first + 1);
            while (end < _parts.Length && end - from < most && _parts[end - 1] is not MaxPool2d) end++;
            var next = Recompute.Run(x => Through(from, end, x), current);
            if (current != input) current.Dispose();
            (current, first) = (next, end);
        }
        return current == input ? input.alias() : current;
    }

    private Tensor Through(int first, int end, Tensor input)
    {
        var current = input;
        for (var i = first; i < end; i++)
        {
            var next = _parts[i].forward(current);
            if (current != input) current.Dispose();
            current = next;
        }
        return current == input ? input.alias() : current;
    }
}
