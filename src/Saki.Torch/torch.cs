using System.Runtime.InteropServices;
using Saki.Torch.Interop;
using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

/// <summary>Making tensors, joining them, and the settings of process and thread. Names follow PyTorch.</summary>
public static partial class torch
{
#pragma warning disable CS1591 // the element types, spelled as in PyTorch
    public const ScalarType float32 = ScalarType.float32;
    public const ScalarType float64 = ScalarType.float64;
    public const ScalarType bfloat16 = ScalarType.bfloat16;
    public const ScalarType float16 = ScalarType.float16;
    public const ScalarType int64 = ScalarType.int64;
    public const ScalarType int32 = ScalarType.int32;
    public const ScalarType uint8 = ScalarType.uint8;
    public const ScalarType @bool = ScalarType.@bool;
#pragma warning restore CS1591

    /// <summary>The main memory.</summary>
    public static Device CPU => default;

    /// <summary>Memory of unknown content.</summary>
    public static Tensor empty(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device device = default)
    {
        OpTrace.Refuse("empty");
        return Tensor.Take(saki_empty(shape, shape.Length, (int)dtype, (int)device.Type, device.NativeIndex, out var result), result, "empty");
    }

    /// <summary>All <paramref name="value"/>.</summary>
    public static Tensor full(ReadOnlySpan<long> shape, Scalar value, ScalarType dtype = float32, Device device = default) =>
        Tensor.Take(saki_full(shape, shape.Length, value.Value, value.IsIntegral, (int)dtype, (int)device.Type, device.NativeIndex, out var result), result, "full");

    /// <summary>All 0.</summary>
    public static Tensor zeros(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device device = default) => full(shape, 0, dtype, device);

    /// <summary>All 1.</summary>
    public static Tensor ones(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device device = default) => full(shape, 1, dtype, device);

    /// <summary>All 0, with the shape, type, device and layout of <paramref name="tensor"/>.</summary>
    public static Tensor zeros_like(Tensor tensor) => Tensor.Take(saki_like(tensor.Handle, 0, false, out var result), result, "zeros_like", tensor);

    /// <summary>Unknown content, with the shape, type, device and layout of <paramref name="tensor"/>.</summary>
    public static Tensor empty_like(Tensor tensor) => Tensor.Take(saki_like(tensor.Handle, 0, true, out var result), result, "empty_like", tensor);

    /// <summary>Uniform in [0, 1) from torch's generator.</summary>
    public static Tensor rand(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device device = default)
    {
        OpTrace.Refuse("rand");
        return Tensor.Take(saki_rand(shape, shape.Length, (int)dtype, (int)device.Type, device.NativeIndex, out var result), result, "rand");
    }

    /// <summary>Standard normal from torch's generator.</summary>
    public static Tensor randn(ReadOnlySpan<long> shape, ScalarType dtype = float32, Device device = default)
    {
        OpTrace.Refuse("randn");
        return Tensor.Take(saki_randn(shape, shape.Length, (int)dtype, (int)device.Type, device.NativeIndex, out var result), result, "randn");
    }

    /// <summary>Whole numbers in [<paramref name="low"/>, <paramref name="high"/>), int64, from torch's generator.</summary>
    public static Tensor randint(long low, long high, ReadOnlySpan<long> shape)
    {
        OpTrace.Refuse("randint");
        return Tensor.Take(saki_randint(low, high, shape, shape.Length, out var result), result, "randint");
    }

    /// <summary>0 to <paramref name="count"/> - 1 in random order, int64, from torch's generator.</summary>
    public static Tensor randperm(long count)
    {
        OpTrace.Refuse("randperm");
        return Tensor.Take(saki_randperm(count, out var result), result, "randperm");
    }

    /// <summary>0, 1, ... below <paramref name="end"/>; int64 unless another type is given.</summary>
    public static Tensor arange(long end, ScalarType dtype = int64) => arange(0L, end, 1L, dtype);

    /// <summary>From <paramref name="start"/> by <paramref name="step"/> to before <paramref name="end"/>.</summary>
    public static Tensor arange(Scalar start, Scalar end, Scalar step, ScalarType dtype) =>
        Tensor.Take(saki_arange(start.Value, end.Value, step.Value, start.IsIntegral && end.IsIntegral && step.IsIntegral, (int)dtype, out var result), result, "arange");

    /// <summary>A copy of <paramref name="data"/>; ushort gives bfloat16. Without a shape: a vector.</summary>
    public static Tensor tensor<T>(ReadOnlySpan<T> data, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        var output = full(shape.IsEmpty ? [data.Length] : shape, 0, Tensor.TypeOf<T>());
        if (output.numel() != data.Length)
        {
            using (output) throw new TorchException("tensor", $"{output.numel()} elements for shape [{string.Join(", ", shape.ToArray())}]", $"{data.Length}");
        }
        data.CopyTo(output.data<T>());
        return output;
    }

    /// <summary>
    /// A copy of <paramref name="data"/> on <paramref name="device"/>. To a GPU it goes through pinned memory and the call does not wait for it (this path is untried: no GPU was at hand).
    /// </summary>
    public static Tensor tensor<T>(ReadOnlySpan<T> data, Device device, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        if (device.Type == DeviceType.cpu) return tensor(data, shape);
        device.CheckAvailable();
        using var pinned = Tensor.Take(saki_empty_pinned(shape, shape.Length, (int)Tensor.TypeOf<T>(), out var memory), memory, "tensor");
        data.CopyTo(pinned.data<T>());
        return Tensor.Take(saki_send(pinned.Handle, (int)device.Type, device.NativeIndex, out var result), result, "tensor", pinned);
    }

    /// <summary>A copy of <paramref name="data"/>; ushort gives bfloat16. Without a shape: a vector.</summary>
    public static Tensor tensor<T>(T[] data, params ReadOnlySpan<long> shape) where T : unmanaged => tensor((ReadOnlySpan<T>)data, shape);

    /// <summary>A single value of type float32.</summary>
    public static Tensor scalar(float value) => full([], value);

    /// <summary>The array itself as a tensor, without copying: both see each other's writes. The array stays pinned until libtorch lets go of it.</summary>
    public static unsafe Tensor from_array<T>(T[] data, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        long count = 1;
        foreach (var size in shape) count = checked(count * size);
        if (count != data.Length) throw new TorchException("from_array", $"{count} elements for shape [{string.Join(", ", shape.ToArray())}]", $"{data.Length}");
        var pin = GCHandle.Alloc(data, GCHandleType.Pinned);
        var status = saki_from_blob((void*)pin.AddrOfPinnedObject(), shape, shape.Length, (int)Tensor.TypeOf<T>(), &Unpin, GCHandle.ToIntPtr(pin), out var result);
        if (status != 0) pin.Free();
        return Tensor.Take(status, result, "from_array");
    }

    /// <summary>Joined along the existing dimension <paramref name="dim"/>.</summary>
    public static unsafe Tensor cat(IReadOnlyList<Tensor> tensors, long dim = 0)
    {
        using var list = new HandleList(tensors);
        var output = Tensor.Take(saki_cat(list.Pointer, list.Count, dim, out var result), result, "cat", [.. tensors]);
        OpTrace.Current?.Record("cat", output, [.. tensors], ("dim", dim));
        return output;
    }

    /// <summary>Joined along a new dimension <paramref name="dim"/>.</summary>
    public static unsafe Tensor stack(IReadOnlyList<Tensor> tensors, long dim = 0)
    {
        OpTrace.Refuse("stack");
        using var list = new HandleList(tensors);
        return Tensor.Take(saki_stack(list.Pointer, list.Count, dim, out var result), result, "stack", [.. tensors]);
    }

    /// <summary><paramref name="a"/> where <paramref name="condition"/> is true, else <paramref name="b"/>.</summary>
    public static Tensor where(Tensor condition, Tensor a, Tensor b)
    {
        OpTrace.Refuse("where");
        return Tensor.Take(saki_where(condition.Handle, a.Handle, b.Handle, out var result), result, "where", condition, a, b);
    }

    /// <summary>Matrix product.</summary>
    public static Tensor matmul(Tensor a, Tensor b) => a.matmul(b);

    [UnmanagedCallersOnly]
    private static void Unpin(nint context) => GCHandle.FromIntPtr(context).Free();
}
