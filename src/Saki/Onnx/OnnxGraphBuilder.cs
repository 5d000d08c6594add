using System.Runtime.InteropServices;
using Google.Protobuf;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Onnx;

/// <summary>
/// Builds one ONNX graph in the order of its computation: inputs and initializers, nodes, outputs. Every mistake is found where it is made:
/// an input that nothing has made yet, a name given twice, values that do not fill their shape. Not thread-safe.
/// </summary>
/// <param name="name">The graph's name for people.</param>
public sealed class OnnxGraphBuilder(string name)
{
    /// <summary>The standard operator set: the first with LayerNormalization.</summary>
    public const int Opset = 17;

    /// <summary>The representation's version that belongs to <see cref="Opset"/>.</summary>
    public const int IrVersion = 8;

    /// <summary>In a shape of <see cref="Input"/> or <see cref="Output"/>: the free batch axis, called <c>batch</c> in the file.</summary>
    public const long Batch = -1;

    private readonly GraphProto _graph = new() { Name = name };
    private readonly HashSet<string> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _serials = new(StringComparer.Ordinal);

    /// <summary>True when a value of this name was made.</summary>
    public bool Knows(string value) => _values.Contains(value);

    /// <summary>Declares what the caller gives and returns its name.</summary>
    public string Input(string value, DataType type, params ReadOnlySpan<long> shape)
    {
        Make(value, "input");
        _graph.Input.Add(Describe(value, type, shape));
        return value;
    }

    /// <summary>Adds a constant tensor of float32 values in row-major order and returns its name.</summary>
    public string Initializer(string value, ReadOnlySpan<float> elements, params ReadOnlySpan<long> shape) =>
        Initializer(value, DataType.Float, LittleEndian(elements), elements.Length, shape);

    /// <summary>Adds a constant tensor of int64 values in row-major order and returns its name.</summary>
    public string Initializer(string value, ReadOnlySpan<long> elements, params ReadOnlySpan<long> shape) =>
        Initializer(value, DataType.Int64, LittleEndian(elements), elements.Length, shape);

    /// <summary>Adds a node with one output and returns the output's name (made up from the operator).</summary>
    /// <param name="op">The operator of the standard set: <c>Conv</c>.</param>
    /// <param name="inputs">Names of values made before; empty for an optional input left out.</param>
    /// <param name="attributes">Its constants.</param>
    public string Node(string op, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { OpType = op, Name = Fresh(op) };
        foreach (var input in inputs)
        {
            if (input.Length > 0 && !_values.Contains(input))
                throw Wrong($"inputs of {op} that were made before it", $"\"{input}\", which nothing made");
            node.Input.Add(input);
        }
        foreach (var attribute in attributes) node.Attribute.Add(attribute);
        Make(node.Name, $"output of {op}");
        node.Output.Add(node.Name);
        _graph.Node.Add(node);
        return node.Name;
    }

    /// <summary>Declares that <paramref name="made"/> is what the caller gets, under the name <paramref name="value"/>.</summary>
    public void Output(string value, string made, DataType type, params ReadOnlySpan<long> shape)
    {
        if (!_values.Contains(made)) throw Wrong("an output that a node made", $"\"{made}\", which nothing made");
        Make(value, "output");
        if (_graph.Node.LastOrDefault(node => node.Output.Contains(made)) is { } maker && !_graph.Node.Any(node => node.Input.Contains(made)))
        {
            maker.Output[maker.Output.IndexOf(made)] = value;
            _values.Remove(made);
        }
        else
        {
            var copy = new NodeProto { OpType = "Identity", Name = Fresh("Identity") };
            copy.Input.Add(made);
            copy.Output.Add(value);
            _graph.Node.Add(copy);
        }
        _graph.Output.Add(Describe(value, type, shape));
    }

    /// <summary>The finished model. The builder must not be used afterwards.</summary>
    /// <param name="metadata">Pairs that travel in the file, written in the order of their keys so that equal models give equal bytes.</param>
    public ModelProto Build(IReadOnlyDictionary<string, string> metadata)
    {
        if (_graph.Input.Count == 0 || _graph.Output.Count == 0)
            throw Wrong("at least one input and one output", $"{_graph.Input.Count} and {_graph.Output.Count}");
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "saki",
            ProducerVersion = typeof(OnnxGraphBuilder).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = _graph,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        foreach (var (key, text) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = text });
        return model;
    }

    private string Initializer(string value, DataType type, ByteString content, int count, ReadOnlySpan<long> shape)
    {
        long expected = 1;
        foreach (var axis in shape) expected = checked(expected * axis);
        if (expected != count) throw Wrong($"{expected} values for \"{value}\"", $"{count}");
        Make(value, "initializer");
        var tensor = new TensorProto { Name = value, DataType = (int)type, RawData = content };
        foreach (var axis in shape) tensor.Dims.Add(axis);
        _graph.Initializer.Add(tensor);
        return value;
    }

    private static ByteString LittleEndian<T>(ReadOnlySpan<T> elements) where T : unmanaged
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("ONNX files are written on little-endian machines only.");
        return ByteString.CopyFrom(MemoryMarshal.AsBytes(elements));
    }

    private static ValueInfoProto Describe(string value, DataType type, ReadOnlySpan<long> shape)
    {
        var axes = new TensorShapeProto();
        foreach (var axis in shape)
            axes.Dim.Add(axis == Batch ? new TensorShapeProto.Types.Dimension { DimParam = "batch" } : new TensorShapeProto.Types.Dimension { DimValue = axis });
        return new ValueInfoProto { Name = value, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = axes } } };
    }

    // Conv_0, Conv_1, ...: readable in a profile. A parameter of that very name is stepped over.
    private string Fresh(string op)
    {
        string fresh;
        do
        {
            var serial = _serials.GetValueOrDefault(op);
            _serials[op] = serial + 1;
            fresh = $"{op}_{serial}";
        }
        while (_values.Contains(fresh));
        return fresh;
    }

    private void Make(string value, string role)
    {
        if (value.Length == 0) throw Wrong($"a name for the {role}", "an empty one");
        if (!_values.Add(value)) throw Wrong($"a name of its own for each value", $"\"{value}\" a second time, as {role}");
    }

    private SakiException Wrong(string expected, string got) => new($"Building the ONNX graph \"{_graph.Name}\"", expected, got);
}
