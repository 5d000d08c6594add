using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

// Making, describing, viewing and joining tensors.
internal static partial class NativeMethods
{
    // tensor.cpp
    [LibraryImport(Library)] internal static partial void saki_tensor_free(nint tensor);
    [LibraryImport(Library)] internal static partial int saki_empty(ReadOnlySpan<long> shape, int dims, int type, int deviceType, int deviceIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_empty_pinned(ReadOnlySpan<long> shape, int dims, int type, out nint result);
    [LibraryImport(Library)] internal static partial int saki_send(TensorHandle tensor, int deviceType, int deviceIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_full(ReadOnlySpan<long> shape, int dims, double value, Flag integral, int type, int deviceType, int deviceIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_rand(ReadOnlySpan<long> shape, int dims, int type, int deviceType, int deviceIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_randn(ReadOnlySpan<long> shape, int dims, int type, int deviceType, int deviceIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_randperm(long count, out nint result);
    [LibraryImport(Library)] internal static partial int saki_randint(long low, long high, ReadOnlySpan<long> shape, int dims, out nint result);
    [LibraryImport(Library)] internal static partial int saki_arange(double start, double end, double step, Flag integral, int type, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int saki_from_blob(void* data, ReadOnlySpan<long> shape, int dims, int type, delegate* unmanaged<nint, void> release, nint context, out nint result);
    [LibraryImport(Library)] internal static partial int saki_like(TensorHandle tensor, double value, Flag keepUninitialized, out nint result);
    [LibraryImport(Library)] internal static partial int saki_describe(TensorHandle tensor, Span<long> sizes, int capacity, Span<int> about);
    [LibraryImport(Library)] internal static partial int saki_strides(TensorHandle tensor, Span<long> strides);
    [LibraryImport(Library)] internal static partial Flag saki_is_contiguous(TensorHandle tensor, Flag channelsLast);
    [LibraryImport(Library)] internal static partial int saki_data(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int saki_item(TensorHandle tensor, out double number, Span<long> integer);
    [LibraryImport(Library)] internal static partial int saki_to(TensorHandle tensor, int type, int deviceType, int deviceIndex, int format, Flag copy, out nint result);
    [LibraryImport(Library)] internal static partial int saki_contiguous(TensorHandle tensor, int format, out nint result);
    [LibraryImport(Library)] internal static partial int saki_clone(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int saki_alias(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int saki_copy_(TensorHandle tensor, TensorHandle source);
    [LibraryImport(Library)] internal static partial int saki_fill_(TensorHandle tensor, double value, Flag integral);
    [LibraryImport(Library)] internal static partial int saki_uniform_(TensorHandle tensor, double from, double to);
    [LibraryImport(Library)] internal static partial int saki_normal_(TensorHandle tensor, double mean, double std);
    [LibraryImport(Library)] internal static partial int saki_set_data(TensorHandle tensor, TensorHandle source);
    // views.cpp
    [LibraryImport(Library)] internal static partial int saki_reshape(TensorHandle a, ReadOnlySpan<long> shape, int dims, out nint result);
    [LibraryImport(Library)] internal static partial int saki_view(TensorHandle a, ReadOnlySpan<long> shape, int dims, out nint result);
    [LibraryImport(Library)] internal static partial int saki_expand(TensorHandle a, ReadOnlySpan<long> shape, int dims, out nint result);
    [LibraryImport(Library)] internal static partial int saki_flatten(TensorHandle a, long start, long end, out nint result);
    [LibraryImport(Library)] internal static partial int saki_permute(TensorHandle a, ReadOnlySpan<long> order, int dims, out nint result);
    [LibraryImport(Library)] internal static partial int saki_transpose(TensorHandle a, long first, long second, out nint result);
    [LibraryImport(Library)] internal static partial int saki_squeeze(TensorHandle a, long dim, out nint result);
    [LibraryImport(Library)] internal static partial int saki_unsqueeze(TensorHandle a, long dim, out nint result);
    [LibraryImport(Library)] internal static partial int saki_narrow(TensorHandle a, long dim, long start, long length, out nint result);
    [LibraryImport(Library)] internal static partial int saki_select(TensorHandle a, long dim, long index, out nint result);
    [LibraryImport(Library)] internal static partial int saki_index_select(TensorHandle a, long dim, TensorHandle index, out nint result);
    [LibraryImport(Library)] internal static partial int saki_gather(TensorHandle a, long dim, TensorHandle index, out nint result);
    [LibraryImport(Library)] internal static partial int saki_masked_select(TensorHandle a, TensorHandle mask, out nint result);
    [LibraryImport(Library)] internal static partial int saki_masked_fill_(TensorHandle a, TensorHandle mask, double value);
    [LibraryImport(Library)] internal static partial int saki_where(TensorHandle condition, TensorHandle a, TensorHandle b, out nint result);
    [LibraryImport(Library)] internal static partial int saki_flip(TensorHandle a, ReadOnlySpan<long> dims, int count, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int saki_cat(nint* parts, int count, long dim, out nint result);
    [LibraryImport(Library)] internal static unsafe partial int saki_stack(nint* parts, int count, long dim, out nint result);
}
