using System.Runtime.InteropServices;
using Saki.Engines;

namespace Saki.Torch.Interop;

/// <summary>Owns one native tensor. The finalizer frees what was forgotten, on another thread, which libtorch allows.</summary>
internal sealed class TensorHandle : SafeHandle
{
    /// <summary>Tensors of the whole process.</summary>
    internal static readonly HandleCount Count = new();

    /// <summary>Owns nothing: see <see cref="None"/>.</summary>
    public TensorHandle() : base(0, ownsHandle: false) { }

    /// <summary>Takes over <paramref name="tensor"/>, which must not be null.</summary>
    internal TensorHandle(nint tensor) : base(0, ownsHandle: true)
    {
        SetHandle(tensor);
        Count.Made();
    }

    /// <summary>Stands for an absent optional tensor: a null pointer on the other side.</summary>
    internal static TensorHandle None { get; } = new();

    public override bool IsInvalid => handle == 0;

    protected override void Dispose(bool disposing)
    {
        if (!disposing && !IsClosed && !IsInvalid) Count.Forgot();
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.saki_tensor_free(handle);
        Count.Freed();
        return true;
    }
}
