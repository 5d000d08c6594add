using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

/// <summary>Owns one native tensor. The finalizer frees what was forgotten, on another thread, which libtorch allows.</summary>
internal sealed class TensorHandle : SafeHandle
{
    private static long _live, _forgotten;

    /// <summary>Owns nothing: see <see cref="None"/>.</summary>
    public TensorHandle() : base(0, ownsHandle: false) { }

    /// <summary>Takes over <paramref name="tensor"/>, which must not be null.</summary>
    internal TensorHandle(nint tensor) : base(0, ownsHandle: true)
    {
        SetHandle(tensor);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Stands for an absent optional tensor: a null pointer on the other side.</summary>
    internal static TensorHandle None { get; } = new();

    /// <summary>Handles not yet freed, in the whole process: what leak tests watch.</summary>
    internal static long Live => Interlocked.Read(ref _live);

    /// <summary>Handles that nobody disposed and the garbage collector found.</summary>
    internal static long Forgotten => Interlocked.Read(ref _forgotten);

    public override bool IsInvalid => handle == 0;

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsClosed && !IsInvalid) Interlocked.Increment(ref _forgotten);
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.saki_tensor_free(handle);
        Interlocked.Decrement(ref _live);
        return true;
    }
}
