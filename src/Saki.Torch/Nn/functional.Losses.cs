using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Nn;

// Activations and losses.
public static partial class functional
{
    /// <summary>Negative part to zero.</summary>
    public static Tensor relu(Tensor input) => input.relu();

    /// <summary>x * sigmoid(x).</summary>
    public static Tensor silu(Tensor input) => input.silu();

    /// <summary>1 / (1 + e^-x).</summary>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>Hyperbolic tangent.</summary>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>x times the normal distribution's P(X &lt; x); <paramref name="tanh"/> takes the usual approximation.</summary>
    public static Tensor gelu(Tensor input, bool tanh = false)
    {
        var output = Tensor.Take(saki_gelu(input.Handle, tanh, out var result), result, "gelu", input);
        OpTrace.Current?.Record("gelu", output, [input], ("approximate", tanh ? "tanh" : "none"));
        return output;
    }

    /// <summary>Probabilities along <paramref name="dim"/>.</summary>
    public static Tensor softmax(Tensor input, long dim)
    {
        var output = Tensor.Take(saki_softmax(input.Handle, dim, out var result), result, "softmax", input);
        OpTrace.Current?.Record("softmax", output, [input], ("dim", dim));
        return output;
    }

    /// <summary>Logarithms of probabilities along <paramref name="dim"/>.</summary>
    public static Tensor log_softmax(Tensor input, long dim)
    {
        var output = Tensor.Take(saki_log_softmax(input.Handle, dim, out var result), result, "log_softmax", input);
        OpTrace.Current?.Record("log_softmax", output, [input], ("dim", dim));
        return output;
    }

    /// <summary>
    /// Cross entropy of logits [N, C] with int64 classes [N] or float probabilities [N, C]. <paramref name="weight"/> [C] weighs classes;
    /// <paramref name="label_smoothing"/> in [0, 1] spreads that part of the target evenly; targets equal to <paramref name="ignore_index"/> do not count.
    /// </summary>
    public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, double label_smoothing = 0, Reduction reduction = Reduction.mean, long ignore_index = -100)
    {
        OpTrace.Refuse("cross_entropy");
        return Tensor.Take(saki_cross_entropy(input.Handle, target.Handle, Tensor.Optional(weight), (long)reduction, ignore_index, label_smoothing, out var result), result, "cross_entropy", input, target, weight);
    }

    /// <summary>Negative log likelihood of log-probabilities [N, C] with int64 classes [N].</summary>
    public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.mean, long ignore_index = -100)
    {
        OpTrace.Refuse("nll_loss");
        return Tensor.Take(saki_nll_loss(input.Handle, target.Handle, Tensor.Optional(weight), (long)reduction, ignore_index, out var result), result, "nll_loss", input, target, weight);
    }

    /// <summary>Squared differences.</summary>
    public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.mean)
    {
        OpTrace.Refuse("mse_loss");
        return Tensor.Take(saki_mse_loss(input.Handle, target.Handle, (long)reduction, out var result), result, "mse_loss", input, target);
    }
}
