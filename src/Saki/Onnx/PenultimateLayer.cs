namespace Saki.Onnx;

/// <summary>
/// Finds what a classifier's last layer with weights looks at: the picture as the network sees it, good for distances between pictures.
/// <code>
/// … → features → Gemm | MatMul | Conv (weights) → Add, Mul, Reshape, Softmax, … → output
///       ^ this
/// </code>
/// </summary>
public static class PenultimateLayer
{
    private const int MostSteps = 32;

    private static readonly HashSet<string> Weighted = ["Gemm", "MatMul", "Conv", "QLinearMatMul", "QGemm"];

    // What may stand between the last weights and the answer.
    private static readonly HashSet<string> After =
        ["Add", "Sub", "Mul", "Div", "Identity", "Softmax", "LogSoftmax", "Sigmoid", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Cast", "Clip", "QuantizeLinear", "DequantizeLinear", "GlobalAveragePool", "ReduceMean", "Sum", "Mean"];

    /// <summary>A copy of <paramref name="model"/> with those features as its last output; null when they cannot be told.</summary>
    /// <param name="model">Not changed.</param>
    /// <param name="output">The output that holds the classes.</param>
    public static ModelProto? Expose(ModelProto model, string output)
    {
        if (Find(model.Graph, output) is not { } features) return null;
        var copy = model.Clone();
        if (copy.Graph.Output.All(value => value.Name != features)) copy.Graph.Output.Add(new ValueInfoProto { Name = features });
        return copy;
    }

    /// <summary>The name of those features; null when they cannot be told.</summary>
    /// <inheritdoc cref="Expose" path="/param"/>
    public static string? Find(GraphProto graph, string output)
    {
        var makers = new Dictionary<string, NodeProto>(StringComparer.Ordinal);
        var moving = graph.Input.Select(input => input.Name).Except(graph.Initializer.Select(weights => weights.Name), StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        // Nodes are in an order in which each comes after what it uses; what depends on the input moves, the rest are weights.
        foreach (var node in graph.Node)
        {
            foreach (var made in node.Output) makers[made] = node;
            if (node.Input.Any(moving.Contains)) moving.UnionWith(node.Output);
        }
        var name = output;
        for (var step = 0; step < MostSteps; step++)
        {
            if (!makers.TryGetValue(name, out var node)) return null;
            var from = node.Input.Where(moving.Contains).ToArray();
            if (Weighted.Contains(node.OpType) && from.Length == 1) return makers.ContainsKey(from[0]) ? from[0] : null;
            if (from.Length == 0 || !After.Contains(node.OpType)) return null;
            name = from[0];
        }
        return null;
    }
}
