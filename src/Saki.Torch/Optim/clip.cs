using Saki.Torch.Interop;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Optim;

/// <summary>torch.nn.utils.clip_grad_norm_.</summary>
public static class clip
{
    /// <summary>Scales all gradients together so that their joint 2-norm is at most <paramref name="max_norm"/>; gives the norm before.</summary>
    public static unsafe double clip_grad_norm_(IReadOnlyList<Tensor> parameters, double max_norm)
    {
        using var list = new HandleList(parameters);
        Tensor.Check(saki_clip_grad_norm(list.Pointer, list.Count, max_norm, out var total), "clip_grad_norm_");
        return total;
    }
}
