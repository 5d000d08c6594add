using Saki.Torch.Interop;
using static Saki.Torch.Interop.NativeMethods;

namespace Saki.Torch.Optim;

/// <summary>Adam (Kingma and Ba, 2015; torch.optim.Adam): weight decay joins the gradient.</summary>
/// <param name="parameters">What to update; stay the caller's.</param>
/// <param name="lr">Learning rate.</param>
/// <param name="beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="eps">Added to the divisor.</param>
/// <param name="weight_decay">Added to the gradient, times the parameter.</param>
public sealed class Adam(IReadOnlyList<Tensor> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0)
    : Optimizer(parameters, lr, weight_decay, "exp_avg", "exp_avg_sq")
{
    private protected override void Update(Group group, double lr) => AdamStep.Run(group.Parameters, group.Slots, group.Steps, lr, beta1, beta2, eps, group.WeightDecay, decoupled: false);
}

/// <summary>AdamW (Loshchilov and Hutter, 2019; torch.optim.AdamW): weight decay shrinks the parameter itself.</summary>
/// <param name="parameters">What to update; stay the caller's.</param>
/// <param name="lr">Learning rate.</param>
/// <param name="beta1">Decay of the mean of gradients, in [0, 1).</param>
/// <param name="beta2">Decay of the mean of squared gradients, in [0, 1).</param>
/// <param name="eps">Added to the divisor.</param>
/// <param name="weight_decay">Part of the parameter, times lr, that is taken off each step.</param>
public sealed class AdamW(IReadOnlyList<Tensor> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 1e-2)
    : Optimizer(parameters, lr, weight_decay, "exp_avg", "exp_avg_sq")
{
    private protected override void Update(Group group, double lr) => AdamStep.Run(group.Parameters, group.Slots, group.Steps, lr, beta1, beta2, eps, group.WeightDecay, decoupled: true);
}

internal static class AdamStep
{
    internal static unsafe void Run(Tensor[] parameters, Tensor[][] slots, long[] steps, double lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled)
    {
        using var values = new HandleList(parameters);
        using var means = new HandleList(slots[0]);
        using var squares = new HandleList(slots[1]);
        Tensor.Check(saki_adam_step(values.Pointer, means.Pointer, squares.Pointer, steps, values.Count, lr, beta1, beta2, eps, weight_decay, decoupled), "Adam.step");
    }
}
