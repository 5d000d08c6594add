using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Over the given dimensions, or over everything when none is given.
public sealed partial class Tensor
{
    /// <summary>Sum of all elements; whole numbers give int64.</summary>
    public Tensor sum() => sum([], false);

    /// <summary>Sum over <paramref name="dims"/>.</summary>
    public Tensor sum(ReadOnlySpan<long> dims, bool keepdim = false)
    {
        var output = Take(saki_sum(Handle, dims, dims.Length, keepdim, out var result), result, "sum", this);
        OpTrace.Current?.Record("sum", output, [this], ("dim", dims.ToArray()), ("keepdim", keepdim));
        return output;
    }

    /// <summary>Mean of all elements.</summary>
    public Tensor mean() => mean([], false);

    /// <summary>Mean over <paramref name="dims"/>.</summary>
    public Tensor mean(ReadOnlySpan<long> dims, bool keepdim = false)
    {
        var output = Take(saki_mean(Handle, dims, dims.Length, keepdim, out var result), result, "mean", this);
        OpTrace.Current?.Record("mean", output, [this], ("dim", dims.ToArray()), ("keepdim", keepdim));
        return output;
    }

    /// <summary>Variance; <paramref name="unbiased"/> divides by n - 1.</summary>
    public Tensor var(ReadOnlySpan<long> dims = default, bool unbiased = true, bool keepdim = false)
    {
        OpTrace.Refuse("var");
        return Take(saki_var(Handle, dims, dims.Length, unbiased, keepdim, out var result), result, "var", this);
    }

    /// <summary>Standard deviation; <paramref name="unbiased"/> divides by n - 1.</summary>
    public Tensor std(ReadOnlySpan<long> dims = default, bool unbiased = true, bool keepdim = false)
    {
        OpTrace.Refuse("std");
        return Take(saki_std(Handle, dims, dims.Length, unbiased, keepdim, out var result), result, "std", this);
    }

    /// <summary>Largest element.</summary>
    public Tensor max() => amax();

    /// <summary>Smallest element.</summary>
    public Tensor min() => amin();

    /// <summary>Largest element and its index along <paramref name="dim"/>.</summary>
    public (Tensor values, Tensor indices) max(long dim, bool keepdim = false)
    {
        OpTrace.Refuse("max");
        Check(saki_max_dim(Handle, dim, keepdim, out var values, out var indices), "max", this);
        return (new Tensor(values), new Tensor(indices));
    }

    /// <summary>Largest element over <paramref name="dims"/>.</summary>
    public Tensor amax(ReadOnlySpan<long> dims = default, bool keepdim = false)
    {
        OpTrace.Refuse("amax");
        return Take(saki_amax(Handle, dims, dims.Length, keepdim, out var result), result, "amax", this);
    }

    /// <summary>Smallest element over <paramref name="dims"/>.</summary>
    public Tensor amin(ReadOnlySpan<long> dims = default, bool keepdim = false)
    {
        OpTrace.Refuse("amin");
        return Take(saki_amin(Handle, dims, dims.Length, keepdim, out var result), result, "amin", this);
    }

    /// <summary>Index of the largest element, int64; over the flattened tensor when <paramref name="dim"/> is null.</summary>
    public Tensor argmax(long? dim = null, bool keepdim = false)
    {
        OpTrace.Refuse("argmax");
        return Take(saki_argmax(Handle, dim ?? 0, dim is null, keepdim, out var result), result, "argmax", this);
    }

    /// <summary>Index of the smallest element, int64; over the flattened tensor when <paramref name="dim"/> is null.</summary>
    public Tensor argmin(long? dim = null, bool keepdim = false)
    {
        OpTrace.Refuse("argmin");
        return Take(saki_argmin(Handle, dim ?? 0, dim is null, keepdim, out var result), result, "argmin", this);
    }

    /// <summary>The <paramref name="k"/> largest, in descending order, and their indices.</summary>
    public (Tensor values, Tensor indices) topk(long k, long dim = -1)
    {
        OpTrace.Refuse("topk");
        Check(saki_topk(Handle, k, dim, out var values, out var indices), "topk", this);
        return (new Tensor(values), new Tensor(indices));
    }
}
