using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

// Element-wise operations, comparisons, reductions, products.
internal static partial class NativeMethods
{
    // arithmetic.cpp
    [LibraryImport(Library)] internal static partial int saki_neg(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_abs(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_exp(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_log(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_sqrt(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_square(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_round(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_isfinite(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_logical_not(TensorHandle a, out nint result);
    [LibraryImport(Library)] internal static partial int saki_add(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_add_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_sub(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_sub_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_mul(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_mul_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_div(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_div_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_pow(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_pow_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_eq(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_eq_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_ne(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_ne_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_lt(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_lt_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_le(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_le_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_gt(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_gt_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_ge(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_ge_scalar(TensorHandle a, double value, Flag integral, out nint result);
    [LibraryImport(Library)] internal static partial int saki_maximum(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_minimum(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_add_(TensorHandle a, TensorHandle b, double alpha);
    [LibraryImport(Library)] internal static partial int saki_mul_(TensorHandle a, TensorHandle b);
    [LibraryImport(Library)] internal static partial int saki_add_scalar_(TensorHandle a, double value, Flag integral);
    [LibraryImport(Library)] internal static partial int saki_mul_scalar_(TensorHandle a, double value, Flag integral);
    [LibraryImport(Library)] internal static unsafe partial int saki_clamp(TensorHandle a, double* low, double* high, out nint result);
    [LibraryImport(Library)] internal static partial int saki_matmul(TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_sum(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_mean(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_var(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag unbiased, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_std(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag unbiased, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_amax(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_amin(TensorHandle a, ReadOnlySpan<long> dims, int count, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_max_dim(TensorHandle a, long dim, Flag keep, out nint values, out nint indices);
    [LibraryImport(Library)] internal static partial int saki_topk(TensorHandle a, long count, long dim, out nint values, out nint indices);
    [LibraryImport(Library)] internal static partial int saki_argmax(TensorHandle a, long dim, Flag all, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial int saki_argmin(TensorHandle a, long dim, Flag all, Flag keep, out nint result);
    [LibraryImport(Library)] internal static partial Flag saki_equal(TensorHandle a, TensorHandle b);
}
