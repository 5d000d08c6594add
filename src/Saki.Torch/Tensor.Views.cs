using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Other shapes of the same content, and parts of it. They share memory where PyTorch's do.
public sealed partial class Tensor
{
    /// <summary>Element or slab <paramref name="index"/> of the first dimension; negative counts from the end.</summary>
    public Tensor this[long index] => select(0, index);

    /// <summary>Slabs of the first dimension, a view.</summary>
    public Tensor this[Range rows]
    {
        get
        {
            var (start, length) = rows.GetOffsetAndLength(checked((int)size(0)));
            return narrow(0, start, length);
        }
    }

    /// <summary>The elements where <paramref name="mask"/> is true, as a vector (a copy).</summary>
    public Tensor this[Tensor mask] => masked_select(mask);

    /// <summary>The same content in another shape; one size may be -1. Copies only when it must.</summary>
    public Tensor reshape(params ReadOnlySpan<long> shape)
    {
        var output = Take(saki_reshape(Handle, shape, shape.Length, out var result), result, "reshape", this);
        OpTrace.Current?.Record("reshape", output, [this], ("shape", shape.ToArray()));
        return output;
    }

    /// <summary>The same memory in another shape; refused where that needs a copy.</summary>
    public Tensor view(params ReadOnlySpan<long> shape)
    {
        var output = Take(saki_view(Handle, shape, shape.Length, out var result), result, "view", this);
        OpTrace.Current?.Record("reshape", output, [this], ("shape", shape.ToArray()));
        return output;
    }

    /// <summary>Joins dimensions <paramref name="start_dim"/> to <paramref name="end_dim"/> into one.</summary>
    public Tensor flatten(long start_dim = 0, long end_dim = -1)
    {
        var output = Take(saki_flatten(Handle, start_dim, end_dim, out var result), result, "flatten", this);
        OpTrace.Current?.Record("flatten", output, [this], ("start_dim", start_dim), ("end_dim", end_dim));
        return output;
    }

    /// <summary>Dimensions in another order, a view.</summary>
    public Tensor permute(params ReadOnlySpan<long> dims)
    {
        var output = Take(saki_permute(Handle, dims, dims.Length, out var result), result, "permute", this);
        OpTrace.Current?.Record("permute", output, [this], ("dims", dims.ToArray()));
        return output;
    }

    /// <summary>Two dimensions swapped, a view.</summary>
    public Tensor transpose(long dim0, long dim1)
    {
        var output = Take(saki_transpose(Handle, dim0, dim1, out var result), result, "transpose", this);
        OpTrace.Current?.Record("transpose", output, [this], ("dim0", dim0), ("dim1", dim1));
        return output;
    }

    /// <summary>A matrix transposed, a view.</summary>
    public Tensor t() => transpose(0, 1);

    /// <summary>Without dimension <paramref name="dim"/> where its size is 1.</summary>
    public Tensor squeeze(long dim)
    {
        var output = Take(saki_squeeze(Handle, dim, out var result), result, "squeeze", this);
        OpTrace.Current?.Record("squeeze", output, [this], ("dim", dim));
        return output;
    }

    /// <summary>With a dimension of size 1 at <paramref name="dim"/>.</summary>
    public Tensor unsqueeze(long dim)
    {
        var output = Take(saki_unsqueeze(Handle, dim, out var result), result, "unsqueeze", this);
        OpTrace.Current?.Record("unsqueeze", output, [this], ("dim", dim));
        return output;
    }

    /// <summary>Repeats dimensions of size 1 without copying; -1 keeps a size.</summary>
    public Tensor expand(params ReadOnlySpan<long> shape)
    {
        OpTrace.Refuse("expand");
        return Take(saki_expand(Handle, shape, shape.Length, out var result), result, "expand", this);
    }

    /// <summary><paramref name="length"/> slabs of dimension <paramref name="dim"/> from <paramref name="start"/>, a view.</summary>
    public Tensor narrow(long dim, long start, long length)
    {
        var output = Take(saki_narrow(Handle, dim, start, length, out var result), result, "narrow", this);
        OpTrace.Current?.Record("narrow", output, [this], ("dim", dim), ("start", start), ("length", length));
        return output;
    }

    /// <summary>One slab, without its dimension, a view.</summary>
    public Tensor select(long dim, long index)
    {
        OpTrace.Refuse("select");
        return Take(saki_select(Handle, dim, index, out var result), result, "select", this);
    }

    /// <summary>The slabs that the int64 vector <paramref name="index"/> names, a copy.</summary>
    public Tensor index_select(long dim, Tensor index)
    {
        OpTrace.Refuse("index_select");
        return Take(saki_index_select(Handle, dim, index.Handle, out var result), result, "index_select", this, index);
    }

    /// <summary>Along <paramref name="dim"/>, the elements that <paramref name="index"/> names.</summary>
    public Tensor gather(long dim, Tensor index)
    {
        OpTrace.Refuse("gather");
        return Take(saki_gather(Handle, dim, index.Handle, out var result), result, "gather", this, index);
    }

    /// <summary>The elements where the bool tensor <paramref name="mask"/> is true, as a vector.</summary>
    public Tensor masked_select(Tensor mask)
    {
        OpTrace.Refuse("masked_select");
        return Take(saki_masked_select(Handle, mask.Handle, out var result), result, "masked_select", this, mask);
    }

    /// <summary>Writes <paramref name="value"/> where <paramref name="mask"/> is true; returns this.</summary>
    public Tensor masked_fill_(Tensor mask, double value)
    {
        OpTrace.Refuse("masked_fill_");
        Check(saki_masked_fill_(Handle, mask.Handle, value), "masked_fill_", this, mask);
        return this;
    }

    /// <summary>Reversed along <paramref name="dims"/>, a copy.</summary>
    public Tensor flip(params ReadOnlySpan<long> dims)
    {
        var output = Take(saki_flip(Handle, dims, dims.Length, out var result), result, "flip", this);
        OpTrace.Current?.Record("flip", output, [this], ("dims", dims.ToArray()));
        return output;
    }
}
