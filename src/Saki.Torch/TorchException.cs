using System.Text;

namespace Saki.Torch;

/// <summary>An operation that libtorch refused: its name, what it needs, and the types and shapes that it was given.</summary>
public sealed class TorchException : SakiException
{
    /// <param name="operation">The operation as PyTorch names it: "conv2d".</param>
    /// <param name="expected">What it needs.</param>
    /// <param name="got">The tensors it was given: "float32[2, 3] and int64[4]".</param>
    /// <param name="next">What to do, as a sentence; null when libtorch's own words already say it.</param>
    public TorchException(string operation, string expected, string got, string? next = null)
        : base(operation, expected, got, next)
    {
    }

    internal static TorchException Refused(string operation, string reason, ReadOnlySpan<Tensor?> inputs) =>
        new(operation, Expectation(operation), Describe(inputs), $"libtorch says: {FirstSentence(reason)}.");

    // The rule in words, for the operations where shapes go wrong most; the rest is libtorch's own text.
    private static string Expectation(string operation) => operation switch
    {
        "conv2d" => "an input [N, C, H, W], a weight [out, C / groups, kH, kW] and a bias [out]",
        "linear" => "an input [..., in], a weight [out, in] and a bias [out]",
        "matmul" => "operands whose inner sizes are equal",
        "batch_norm" => "an input [N, C, ...] and weight, bias, mean and variance of size C",
        "cross_entropy" => "logits [N, C], int64 targets [N] in [0, C) and class weights [C]",
        "add" or "sub" or "mul" or "div" or "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "maximum" or "minimum" => "shapes that broadcast together",
        "view" or "reshape" => "a shape with the same number of elements",
        "cat" or "stack" => "tensors that agree in all other dimensions",
        "backward" => "a single value that depends on a tensor with requires_grad",
        _ => "tensors of types and shapes that it can take",
    };

    private static string Describe(ReadOnlySpan<Tensor?> inputs)
    {
        if (inputs.IsEmpty) return "a request that it refuses";
        var text = new StringBuilder();
        for (var i = 0; i < inputs.Length; i++)
        {
            if (i > 0) text.Append(i == inputs.Length - 1 ? " and " : ", ");
            text.Append(inputs[i]?.Describe() ?? "none");
        }
        return text.ToString();
    }

    // libtorch appends source positions and stacks after the first line.
    private static string FirstSentence(string reason)
    {
        var line = reason.AsSpan().Trim();
        var end = line.IndexOf('\n');
        return (end < 0 ? line : line[..end]).Trim().TrimEnd('.').ToString();
    }
}
