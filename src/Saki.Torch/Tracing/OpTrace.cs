namespace Saki.Torch.Tracing;

/// <summary>
/// Records, in order, what forward code does on this thread between <see cref="Start"/> and <see cref="Dispose"/>: the source of an ONNX graph.
/// Tensors are identified by reference. A tensor that no recorded operation made is an input, a parameter, a buffer or a constant.
/// An in-place operation has the same object as input and output, so names must be assigned operation by operation.
/// </summary>
/// <remarks>
/// Operations and attributes, named and valued as in PyTorch (pairs are long[2], h then w): conv2d(input, weight, bias?; stride, padding, dilation, groups) ·
/// linear(input, weight, bias?) · batch_norm(input, weight?, bias?, mean, var; eps) · layer_norm(input, weight?, bias?; normalized_shape, eps) ·
/// max_pool2d(kernel_size, stride, padding, dilation, ceil_mode) · avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad) · adaptive_avg_pool2d(output_size) ·
/// relu, silu, sigmoid, tanh, exp, log, sqrt, abs, neg, identity · gelu(approximate = "none" | "tanh") · softmax(dim), log_softmax(dim) · flatten(start_dim, end_dim) · reshape(shape) · permute(dims) ·
/// transpose(dim0, dim1) · squeeze(dim), unsqueeze(dim) · add, sub, mul, div, pow (two tensors, or one tensor and scalar) · matmul · cat(dim) · mean(dim, keepdim), sum(dim, keepdim) · clamp(min?, max?) · pad(pad, value) ·
/// narrow(dim, start, length) · flip(dims) · upsample(size, mode).
/// All other operations on tensors that depend on the input throw while a trace runs.
/// </remarks>
public sealed class OpTrace : IDisposable
{
    [ThreadStatic] private static OpTrace? t_current;

    private readonly List<TracedOp> _operations = [];

    private OpTrace() { }

    /// <summary>What was recorded so far.</summary>
    public IReadOnlyList<TracedOp> Operations => _operations;

    /// <summary>Starts to record this thread's operations.</summary>
    /// <exception cref="InvalidOperationException">A trace already runs on this thread.</exception>
    public static OpTrace Start()
    {
        if (t_current is not null) throw new InvalidOperationException("A trace already runs on this thread.");
        return t_current = new OpTrace();
    }

    /// <summary>Stops recording; what was recorded stays.</summary>
    public void Dispose()
    {
        if (t_current == this) t_current = null;
    }

    internal static OpTrace? Current => t_current;

    internal void Record(string name, Tensor output, Tensor?[] inputs, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        var values = new Dictionary<string, object>(attributes.Length);
        foreach (var (key, value) in attributes)
            if (value is not null) values.Add(key, value);
        _operations.Add(new TracedOp(name, inputs, values, output));
    }

    /// <summary>Called first by operations that ONNX export does not know.</summary>
    internal static void Refuse(string operation)
    {
        if (t_current is not null)
            throw new TorchException($"Tracing {operation}", "only operations that can be exported to ONNX", operation, "Compute it outside the network, or write it with exportable operations.");
    }
}

/// <summary>One recorded operation.</summary>
/// <param name="Name">As in PyTorch: "conv2d". The list is in <see cref="OpTrace"/>.</param>
/// <param name="Inputs">In PyTorch's order; null for an absent optional one.</param>
/// <param name="Attributes">long, double, bool, string or long[]; an absent one is its default in PyTorch.</param>
/// <param name="Output">The result. It may be disposed by now; its identity is what counts.</param>
public sealed record TracedOp(string Name, IReadOnlyList<Tensor?> Inputs, IReadOnlyDictionary<string, object> Attributes, Tensor Output)
{
    /// <summary>Shape of <see cref="Output"/> when it was recorded.</summary>
    public IReadOnlyList<long> OutputShape { get; } = Output.shape;

    /// <summary>Type of <see cref="Output"/> when it was recorded.</summary>
    public ScalarType OutputType { get; } = Output.dtype;
}
