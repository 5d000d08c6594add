using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Getting at the content, copying and converting it.
public sealed partial class Tensor
{
    /// <summary>
    /// The elements in memory, without copying: float, double, Half, long, int, byte, bool, or ushort for bfloat16's bits.
    /// Valid only while this tensor (or another that shares its memory) is alive.
    /// </summary>
    /// <exception cref="TorchException">Another element type, not on the CPU, or not contiguous.</exception>
    public unsafe Span<T> data<T>() where T : unmanaged
    {
        if (TypeOf<T>() != dtype || device.Type != DeviceType.cpu || !is_contiguous())
            throw new TorchException("data", $"a contiguous {TypeOf<T>()} tensor on the CPU", is_contiguous() ? Describe() : $"{Describe()}, not contiguous", "Call cpu(), to(dtype) or contiguous() first.");
        Check(saki_data(Handle, out var pointer), "data", this);
        return new Span<T>((void*)pointer, checked((int)numel()));
    }

    /// <summary>The elements as bytes, in memory order, whatever their type; for files. Same conditions and lifetime as <see cref="data"/>.</summary>
    public unsafe Span<byte> bytes()
    {
        if (device.Type != DeviceType.cpu || !is_contiguous())
            throw new TorchException("bytes", "a contiguous tensor on the CPU", Describe(), "Call cpu() or contiguous() first.");
        Check(saki_data(Handle, out var pointer), "bytes", this);
        return new Span<byte>((void*)pointer, checked((int)(numel() * SizeOf(dtype))));
    }

    /// <summary>A copy of the elements in row-major order, whatever device and layout.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        using var plain = to(device: new Device(DeviceType.cpu));
        using var rows = plain.contiguous();
        return rows.data<T>().ToArray();
    }

    /// <summary>The single element as a number (bool: 0 or 1).</summary>
    public double item()
    {
        OpTrace.Refuse("item");
        Span<long> integer = stackalloc long[1];
        Check(saki_item(Handle, out var number, integer), "item", this);
        return number;
    }

    /// <summary>The single element as a whole number, exact for int64.</summary>
    public long item_long()
    {
        OpTrace.Refuse("item");
        Span<long> integer = stackalloc long[1];
        Check(saki_item(Handle, out _, integer), "item", this);
        return integer[0];
    }

    /// <summary>Another type, device or layout; null keeps it. A new handle to the same memory when nothing changes and <paramref name="copy"/> is false.</summary>
    public Tensor to(ScalarType? dtype = null, Device? device = null, MemoryFormat? format = null, bool copy = false)
    {
        if (device is { } place) place.CheckAvailable();
        var output = Take(saki_to(Handle, (int?)dtype ?? -1, (int?)device?.Type ?? -1, device?.NativeIndex ?? -1, (int?)format ?? -1, copy, out var result), result, "to", this);
        if (OpTrace.Current is { } trace)
        {
            if (output.dtype != this.dtype) OpTrace.Refuse("to another dtype");
            trace.Record("identity", output, [this]);
        }
        return output;
    }

    /// <summary>On the CPU.</summary>
    public Tensor cpu() => to(device: new Device(DeviceType.cpu));

    /// <summary>In the given memory order; a copy only when it must be.</summary>
    public Tensor contiguous(MemoryFormat format = MemoryFormat.contiguous) =>
        Traced("identity", Take(saki_contiguous(Handle, (int)format, out var result), result, "contiguous", this));

    /// <summary>A copy.</summary>
    public Tensor clone() => Traced("identity", Take(saki_clone(Handle, out var result), result, "clone", this));

    /// <summary>Another handle to the same tensor.</summary>
    public Tensor alias() => Traced("identity", Take(saki_alias(Handle, out var result), result, "alias", this));

    /// <summary>Takes the values of <paramref name="source"/>, converted and broadcast; returns this.</summary>
    public Tensor copy_(Tensor source)
    {
        OpTrace.Refuse("copy_");
        Check(saki_copy_(Handle, source.Handle), "copy_", this, source);
        return this;
    }

    /// <summary>Sets all elements; returns this.</summary>
    public Tensor fill_(Scalar value)
    {
        OpTrace.Refuse("fill_");
        Check(saki_fill_(Handle, value.Value, value.IsIntegral), "fill_", this);
        return this;
    }

    /// <summary>Sets all elements to 0; returns this.</summary>
    public Tensor zero_() => fill_(0);

    /// <summary>Fills with uniform numbers of torch's generator in [<paramref name="from"/>, <paramref name="to"/>); returns this.</summary>
    public Tensor uniform_(double from = 0, double to = 1)
    {
        OpTrace.Refuse("uniform_");
        Check(saki_uniform_(Handle, from, to), "uniform_", this);
        return this;
    }

    /// <summary>Fills with normal numbers of torch's generator; returns this.</summary>
    public Tensor normal_(double mean = 0, double std = 1)
    {
        OpTrace.Refuse("normal_");
        Check(saki_normal_(Handle, mean, std), "normal_", this);
        return this;
    }

    /// <summary>This tensor keeps its identity and gets the content, type, device and layout of <paramref name="source"/>: how parameters are converted.</summary>
    internal void set_data(Tensor source)
    {
        Check(saki_set_data(Handle, source.Handle), "set_data", this, source);
        Forget();
    }

    internal static int SizeOf(ScalarType type) => type switch
    {
        ScalarType.uint8 or ScalarType.@bool => 1,
        ScalarType.float16 or ScalarType.bfloat16 => 2,
        ScalarType.float32 or ScalarType.int32 => 4,
        _ => 8,
    };

    internal static ScalarType TypeOf<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ScalarType.float32;
        if (typeof(T) == typeof(double)) return ScalarType.float64;
        if (typeof(T) == typeof(long)) return ScalarType.int64;
        if (typeof(T) == typeof(int)) return ScalarType.int32;
        if (typeof(T) == typeof(byte)) return ScalarType.uint8;
        if (typeof(T) == typeof(bool)) return ScalarType.@bool;
        if (typeof(T) == typeof(Half)) return ScalarType.float16;
        if (typeof(T) == typeof(ushort)) return ScalarType.bfloat16;
        throw new TorchException("choosing an element type", "float, double, Half, long, int, byte, bool or ushort (bfloat16)", typeof(T).Name);
    }
}
