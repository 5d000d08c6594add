using System.Runtime.InteropServices;

namespace Saki.Torch.Interop;

// Layers, losses, gradients, optimisers.
internal static partial class NativeMethods
{
    // recompute.cpp
    [LibraryImport(Library)] internal static unsafe partial int saki_recompute(TensorHandle input, delegate* unmanaged<nint, nint, byte, nint> part, delegate* unmanaged<nint, void> release, nint context, out nint result);
    // network.cpp
    [LibraryImport(Library)] internal static partial int saki_conv2d(TensorHandle input, TensorHandle weight, TensorHandle bias, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, long groups, out nint result);
    [LibraryImport(Library)] internal static partial int saki_linear(TensorHandle input, TensorHandle weight, TensorHandle bias, out nint result);
    [LibraryImport(Library)] internal static partial int saki_max_pool2d(TensorHandle input, ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, ReadOnlySpan<long> dilation, Flag ceilMode, out nint result);
    [LibraryImport(Library)] internal static partial int saki_avg_pool2d(TensorHandle input, ReadOnlySpan<long> kernel, ReadOnlySpan<long> stride, ReadOnlySpan<long> padding, Flag ceilMode, Flag countIncludePad, out nint result);
    [LibraryImport(Library)] internal static partial int saki_adaptive_avg_pool2d(TensorHandle input, ReadOnlySpan<long> size, out nint result);
    [LibraryImport(Library)] internal static partial int saki_batch_norm(TensorHandle input, TensorHandle weight, TensorHandle bias, TensorHandle mean, TensorHandle var, TensorHandle counter, Flag training, double momentum, double eps, out nint result);
    [LibraryImport(Library)] internal static partial int saki_layer_norm(TensorHandle input, ReadOnlySpan<long> shape, int dims, TensorHandle weight, TensorHandle bias, double eps, out nint result);
    [LibraryImport(Library)] internal static partial int saki_dropout(TensorHandle input, double p, Flag training, out nint result);
    [LibraryImport(Library)] internal static partial int saki_relu(TensorHandle input, out nint result);
    [LibraryImport(Library)] internal static partial int saki_relu_(TensorHandle input);
    [LibraryImport(Library)] internal static partial int saki_silu(TensorHandle input, out nint result);
    [LibraryImport(Library)] internal static partial int saki_sigmoid(TensorHandle input, out nint result);
    [LibraryImport(Library)] internal static partial int saki_tanh(TensorHandle input, out nint result);
    [LibraryImport(Library)] internal static partial int saki_gelu(TensorHandle input, Flag tanh, out nint result);
    [LibraryImport(Library)] internal static partial int saki_softmax(TensorHandle input, long dim, out nint result);
    [LibraryImport(Library)] internal static partial int saki_log_softmax(TensorHandle input, long dim, out nint result);
    [LibraryImport(Library)] internal static partial int saki_cross_entropy(TensorHandle input, TensorHandle target, TensorHandle weight, long reduction, long ignoreIndex, double labelSmoothing, out nint result);
    [LibraryImport(Library)] internal static partial int saki_nll_loss(TensorHandle input, TensorHandle target, TensorHandle weight, long reduction, long ignoreIndex, out nint result);
    [LibraryImport(Library)] internal static partial int saki_mse_loss(TensorHandle input, TensorHandle target, long reduction, out nint result);
    [LibraryImport(Library)] internal static partial int saki_pad(TensorHandle input, ReadOnlySpan<long> padding, int count, double value, out nint result);
    [LibraryImport(Library)] internal static partial int saki_upsample(TensorHandle input, ReadOnlySpan<long> size, Flag bilinear, out nint result);
    // autograd.cpp
    [LibraryImport(Library)] internal static partial Flag saki_requires_grad(TensorHandle tensor);
    [LibraryImport(Library)] internal static partial int saki_set_requires_grad(TensorHandle tensor, Flag value);
    [LibraryImport(Library)] internal static partial int saki_grad(TensorHandle tensor, out nint result);
    [LibraryImport(Library)] internal static partial int saki_set_grad(TensorHandle tensor, TensorHandle grad);
    [LibraryImport(Library)] internal static unsafe partial int saki_zero_grad(nint* tensors, int count);
    [LibraryImport(Library)] internal static partial int saki_backward(TensorHandle tensor, TensorHandle gradient, Flag retainGraph);
    [LibraryImport(Library)] internal static partial int saki_detach(TensorHandle tensor, out nint result);
    // optim.cpp
    [LibraryImport(Library)] internal static unsafe partial int saki_sgd_step(nint* parameters, nint* buffers, Span<long> steps, int count, double lr, double momentum, double dampening, double weightDecay, Flag nesterov);
    [LibraryImport(Library)] internal static unsafe partial int saki_adam_step(nint* parameters, nint* expAvg, nint* expAvgSq, Span<long> steps, int count, double lr, double beta1, double beta2, double eps, double weightDecay, Flag decoupled);
    [LibraryImport(Library)] internal static unsafe partial int saki_clip_grad_norm(nint* parameters, int count, double maxNorm, out double total);
}
