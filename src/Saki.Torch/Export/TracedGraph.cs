using Saki.Onnx;

namespace Saki.Torch.Export;

/// <summary>The ONNX graph in the making: which value each traced tensor is now, and its shape for the traced batch.</summary>
internal sealed class TracedGraph(OnnxGraphBuilder builder, IReadOnlyDictionary<Tensor, string> parameters)
{
    private readonly Dictionary<Tensor, (string Value, IReadOnlyList<long> Shape)> _values = new(ReferenceEqualityComparer.Instance);
    private int _constants;

    /// <summary>From here on <paramref name="tensor"/> is <paramref name="value"/>; an in-place operation renames its tensor.</summary>
    internal void Name(Tensor tensor, string value, IReadOnlyList<long> shape) => _values[tensor] = (value, shape);

    /// <summary>The value that <paramref name="tensor"/> is now; a parameter becomes an initializer at its first use.</summary>
    internal string ValueOf(Tensor tensor, string role)
    {
        if (_values.TryGetValue(tensor, out var known)) return known.Value;
        if (!parameters.TryGetValue(tensor, out var name))
        {
            throw new SakiException("Exporting the network", $"{role} made by a traced operation, a parameter or a buffer",
                "a tensor that forward made by other means", "Register constants with register_buffer.");
        }
        var shape = tensor.shape;
        using var scope = torch.NewDisposeScope();
        var elements = tensor.cpu().to(torch.float32).contiguous().ToArray<float>();
        Name(tensor, builder.Initializer(name, elements, shape), shape);
        return name;
    }

    /// <summary>The shape that <paramref name="tensor"/> had when it was traced, batch axis included.</summary>
    internal IReadOnlyList<long> ShapeOf(Tensor tensor) => _values.TryGetValue(tensor, out var known) ? known.Shape : tensor.shape;

    internal string Node(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) => builder.Node(op, inputs, attributes);

    /// <summary>A float32 constant; without a shape, a scalar.</summary>
    internal string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) => builder.Initializer(Fresh(), values, shape);

    /// <summary>A vector of int64.</summary>
    internal string Constant(ReadOnlySpan<long> values) => builder.Initializer(Fresh(), values, values.Length);

    private string Fresh()
    {
        string name;
        do name = $"constant_{_constants++}";
        while (builder.Knows(name));
        return name;
    }
}
