using Saki.Onnx;
using Saki.Torch.Tracing;
using static Saki.Onnx.Attributes;

namespace Saki.Torch.Export;

/// <summary>Each traced operation (the list stands in <see cref="OpTrace"/>) as nodes of opset 17.</summary>
internal static class OnnxOperations
{
    // Same name and meaning, one input, no attributes.
    private static readonly Dictionary<string, string> Plain = new(StringComparer.Ordinal)
    {
        ["relu"] = "Relu",
        ["sigmoid"] = "Sigmoid",
        ["tanh"] = "Tanh",
        ["exp"] = "Exp",
        ["log"] = "Log",
        ["sqrt"] = "Sqrt",
        ["abs"] = "Abs",
        ["neg"] = "Neg",
    };

    private static readonly Dictionary<string, string> Binary = new(StringComparer.Ordinal)
    {
        ["add"] = "Add",
        ["sub"] = "Sub",
        ["mul"] = "Mul",
        ["div"] = "Div",
        ["pow"] = "Pow",
    };

    /// <summary>Adds the nodes of <paramref name="op"/> and returns the value that is its output.</summary>
    /// <exception cref="SakiException">ONNX export does not know the operation.</exception>
    internal static string Translate(TracedGraph graph, TracedOp op)
    {
        var call = new Call(graph, op);
        if (Plain.TryGetValue(op.Name, out var plain)) return graph.Node(plain, [call[0]]);
        if (Binary.TryGetValue(op.Name, out var binary)) return graph.Node(binary, [call[0], call.Has(1) ? call[1] : graph.Constant([(float)call.Double("scalar")])]);
        return op.Name switch
        {
            "identity" => call[0],
            "conv2d" => Conv(call),
            "linear" => Linear(call),
            "batch_norm" => BatchNorm(call),
            "layer_norm" => LayerNorm(call),
            "max_pool2d" => graph.Node("MaxPool", [call[0]], [.. Window(call), Ints("dilations", call.Longs("dilation"))]),
            "avg_pool2d" => graph.Node("AveragePool", [call[0]], [.. Window(call), Int("count_include_pad", call.Flag("count_include_pad"))]),
            "adaptive_avg_pool2d" => AdaptivePool(call),
            "silu" => graph.Node("Mul", [call[0], graph.Node("Sigmoid", [call[0]])]),
            "gelu" => Gelu(call),
            "softmax" => graph.Node("Softmax", [call[0]], Int("axis", call.Long("dim"))),
            "log_softmax" => graph.Node("LogSoftmax", [call[0]], Int("axis", call.Long("dim"))),
            "flatten" or "reshape" => graph.Node("Reshape", [call[0], graph.Constant([-1, .. op.OutputShape.Skip(1)])]), // all but the batch axis are fixed
            "permute" => graph.Node("Transpose", [call[0]], Ints("perm", [.. call.Longs("dims").Select(dim => call.Axis(dim))])),
            "transpose" => Transpose(call),
            "squeeze" => call.ShapeOf(0)[(int)call.Axis(call.Long("dim"))] == 1 ? graph.Node("Squeeze", [call[0], graph.Constant([call.Long("dim")])]) : call[0],
            "unsqueeze" => graph.Node("Unsqueeze", [call[0], graph.Constant([call.Long("dim")])]),
            "matmul" => graph.Node("MatMul", [call[0], call[1]]),
            "cat" => graph.Node("Concat", call.All(), Int("axis", call.Long("dim"))),
            "mean" => graph.Node("ReduceMean", [call[0]], [.. Axes(call), Int("keepdims", call.Flag("keepdim"))]),
            "sum" => graph.Node("ReduceSum", call.Longs("dim") is { Length: > 0 } dims ? [call[0], graph.Constant(dims)] : [call[0]], Int("keepdims", call.Flag("keepdim"))),
            "clamp" => graph.Node("Clip", [call[0], call.OptionalScalar("min"), call.OptionalScalar("max")]),
            "pad" => Pad(call),
            "narrow" => Narrow(call),
            "flip" => Flip(call),
            "upsample" => Upsample(call),
            _ => throw new SakiException("Exporting the network", "operations that have an ONNX form", $"\"{op.Name}\"", "Write forward without it."),
        };
    }

    private static string Conv(Call call) =>
        call.Node("Conv", call.All(),
            Ints("strides", call.Longs("stride")), Ints("pads", BothEnds(call.Longs("padding"))), Ints("dilations", call.Longs("dilation")), Int("group", call.Long("groups")));

    private static string Linear(Call call)
    {
        if (call.ShapeOf(0).Count == 2) return call.Node("Gemm", call.All(), Int("transB", 1));
        var product = call.Node("MatMul", [call[0], call.Node("Transpose", [call[1]], Ints("perm", 1, 0))]);
        return call.Has(2) ? call.Node("Add", [product, call[2]]) : product;
    }

    private static string BatchNorm(Call call)
    {
        var channels = call.ShapeOf(0)[1];
        return call.Node("BatchNormalization", [call[0], call.OrFilled(1, 1, channels), call.OrFilled(2, 0, channels), call[3], call[4]],
            Float("epsilon", (float)call.Double("eps")));
    }

    private static string LayerNorm(Call call)
    {
        var shape = call.Longs("normalized_shape");
        var scale = call.OrFilled(1, 1, shape);
        return call.Node("LayerNormalization", call.Has(2) ? [call[0], scale, call[2]] : [call[0], scale],
            Int("axis", -shape.Length), Float("epsilon", (float)call.Double("eps")));
    }

    private static string AdaptivePool(Call call)
    {
        var (size, shape) = (call.Longs("output_size"), call.ShapeOf(0));
        var (height, width) = (shape[^2], shape[^1]);
        if (size is [1, 1]) return call.Node("GlobalAveragePool", [call[0]]);
        if (height % size[0] != 0 || width % size[1] != 0)
        {
            throw new SakiException("Exporting adaptive_avg_pool2d", "an output size that divides the input's", $"{height}x{width} to {size[0]}x{size[1]}",
                "Choose an input size that fits.");
        }
        long[] window = [height / size[0], width / size[1]];
        return call.Node("AveragePool", [call[0]], Ints("kernel_shape", window), Ints("strides", window));
    }

    // none: x·(1 + erf(x/√2))/2; tanh: x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2. Gelu itself only came with opset 20.
    private static string Gelu(Call call)
    {
        var x = call[0];
        string inner;
        if (call.Text("approximate") == "tanh")
        {
            var cube = call.Node("Mul", [call.Node("Mul", [x, x]), x]);
            var sum = call.Node("Add", [x, call.Node("Mul", [cube, call.Scalar(0.044715)])]);
            inner = call.Node("Tanh", [call.Node("Mul", [sum, call.Scalar(Math.Sqrt(2 / Math.PI))])]);
        }
        else
        {
            inner = call.Node("Erf", [call.Node("Div", [x, call.Scalar(Math.Sqrt(2))])]);
        }
        return call.Node("Mul", [call.Node("Mul", [x, call.Node("Add", [inner, call.Scalar(1)])]), call.Scalar(0.5)]);
    }

    private static string Transpose(Call call)
    {
        var order = Enumerable.Range(0, call.ShapeOf(0).Count).Select(axis => (long)axis).ToArray();
        var (a, b) = (call.Axis(call.Long("dim0")), call.Axis(call.Long("dim1")));
        (order[a], order[b]) = (order[b], order[a]);
        return call.Node("Transpose", [call[0]], Ints("perm", order));
    }

    // PyTorch lists pads from the last axis inwards, begin and end together; ONNX all begins first, then all ends.
    private static string Pad(Call call)
    {
        var pad = call.Longs("pad");
        var rank = call.ShapeOf(0).Count;
        var pads = new long[2 * rank];
        for (var i = 0; i < pad.Length / 2; i++) (pads[rank - 1 - i], pads[(2 * rank) - 1 - i]) = (pad[2 * i], pad[(2 * i) + 1]);
        return call.Node("Pad", [call[0], call.Vector(pads), call.Scalar(call.Double("value"))]);
    }

    private static string Narrow(Call call)
    {
        var (axis, start) = (call.Axis(call.Long("dim")), call.Long("start"));
        if (start < 0) start += call.ShapeOf(0)[(int)axis];
        return call.Node("Slice", [call[0], call.Vector(start), call.Vector(start + call.Long("length")), call.Vector(axis)]);
    }

    // A slice from the last element backwards to before the first.
    private static string Flip(Call call)
    {
        var axes = call.Longs("dims").Select(call.Axis).ToArray();
        var (last, before, back) = (Array.ConvertAll(axes, _ => -1L), Array.ConvertAll(axes, _ => -(long)int.MaxValue), Array.ConvertAll(axes, _ => -1L));
        return call.Node("Slice", [call[0], call.Vector(last), call.Vector(before), call.Vector(axes), call.Vector(back)]);
    }

    private static string Upsample(Call call)
    {
        var (size, shape) = (call.Longs("size"), call.ShapeOf(0));
        var scales = call.Floats(1, 1, (float)size[0] / shape[^2], (float)size[1] / shape[^1]);
        return call.Text("mode") == "bilinear"
            ? call.Node("Resize", [call[0], "", scales], String("mode", "linear"), String("coordinate_transformation_mode", "half_pixel"))
            : call.Node("Resize", [call[0], "", scales], String("mode", "nearest"), String("coordinate_transformation_mode", "asymmetric"), String("nearest_mode", "floor"));
    }

    private static AttributeProto[] Window(Call call) =>
    [
        Ints("kernel_shape", call.Longs("kernel_size")), Ints("strides", call.Longs("stride")),
        Ints("pads", BothEnds(call.Longs("padding"))), Int("ceil_mode", call.Flag("ceil_mode")),
    ];

    private static AttributeProto[] Axes(Call call) => call.Longs("dim") is { Length: > 0 } dims ? [Ints("axes", dims)] : [];

    private static long[] BothEnds(long[] pads) => [.. pads, .. pads];

    /// <summary>One operation being translated: its inputs as values and its attributes by type.</summary>
    private readonly struct Call(TracedGraph graph, TracedOp op)
    {
        internal string this[int input] => graph.ValueOf(op.Inputs[input]!, $"input {input} of {op.Name}");

        internal bool Has(int input) => input < op.Inputs.Count && op.Inputs[input] is not null;

        internal string[] All()
        {
            var values = new List<string>();
            for (var i = 0; i < op.Inputs.Count; i++)
                if (Has(i)) values.Add(this[i]);
            return [.. values];
        }

        internal IReadOnlyList<long> ShapeOf(int input) => graph.ShapeOf(op.Inputs[input]!);

        internal long Axis(long dim) => dim < 0 ? dim + ShapeOf(0).Count : dim;

        internal long Long(string name) => (long)Get(name);

        internal long Flag(string name) => (bool)Get(name) ? 1 : 0;

        internal double Double(string name) => Get(name) switch { double value => value, long value => value, var other => throw Odd(name, other) };

        internal string Text(string name) => (string)Get(name);

        internal long[] Longs(string name) => Get(name) switch { long[] values => values, long value => [value], var other => throw Odd(name, other) };

        internal string OptionalScalar(string name) => op.Attributes.ContainsKey(name) ? Scalar(Double(name)) : "";

        internal string OrFilled(int input, float value, params ReadOnlySpan<long> shape)
        {
            if (Has(input)) return this[input];
            long count = 1;
            foreach (var axis in shape) count *= axis;
            var filled = new float[count];
            Array.Fill(filled, value);
            return graph.Constant(filled, shape);
        }

        internal string Scalar(double value) => graph.Constant([(float)value]);

        internal string Floats(params ReadOnlySpan<float> values) => graph.Constant(values, values.Length);

        internal string Vector(params ReadOnlySpan<long> values) => graph.Constant(values);

        internal string Node(string name, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes) => graph.Node(name, inputs, attributes);

        private object Get(string name) => op.Attributes.TryGetValue(name, out var value) ? value : throw Odd(name, null);

        private InvalidOperationException Odd(string name, object? value) => new($"The trace of {op.Name} holds {name} = {value ?? "nothing"}.");
    }
}
