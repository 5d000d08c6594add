using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Comparisons give bool tensors and cannot be traced.
public sealed partial class Tensor
{
    /// <summary>Where equal.</summary>
    public Tensor eq(Tensor other) => Compared("eq", other, saki_eq(Handle, other.Handle, out var result), result);

    /// <summary>Where equal.</summary>
    public Tensor eq(Scalar other) => Compared("eq", null, saki_eq_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where different.</summary>
    public Tensor ne(Tensor other) => Compared("ne", other, saki_ne(Handle, other.Handle, out var result), result);

    /// <summary>Where different.</summary>
    public Tensor ne(Scalar other) => Compared("ne", null, saki_ne_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where smaller.</summary>
    public Tensor lt(Tensor other) => Compared("lt", other, saki_lt(Handle, other.Handle, out var result), result);

    /// <summary>Where smaller.</summary>
    public Tensor lt(Scalar other) => Compared("lt", null, saki_lt_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where smaller or equal.</summary>
    public Tensor le(Tensor other) => Compared("le", other, saki_le(Handle, other.Handle, out var result), result);

    /// <summary>Where smaller or equal.</summary>
    public Tensor le(Scalar other) => Compared("le", null, saki_le_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where larger.</summary>
    public Tensor gt(Tensor other) => Compared("gt", other, saki_gt(Handle, other.Handle, out var result), result);

    /// <summary>Where larger.</summary>
    public Tensor gt(Scalar other) => Compared("gt", null, saki_gt_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where larger or equal.</summary>
    public Tensor ge(Tensor other) => Compared("ge", other, saki_ge(Handle, other.Handle, out var result), result);

    /// <summary>Where larger or equal.</summary>
    public Tensor ge(Scalar other) => Compared("ge", null, saki_ge_scalar(Handle, other.Value, other.IsIntegral, out var result), result);

    /// <summary>Where neither NaN nor infinite.</summary>
    public Tensor isfinite() => Compared("isfinite", null, saki_isfinite(Handle, out var result), result);

    /// <summary>Where zero or false.</summary>
    public Tensor logical_not() => Compared("logical_not", null, saki_logical_not(Handle, out var result), result);

    /// <summary>Whether shapes, types and all elements are equal.</summary>
    public bool equal(Tensor other) => dtype == other.dtype && shape.AsSpan().SequenceEqual(other.shape) && saki_equal(Handle, other.Handle);

    private Tensor Compared(string name, Tensor? other, int status, nint result)
    {
        OpTrace.Refuse(name);
        return other is null ? Take(status, result, name, this) : Take(status, result, name, this, other);
    }
}
