using Saki.Torch.Interop;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Optim;

/// <summary>Stochastic gradient descent (torch.optim.SGD).</summary>
/// <param name="parameters">What to update; stay the caller's.</param>
/// <param name="lr">Learning rate.</param>
/// <param name="momentum">Part of the last step that is kept, in [0, 1).</param>
/// <param name="dampening">Part of the gradient that does not enter the momentum.</param>
/// <param name="weight_decay">Added to the gradient, times the parameter.</param>
/// <param name="nesterov">Look ahead; needs momentum and no dampening.</param>
public sealed class SGD(IReadOnlyList<Tensor> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false)
    : Optimizer(Validated(parameters, momentum, dampening, nesterov), lr, weight_decay, momentum == 0 ? [] : ["momentum_buffer"])
{
    private protected override void Update(Group group, double lr) => Run(group.Parameters, group.Slots.Length == 0 ? [] : group.Slots[0], group.Steps, lr, momentum, dampening, group.WeightDecay, nesterov);

    internal static unsafe void Run(Tensor[] parameters, Tensor[] momenta, long[] steps, double lr, double momentum, double dampening, double weight_decay, bool nesterov)
    {
        using var values = new HandleList(parameters);
        using var buffers = new HandleList(momenta);
        Tensor.Check(saki_sgd_step(values.Pointer, buffers.Pointer, steps, values.Count, lr, momentum, dampening, weight_decay, nesterov), "SGD.step");
    }

    private static IReadOnlyList<Tensor> Validated(IReadOnlyList<Tensor> parameters, double momentum, double dampening, bool nesterov)
    {
        if (momentum is < 0 or >= 1) throw new TorchException("making SGD", "a momentum in [0, 1)", $"{momentum}");
        if (nesterov && (momentum == 0 || dampening != 0)) throw new TorchException("making SGD", "momentum and no dampening for nesterov", $"momentum {momentum}, dampening {dampening}");
        return parameters;
    }
}
