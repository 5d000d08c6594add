using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Saki.Inference.Backends.OnnxRuntime.Interop;

namespace Saki.Inference.Backends.OnnxRuntime;

/// <summary>
/// A tensor, sequence or map of ONNX Runtime. Whoever got it from a method owns it and disposes it; spans of its data live as long as it does.
/// Reading from several threads is safe, writing is not.
/// </summary>
public sealed unsafe class OrtValue : IDisposable
{
    private MemoryHandle _pinned;

    internal OrtValue(nint made) => Handle = new OrtHandle(OrtKind.Value, made);

    internal OrtHandle Handle { get; }

    /// <summary>What it is.</summary>
    public OrtValueKind Kind => (OrtValueKind)Get(OrtApi.GetValueType);

    /// <summary>Element type of the tensor.</summary>
    /// <exception cref="OrtException">It is not a tensor.</exception>
    public OrtElementType ElementType
    {
        get
        {
            using var info = TensorInfo();
            return (OrtElementType)OrtCall.Get(OrtApi.GetTensorElementType, info.Pointer, "Reading a tensor's type");
        }
    }

    /// <summary>Length of each axis; empty for a scalar.</summary>
    /// <exception cref="OrtException">It is not a tensor.</exception>
    public long[] Shape
    {
        get
        {
            using var info = TensorInfo();
            var shape = new long[OrtCall.Get(OrtApi.GetDimensionsCount, info.Pointer, "Reading a tensor's shape")];
            fixed (long* lengths = shape) OrtCall.Check(OrtApi.GetDimensions(info.Pointer, lengths, (nuint)shape.Length), "Reading a tensor's shape");
            return shape;
        }
    }

    /// <summary>A tensor in memory of ONNX Runtime, zeroed. Strings start empty.</summary>
    /// <exception cref="OrtException">A negative length, or more memory than there is.</exception>
    public static OrtValue Allocate(OrtElementType type, params ReadOnlySpan<long> shape)
    {
        OrtEngine.Ensure();
        nint made;
        fixed (long* lengths = shape)
            OrtCall.Check(OrtApi.CreateTensorAsOrtValue(OrtEngine.Allocator, lengths, (nuint)shape.Length, (int)type, &made), $"Making a {type} tensor");
        var value = new OrtValue(made);
        if (type != OrtElementType.String) value.Bytes.Clear();
        return value;
    }

    /// <summary>A tensor over <paramref name="data"/> without a copy; the memory is pinned until <see cref="Dispose"/>.</summary>
    /// <exception cref="OrtException">The shape asks for more elements than there are.</exception>
    public static OrtValue Over<T>(Memory<T> data, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        OrtEngine.Ensure();
        var pinned = data.Pin();
        try
        {
            nint made;
            fixed (long* lengths = shape)
                OrtCall.Check(OrtApi.CreateTensorWithData(OrtEngine.CpuMemory, pinned.Pointer, (nuint)data.Length * (nuint)sizeof(T), lengths, (nuint)shape.Length, (int)ElementTypeOf<T>(), &made), "Making a tensor");
            return new OrtValue(made) { _pinned = pinned };
        }
        catch
        {
            pinned.Dispose();
            throw;
        }
    }

    /// <summary>A tensor over memory that the caller owns and keeps in place for as long as this value lives.</summary>
    /// <exception cref="OrtException">The shape asks for more than <paramref name="bytes"/>.</exception>
    internal static OrtValue Over(void* data, nuint bytes, OrtElementType type, params ReadOnlySpan<long> shape)
    {
        OrtEngine.Ensure();
        nint made;
        fixed (long* lengths = shape)
            OrtCall.Check(OrtApi.CreateTensorWithData(OrtEngine.CpuMemory, data, bytes, lengths, (nuint)shape.Length, (int)type, &made), "Making a tensor");
        return new OrtValue(made);
    }

    /// <summary>A tensor of texts.</summary>
    /// <exception cref="OrtException">The shape does not hold as many texts.</exception>
    public static OrtValue OfStrings(ReadOnlySpan<string> texts, params ReadOnlySpan<long> shape)
    {
        var value = Allocate(OrtElementType.String, shape);
        var pointers = new nint[texts.Length];
        try
        {
            for (var i = 0; i < texts.Length; i++) pointers[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
            fixed (nint* first = pointers)
                OrtCall.Check(OrtApi.FillStringTensor(value.Handle.Pointer, (byte**)first, (nuint)texts.Length), "Filling a tensor of texts");
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
        finally
        {
            foreach (var pointer in pointers) Marshal.FreeCoTaskMem(pointer);
        }
    }

    /// <summary>The tensor's bytes in row-major order.</summary>
    /// <exception cref="OrtException">It is not a tensor, or one of texts.</exception>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
            void* data;
            OrtCall.Check(OrtApi.GetTensorMutableData(Handle.Pointer, &data), "Reading a tensor");
            var length = OrtCall.Get(OrtApi.GetTensorSizeInBytes, Handle.Pointer, "Reading a tensor");
            return new Span<byte>(data, checked((int)length));
        }
    }

    /// <summary>The tensor's elements in row-major order. bfloat16 is read as <see cref="ushort"/>; types below one byte only as <see cref="Bytes"/>.</summary>
    /// <exception cref="SakiException"><typeparamref name="T"/> is not its element type.</exception>
    public Span<T> Data<T>() where T : unmanaged
    {
        var type = ElementType;
        if (type != ElementTypeOf<T>() && !(type == OrtElementType.BFloat16 && typeof(T) == typeof(ushort)))
            throw new SakiException("Reading a tensor", $"{type} elements", typeof(T).Name, "Read it as the type that it has.");
        return MemoryMarshal.Cast<byte, T>(Bytes);
    }

    /// <summary>The texts of a string tensor in row-major order.</summary>
    /// <exception cref="OrtException">It is not a tensor of texts.</exception>
    public string[] Strings()
    {
        const string Operation = "Reading a tensor of texts";
        var length = Get(OrtApi.GetStringTensorDataLength, Operation);
        var count = 1L;
        foreach (var axis in Shape) count = checked(count * axis);
        var (content, offsets, texts) = (new byte[length], new nuint[count], new string[count]);
        fixed (byte* to = content)
        fixed (nuint* at = offsets)
            OrtCall.Check(OrtApi.GetStringTensorContent(Handle.Pointer, to, length, at, (nuint)count), Operation);
        for (var i = 0; i < texts.Length; i++)
        {
            var end = i + 1 < texts.Length ? (int)offsets[i + 1] : content.Length;
            texts[i] = Encoding.UTF8.GetString(content.AsSpan((int)offsets[i]..end));
        }
        return texts;
    }

    /// <summary>The parts of a sequence, or of a map: its keys, then its values. The caller owns each of them.</summary>
    /// <exception cref="OrtException">It is a tensor.</exception>
    public OrtValue[] Parts()
    {
        var parts = new OrtValue[Get(OrtApi.GetValueCount, "Reading a sequence or map")];
        try
        {
            for (var i = 0; i < parts.Length; i++)
            {
                nint part;
                OrtCall.Check(OrtApi.GetValue(Handle.Pointer, i, OrtEngine.Allocator, &part), "Reading a sequence or map");
                parts[i] = new OrtValue(part);
            }
            return parts;
        }
        catch
        {
            foreach (var part in parts) part?.Dispose();
            throw;
        }
    }

    /// <summary>Releases it, and the memory it was made over.</summary>
    public void Dispose()
    {
        Handle.Dispose();
        _pinned.Dispose();
    }

    internal static OrtElementType ElementTypeOf<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? OrtElementType.Float32
        : typeof(T) == typeof(byte) ? OrtElementType.UInt8
        : typeof(T) == typeof(Half) ? OrtElementType.Float16
        : typeof(T) == typeof(double) ? OrtElementType.Float64
        : typeof(T) == typeof(long) ? OrtElementType.Int64
        : typeof(T) == typeof(int) ? OrtElementType.Int32
        : typeof(T) == typeof(bool) ? OrtElementType.Bool
        : typeof(T) == typeof(sbyte) ? OrtElementType.Int8
        : typeof(T) == typeof(short) ? OrtElementType.Int16
        : typeof(T) == typeof(ushort) ? OrtElementType.UInt16
        : typeof(T) == typeof(uint) ? OrtElementType.UInt32
        : typeof(T) == typeof(ulong) ? OrtElementType.UInt64
        : typeof(T) == typeof(System.Numerics.Complex) ? OrtElementType.Complex128
        : throw new SakiException("Making a tensor", "an element type that ONNX has", typeof(T).Name);

    private OrtHandle TensorInfo()
    {
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        return OrtCall.Create(OrtKind.TensorInfo, OrtApi.GetTensorTypeAndShape, Handle.Pointer, "Reading a tensor's type");
    }

    private T Get<T>(delegate* unmanaged<nint, T*, nint> get, string operation = "Reading a value") where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(Handle.IsClosed, this);
        return OrtCall.Get(get, Handle.Pointer, operation);
    }
}
