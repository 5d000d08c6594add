namespace Saki.Torch.Optim;

/// <summary>
/// Muon (Jordan et al., 2024): the momentum of each weight matrix is replaced by the nearest semi-orthogonal one, found by a few Newton-Schulz iterations
/// X ← a·X + (b·A + c·A²)·X with A = X·Xᵀ. Convolutions count as [out, in·kH·kW]. All other parameters follow plain SGD.
/// </summary>
/// <param name="matrices">At least two dimensions, hidden layers only; stay the caller's.</param>
/// <param name="others">Biases, normalisation, the last layer; stay the caller's.</param>
/// <param name="lr">Learning rate of the matrices.</param>
/// <param name="sgd_lr">Learning rate of the others; scaled by schedules with <paramref name="lr"/>.</param>
/// <param name="momentum">Part of the last step that is kept, in [0, 1).</param>
/// <param name="nesterov">Look ahead.</param>
/// <param name="weight_decay">Of the others, added to the gradient: the matrices are scaled to norm √out before each step instead (airbench), which normalised networks do not feel.</param>
/// <param name="iterations">Newton-Schulz iterations.</param>
public sealed class Muon(IReadOnlyList<Tensor> matrices, IReadOnlyList<Tensor> others, double lr, double sgd_lr, double momentum = 0.9, bool nesterov = true, double weight_decay = 0, int iterations = 3)
    : Optimizer([.. matrices, .. others], lr, weight_decay, "momentum_buffer")
{
    // Jordan's coefficients: singular values from nearly 0 come to about 1 within few iterations; they do not converge, which does no harm.
    private const double A = 3.4445, B = -4.7750, C = 2.0315;

    private readonly HashSet<Tensor> _matrices = new(matrices, ReferenceEqualityComparer.Instance);
    private readonly double _ratio = sgd_lr / lr;

    private protected override void Update(Group group, double lr)
    {
        using var _ = torch.no_grad();
        var rest = new List<int>();
        for (var i = 0; i < group.Parameters.Length; i++)
        {
            if (!_matrices.Contains(group.Parameters[i])) rest.Add(i);
            else if (group.Parameters[i].grad is { } grad)
            {
                using (grad) Step(group.Parameters[i], grad, group.Slots[0][i], lr);
                group.Steps[i]++;
            }
        }
        if (rest.Count == 0) return;
        long[] steps = [.. rest.Select(i => group.Steps[i])];
        SGD.Run([.. rest.Select(i => group.Parameters[i])], [.. rest.Select(i => group.Slots[0][i])], steps, lr * _ratio, momentum, 0, group.WeightDecay, nesterov && momentum > 0);
        for (var i = 0; i < rest.Count; i++) group.Steps[rest[i]] = steps[i];
    }

    private void Step(Tensor parameter, Tensor grad, Tensor buffer, double lr)
    {
        using var scope = torch.NewDisposeScope();
        buffer.mul_(momentum).add_(grad);
        var direction = nesterov ? grad.clone().add_(buffer, momentum) : buffer;
        var update = Orthogonal(direction.reshape(parameter.size(0), -1), iterations).reshape(parameter.shape);
        parameter.mul_(Math.Sqrt(parameter.size(0)) / (Norm(parameter) + 1e-12)).add_(update, -lr);
    }

    /// <summary>About U·Vᵀ of <paramref name="matrix"/>'s singular value decomposition; in the current dispose scope.</summary>
    internal static Tensor Orthogonal(Tensor matrix, int iterations)
    {
        var tall = matrix.size(0) > matrix.size(1);
        var x = (tall ? matrix.t() : matrix).mul(1 / (Norm(matrix) + 1e-7));
        for (var i = 0; i < iterations; i++)
        {
            var a = x.matmul(x.t());
            var polynomial = a.matmul(a).mul_(C).add_(a, B);
            x = polynomial.matmul(x).add_(x, A);
        }
        return tall ? x.t() : x;
    }

    private static double Norm(Tensor tensor)
    {
        using var squares = tensor.square();
        using var sum = squares.sum();
        return Math.Sqrt(sum.item());
    }
}
