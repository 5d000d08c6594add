using System.Runtime.InteropServices;
using Saki.Torch.Interop;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

/// <summary>
/// A libtorch tensor. Every method that returns a tensor gives its caller a new one to dispose, also where it shares memory with its source;
/// inside <see cref="torch.NewDisposeScope"/> the scope disposes it. Names and rules follow PyTorch. Not thread-safe.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private long[]? _shape; // null until asked for, and again after set_data
    private ScalarType _dtype;
    private Device _device;

    private Tensor(nint native)
    {
        Handle = new TensorHandle(native);
        DisposeScope.Add(this);
    }

    /// <summary>Native tensors not yet freed, in the whole process: what leak tests watch.</summary>
    public static long Live => TensorHandle.Count.Live;

    internal TensorHandle Handle { get; }

    internal DisposeScope? Scope { get; set; }

    /// <summary>Sizes, outermost first; empty for a single value. The array is shared: do not write to it.</summary>
    public long[] shape
    {
        get
        {
            Learn();
            return _shape!;
        }
    }

    /// <summary>Element type.</summary>
    public ScalarType dtype
    {
        get
        {
            Learn();
            return _dtype;
        }
    }

    /// <summary>Where the elements are.</summary>
    public Device device
    {
        get
        {
            Learn();
            return _device;
        }
    }

    /// <summary>Number of dimensions.</summary>
    public int ndim => shape.Length;

    /// <summary>Number of elements.</summary>
    public long numel()
    {
        long count = 1;
        foreach (var size in shape) count *= size;
        return count;
    }

    /// <summary>Size of one dimension; negative counts from the end.</summary>
    public long size(int dim) => shape[dim < 0 ? dim + ndim : dim];

    /// <summary>Elements to skip in memory for one step in each dimension.</summary>
    public long[] stride()
    {
        var strides = new long[ndim];
        Check(saki_strides(Handle, strides), "stride", this);
        return strides;
    }

    /// <summary>Whether memory order is the given one without gaps.</summary>
    public bool is_contiguous(MemoryFormat format = MemoryFormat.contiguous) => saki_is_contiguous(Handle, format == MemoryFormat.channels_last);

    /// <summary>Whether it has been freed.</summary>
    public bool IsDisposed => Handle.IsClosed;

    /// <summary>Frees it at once; memory that another tensor shares stays.</summary>
    public void Dispose()
    {
        DisposeScope.Detach(this);
        Handle.Dispose();
    }

    /// <summary>Type and shape: "float32[2, 3]".</summary>
    public string Describe() => IsDisposed ? "a disposed tensor" : $"{dtype}[{string.Join(", ", shape)}]{(device.Type == DeviceType.cpu ? "" : $" on {device}")}";

    /// <inheritdoc/>
    public override string ToString() => Describe();

    /// <summary>Takes over a result, or turns the status of a failed call into an exception that names the operation and its inputs.</summary>
    internal static Tensor Take(int status, nint result, string operation, params ReadOnlySpan<Tensor?> inputs)
    {
        if (status != 0) throw Failure(operation, inputs);
        return new Tensor(result);
    }

    internal static void Check(int status, string operation, params ReadOnlySpan<Tensor?> inputs)
    {
        if (status != 0) throw Failure(operation, inputs);
    }

    internal static TensorHandle Optional(Tensor? tensor) => tensor is null ? TensorHandle.None : tensor.Handle;

    /// <summary>After the native tensor got other content under the same handle.</summary>
    internal void Forget() => _shape = null;

    private static TorchException Failure(string operation, ReadOnlySpan<Tensor?> inputs) =>
        TorchException.Refused(operation, Marshal.PtrToStringUTF8(saki_error()) ?? "", inputs);

    private void Learn()
    {
        if (_shape is not null && !Handle.IsClosed) return;
        Span<long> sizes = stackalloc long[16];
        Span<int> about = stackalloc int[4];
        Check(saki_describe(Handle, sizes, sizes.Length, about), "describe");
        if (about[0] > sizes.Length) throw new TorchException("describe", "at most 16 dimensions", $"{about[0]}");
        _dtype = (ScalarType)about[1];
        _device = new Device((DeviceType)about[2], Math.Max(0, about[3]));
        _shape = sizes[..about[0]].ToArray();
    }
}
