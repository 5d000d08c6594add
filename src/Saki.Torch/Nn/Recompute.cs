using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Saki.Torch.Tracing;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Nn;

/// <summary>
/// Runs a part of a network without keeping its inner values; the backward pass computes them again: less memory for about a third more arithmetic,
/// the same gradients. The second pass draws the same random numbers (of the CPU), computes under the same autocast, and leaves running statistics alone.
/// </summary>
internal sealed unsafe class Recompute
{
    [ThreadStatic] private static bool t_inside, t_again;

    private readonly Func<Tensor, Tensor> _part;
    private ExceptionDispatchInfo? _failure;

    private Recompute(Func<Tensor, Tensor> part) => _part = part;

    /// <summary>Whether this thread is in the second pass of a part.</summary>
    internal static bool Again => t_again;

    /// <summary><paramref name="part"/> of <paramref name="input"/>; as it is where no gradients are wanted, inside another such part, and while tracing.</summary>
    internal static Tensor Run(Func<Tensor, Tensor> part, Tensor input)
    {
        if (t_inside || !torch.is_grad_enabled() || OpTrace.Current is not null) return part(input);
        var pass = new Recompute(part);
        var context = GCHandle.Alloc(pass); // freed by libtorch, in failures too
        var status = saki_recompute(input.Handle, &Call, &Release, GCHandle.ToIntPtr(context), out var result);
        pass._failure?.Throw();
        return Tensor.Take(status, result, "recompute", input);
    }

    private nint Pass(nint input, bool again)
    {
        var before = t_again;
        (t_inside, t_again) = (true, again);
        try
        {
            using var scope = torch.NewDisposeScope();
            var given = Tensor.Take(0, input, "recompute");
            using var output = _part(given);
            Tensor.Check(saki_alias(output.Handle, out var owned), "recompute", output);
            return owned;
        }
        catch (Exception failure)
        {
            _failure = ExceptionDispatchInfo.Capture(failure);
            return 0;
        }
        finally
        {
            (t_inside, t_again) = (false, before);
        }
    }

    [UnmanagedCallersOnly]
    private static nint Call(nint context, nint input, byte again) => ((Recompute)GCHandle.FromIntPtr(context).Target!).Pass(input, again != 0);

    [UnmanagedCallersOnly]
    private static void Release(nint context) => GCHandle.FromIntPtr(context).Free();
}
