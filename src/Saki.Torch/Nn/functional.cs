using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Nn;

/// <summary>How a loss over a batch becomes one number.</summary>
public enum Reduction
{
    /// <summary>One value per sample.</summary>
    none = 0,
    /// <summary>Mean, weighted where weights are given.</summary>
    mean = 1,
    /// <summary>Sum.</summary>
    sum = 2,
}

/// <summary>torch.nn.functional: layers as plain functions. Images are [N, C, H, W]; pairs are (height, width) and one number stands for both.</summary>
public static partial class functional
{
    /// <summary>Cross-correlation; <paramref name="weight"/> is [out, C / groups, kH, kW].</summary>
    public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, Size2d? stride = null, Size2d? padding = null, Size2d? dilation = null, long groups = 1)
    {
        Size2d s = stride ?? 1, p = padding ?? 0, d = dilation ?? 1;
        var output = Tensor.Take(saki_conv2d(input.Handle, weight.Handle, Tensor.Optional(bias), s.AsSpan(), p.AsSpan(), d.AsSpan(), groups, out var result), result, "conv2d", input, weight, bias);
        OpTrace.Current?.Record("conv2d", output, [input, weight, bias], ("stride", s.ToArray()), ("padding", p.ToArray()), ("dilation", d.ToArray()), ("groups", groups));
        return output;
    }

    /// <summary>input * weight^T + bias; <paramref name="weight"/> is [out, in].</summary>
    public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null)
    {
        var output = Tensor.Take(saki_linear(input.Handle, weight.Handle, Tensor.Optional(bias), out var result), result, "linear", input, weight, bias);
        OpTrace.Current?.Record("linear", output, [input, weight, bias]);
        return output;
    }

    /// <summary>Largest in each window; <paramref name="stride"/> defaults to the window.</summary>
    public static Tensor max_pool2d(Tensor input, Size2d kernel_size, Size2d? stride = null, Size2d? padding = null, Size2d? dilation = null, bool ceil_mode = false)
    {
        Size2d s = stride ?? kernel_size, p = padding ?? 0, d = dilation ?? 1;
        var output = Tensor.Take(saki_max_pool2d(input.Handle, kernel_size.AsSpan(), s.AsSpan(), p.AsSpan(), d.AsSpan(), ceil_mode, out var result), result, "max_pool2d", input);
        OpTrace.Current?.Record("max_pool2d", output, [input], ("kernel_size", kernel_size.ToArray()), ("stride", s.ToArray()), ("padding", p.ToArray()), ("dilation", d.ToArray()), ("ceil_mode", ceil_mode));
        return output;
    }

    /// <summary>Mean of each window; <paramref name="stride"/> defaults to the window.</summary>
    public static Tensor avg_pool2d(Tensor input, Size2d kernel_size, Size2d? stride = null, Size2d? padding = null, bool ceil_mode = false, bool count_include_pad = true)
    {
        Size2d s = stride ?? kernel_size, p = padding ?? 0;
        var output = Tensor.Take(saki_avg_pool2d(input.Handle, kernel_size.AsSpan(), s.AsSpan(), p.AsSpan(), ceil_mode, count_include_pad, out var result), result, "avg_pool2d", input);
        OpTrace.Current?.Record("avg_pool2d", output, [input], ("kernel_size", kernel_size.ToArray()), ("stride", s.ToArray()), ("padding", p.ToArray()), ("ceil_mode", ceil_mode), ("count_include_pad", count_include_pad));
        return output;
    }

    /// <summary>Means of as many windows as make <paramref name="output_size"/>; 1 is the mean of each channel.</summary>
    public static Tensor adaptive_avg_pool2d(Tensor input, Size2d output_size)
    {
        var output = Tensor.Take(saki_adaptive_avg_pool2d(input.Handle, output_size.AsSpan(), out var result), result, "adaptive_avg_pool2d", input);
        OpTrace.Current?.Record("adaptive_avg_pool2d", output, [input], ("output_size", output_size.ToArray()));
        return output;
    }

    /// <summary>
    /// Each channel to mean 0 and variance 1, then scaled and shifted. In training the batch's own statistics are used and the running ones follow by <paramref name="momentum"/>;
    /// <paramref name="num_batches_tracked"/> is counted up.
    /// </summary>
    public static Tensor batch_norm(Tensor input, Tensor? running_mean, Tensor? running_var, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double eps = 1e-5, Tensor? num_batches_tracked = null)
    {
        if (training) OpTrace.Refuse("batch_norm in training mode");
        if (training && Recompute.Again) (running_mean, running_var, num_batches_tracked) = (null, null, null); // they followed in the first pass
        var status = saki_batch_norm(input.Handle, Tensor.Optional(weight), Tensor.Optional(bias), Tensor.Optional(running_mean), Tensor.Optional(running_var), Tensor.Optional(num_batches_tracked), training, momentum, eps, out var result);
        var output = Tensor.Take(status, result, "batch_norm", input, weight, bias, running_mean, running_var);
        OpTrace.Current?.Record("batch_norm", output, [input, weight, bias, running_mean, running_var], ("eps", eps));
        return output;
    }

    /// <summary>The last dimensions, of sizes <paramref name="normalized_shape"/>, to mean 0 and variance 1, then scaled and shifted.</summary>
    public static Tensor layer_norm(Tensor input, ReadOnlySpan<long> normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-5)
    {
        var output = Tensor.Take(saki_layer_norm(input.Handle, normalized_shape, normalized_shape.Length, Tensor.Optional(weight), Tensor.Optional(bias), eps, out var result), result, "layer_norm", input, weight, bias);
        OpTrace.Current?.Record("layer_norm", output, [input, weight, bias], ("normalized_shape", normalized_shape.ToArray()), ("eps", eps));
        return output;
    }

    /// <summary>In training: each element is zero with probability <paramref name="p"/>, the rest scaled up. Otherwise the input under a new handle.</summary>
    public static Tensor dropout(Tensor input, double p = 0.5, bool training = true)
    {
        if (!training) return input.alias();
        OpTrace.Refuse("dropout in training mode");
        return Tensor.Take(saki_dropout(input.Handle, p, training, out var result), result, "dropout", input);
    }

    /// <summary>Joins dimensions.</summary>
    public static Tensor flatten(Tensor input, long start_dim = 1, long end_dim = -1) => input.flatten(start_dim, end_dim);

    /// <summary>Adds a frame of <paramref name="value"/>; <paramref name="padding"/> is (left, right, top, bottom) and so on from the last dimension.</summary>
    public static Tensor pad(Tensor input, ReadOnlySpan<long> padding, double value = 0)
    {
        var output = Tensor.Take(saki_pad(input.Handle, padding, padding.Length, value, out var result), result, "pad", input);
        OpTrace.Current?.Record("pad", output, [input], ("pad", padding.ToArray()), ("value", value));
        return output;
    }

    /// <summary>Images in another size; <paramref name="bilinear"/> aligns pixel centres (align_corners = false), otherwise nearest.</summary>
    public static Tensor interpolate(Tensor input, Size2d size, bool bilinear = false)
    {
        var output = Tensor.Take(saki_upsample(input.Handle, size.AsSpan(), bilinear, out var result), result, "interpolate", input);
        OpTrace.Current?.Record("upsample", output, [input], ("size", size.ToArray()), ("mode", bilinear ? "bilinear" : "nearest"));
        return output;
    }
}
