using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Element by element with broadcasting, as in PyTorch. Operators are the same calls.
public sealed partial class Tensor
{
#pragma warning disable CS1591, CA2225 // operators say what they do, and their named forms are add, sub, mul, div, neg
    public static Tensor operator +(Tensor a, Tensor b) => a.add(b);
    public static Tensor operator +(Tensor a, Scalar b) => a.add(b);
    public static Tensor operator +(Scalar a, Tensor b) => b.add(a);
    public static Tensor operator -(Tensor a, Tensor b) => a.sub(b);
    public static Tensor operator -(Tensor a, Scalar b) => a.sub(b);
    public static Tensor operator *(Tensor a, Tensor b) => a.mul(b);
    public static Tensor operator *(Tensor a, Scalar b) => a.mul(b);
    public static Tensor operator *(Scalar a, Tensor b) => b.mul(a);
    public static Tensor operator /(Tensor a, Tensor b) => a.div(b);
    public static Tensor operator /(Tensor a, Scalar b) => a.div(b);
    public static Tensor operator -(Tensor a) => a.neg();
#pragma warning restore CS1591, CA2225

    /// <summary>Sum.</summary>
    public Tensor add(Tensor other) => Traced("add", other, Take(saki_add(Handle, other.Handle, out var result), result, "add", this, other));

    /// <summary>Sum.</summary>
    public Tensor add(Scalar other) => Traced("add", other, Take(saki_add_scalar(Handle, other.Value, other.IsIntegral, out var result), result, "add", this));

    /// <summary>Difference.</summary>
    public Tensor sub(Tensor other) => Traced("sub", other, Take(saki_sub(Handle, other.Handle, out var result), result, "sub", this, other));

    /// <summary>Difference.</summary>
    public Tensor sub(Scalar other) => Traced("sub", other, Take(saki_sub_scalar(Handle, other.Value, other.IsIntegral, out var result), result, "sub", this));

    /// <summary>Product.</summary>
    public Tensor mul(Tensor other) => Traced("mul", other, Take(saki_mul(Handle, other.Handle, out var result), result, "mul", this, other));

    /// <summary>Product.</summary>
    public Tensor mul(Scalar other) => Traced("mul", other, Take(saki_mul_scalar(Handle, other.Value, other.IsIntegral, out var result), result, "mul", this));

    /// <summary>Quotient; whole numbers give float32.</summary>
    public Tensor div(Tensor other) => Traced("div", other, Take(saki_div(Handle, other.Handle, out var result), result, "div", this, other));

    /// <summary>Quotient; whole numbers give float32.</summary>
    public Tensor div(Scalar other) => Traced("div", other, Take(saki_div_scalar(Handle, other.Value, other.IsIntegral, out var result), result, "div", this));

    /// <summary>Power.</summary>
    public Tensor pow(Tensor other) => Traced("pow", other, Take(saki_pow(Handle, other.Handle, out var result), result, "pow", this, other));

    /// <summary>Power.</summary>
    public Tensor pow(Scalar other) => Traced("pow", other, Take(saki_pow_scalar(Handle, other.Value, other.IsIntegral, out var result), result, "pow", this));

    /// <summary>The sign changed.</summary>
    public Tensor neg() => Traced("neg", Take(saki_neg(Handle, out var result), result, "neg", this));

    /// <summary>Absolute value.</summary>
    public Tensor abs() => Traced("abs", Take(saki_abs(Handle, out var result), result, "abs", this));

    /// <summary>e to the power.</summary>
    public Tensor exp() => Traced("exp", Take(saki_exp(Handle, out var result), result, "exp", this));

    /// <summary>Natural logarithm.</summary>
    public Tensor log() => Traced("log", Take(saki_log(Handle, out var result), result, "log", this));

    /// <summary>Square root.</summary>
    public Tensor sqrt() => Traced("sqrt", Take(saki_sqrt(Handle, out var result), result, "sqrt", this));

    /// <summary>Square.</summary>
    public Tensor square()
    {
        OpTrace.Refuse("square");
        return Take(saki_square(Handle, out var result), result, "square", this);
    }

    /// <summary>Nearest whole number, halves to even.</summary>
    public Tensor round()
    {
        OpTrace.Refuse("round");
        return Take(saki_round(Handle, out var result), result, "round", this);
    }

    /// <summary>Between <paramref name="min"/> and <paramref name="max"/>; null leaves that side open, one must be given.</summary>
    public unsafe Tensor clamp(double? min = null, double? max = null)
    {
        if (min is null && max is null) throw new TorchException("clamp", "min, max or both", "neither");
        double low = min ?? 0, high = max ?? 0;
        var output = Take(saki_clamp(Handle, min is null ? null : &low, max is null ? null : &high, out var result), result, "clamp", this);
        OpTrace.Current?.Record("clamp", output, [this], ("min", min), ("max", max));
        return output;
    }

    /// <summary>The larger of each pair.</summary>
    public Tensor maximum(Tensor other)
    {
        OpTrace.Refuse("maximum");
        return Take(saki_maximum(Handle, other.Handle, out var result), result, "maximum", this, other);
    }

    /// <summary>The smaller of each pair.</summary>
    public Tensor minimum(Tensor other)
    {
        OpTrace.Refuse("minimum");
        return Take(saki_minimum(Handle, other.Handle, out var result), result, "minimum", this, other);
    }

    /// <summary>Adds <paramref name="alpha"/> times <paramref name="other"/> to this; returns this.</summary>
    public Tensor add_(Tensor other, double alpha = 1)
    {
        if (alpha != 1) OpTrace.Refuse("add_ with alpha");
        Check(saki_add_(Handle, other.Handle, alpha), "add_", this, other);
        return Traced("add", other, this);
    }

    /// <summary>Adds to this; returns this.</summary>
    public Tensor add_(Scalar other)
    {
        Check(saki_add_scalar_(Handle, other.Value, other.IsIntegral), "add_", this);
        return Traced("add", other, this);
    }

    /// <summary>Multiplies this; returns this.</summary>
    public Tensor mul_(Tensor other)
    {
        Check(saki_mul_(Handle, other.Handle), "mul_", this, other);
        return Traced("mul", other, this);
    }

    /// <summary>Multiplies this; returns this.</summary>
    public Tensor mul_(Scalar other)
    {
        Check(saki_mul_scalar_(Handle, other.Value, other.IsIntegral), "mul_", this);
        return Traced("mul", other, this);
    }

    /// <summary>Matrix product; batches broadcast as in PyTorch.</summary>
    public Tensor matmul(Tensor other) =>
        Traced("matmul", other, Take(saki_matmul(Handle, other.Handle, out var result), result, "matmul", this, other));

    /// <summary>Negative part to zero.</summary>
    public Tensor relu() => Traced("relu", Take(saki_relu(Handle, out var result), result, "relu", this));

    /// <summary>Negative part to zero in place; returns this.</summary>
    public Tensor relu_()
    {
        Check(saki_relu_(Handle), "relu_", this);
        return Traced("relu", this);
    }

    /// <summary>x * sigmoid(x).</summary>
    public Tensor silu() => Traced("silu", Take(saki_silu(Handle, out var result), result, "silu", this));

    /// <summary>1 / (1 + e^-x).</summary>
    public Tensor sigmoid() => Traced("sigmoid", Take(saki_sigmoid(Handle, out var result), result, "sigmoid", this));

    /// <summary>Hyperbolic tangent.</summary>
    public Tensor tanh() => Traced("tanh", Take(saki_tanh(Handle, out var result), result, "tanh", this));

    private Tensor Traced(string name, Tensor output)
    {
        OpTrace.Current?.Record(name, output, [this]);
        return output;
    }

    private Tensor Traced(string name, Tensor other, Tensor output)
    {
        OpTrace.Current?.Record(name, output, [this, other]);
        return output;
    }

    private Tensor Traced(string name, Scalar other, Tensor output)
    {
        OpTrace.Current?.Record(name, output, [this], ("scalar", other.Value));
        return output;
    }
}
