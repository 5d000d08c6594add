using System.Buffers;
using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

/// <summary>Many tensors as one array of pointers for the time of a call, each kept alive until <see cref="Dispose"/>. Allocates nothing: the arrays are rented.</summary>
internal unsafe ref struct HandleList
{
    private readonly IReadOnlyList<Tensor> _tensors;
    private readonly nint[] _pointers;
    private readonly GCHandle _pin;
    private int _held;

    internal HandleList(IReadOnlyList<Tensor> tensors)
    {
        _tensors = tensors;
        _pointers = ArrayPool<nint>.Shared.Rent(Math.Max(1, tensors.Count));
        _pin = GCHandle.Alloc(_pointers, GCHandleType.Pinned);
        try
        {
            for (; _held < tensors.Count; _held++)
            {
                var held = false;
                tensors[_held].Handle.DangerousAddRef(ref held);
                _pointers[_held] = tensors[_held].Handle.DangerousGetHandle();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal readonly nint* Pointer => (nint*)_pin.AddrOfPinnedObject();

    internal readonly int Count => _tensors.Count;

    public void Dispose()
    {
        for (var i = 0; i < _held; i++) _tensors[i].Handle.DangerousRelease();
        _held = 0;
        _pin.Free();
        ArrayPool<nint>.Shared.Return(_pointers);
    }
}
