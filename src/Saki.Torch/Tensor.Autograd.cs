using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch;

// Gradients.
public sealed partial class Tensor
{
    /// <summary>Whether operations on it are remembered for <see cref="backward"/>.</summary>
    public bool requires_grad
    {
        get => saki_requires_grad(Handle);
        set => Check(saki_set_requires_grad(Handle, value), "requires_grad", this);
    }

    /// <summary>The gradient so far, a new handle to dispose; null when there is none. Setting null drops it.</summary>
    public Tensor? grad
    {
        get
        {
            Check(saki_grad(Handle, out var result), "grad", this);
            return result == 0 ? null : new Tensor(result);
        }
        set => Check(saki_set_grad(Handle, Optional(value)), "grad", this, value);
    }

    /// <summary>Sets <see cref="requires_grad"/>; returns this.</summary>
    public Tensor requires_grad_(bool value = true)
    {
        requires_grad = value;
        return this;
    }

    /// <summary>Adds the gradients of this value to all tensors that it depends on. Needs <paramref name="gradient"/> when it is not a single value.</summary>
    public void backward(Tensor? gradient = null, bool retain_graph = false)
    {
        OpTrace.Refuse("backward");
        Check(saki_backward(Handle, Optional(gradient), retain_graph), "backward", this);
    }

    /// <summary>The same memory without history.</summary>
    public Tensor detach() => Traced("identity", Take(saki_detach(Handle, out var result), result, "detach", this));
}
