using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Inference.Serving;

/// <summary>Holds a request's tensors against what the model declares.</summary>
internal static class TensorCheck
{
    private const string Operation = "Reading the request";

    /// <summary>The inputs in the model's order, and how many rows they have (1 for a model without rows).</summary>
    /// <exception cref="SakiException">A name, type, shape or length is not the model's.</exception>
    public static (IReadOnlyList<TensorInput> Ordered, int Rows) Order(TensorModel model, IReadOnlyList<TensorInput> inputs)
    {
        if (inputs.Count != model.Inputs.Count) throw Names(model, inputs);
        var ordered = new TensorInput[inputs.Count];
        var rows = -1L;
        for (var i = 0; i < ordered.Length; i++)
        {
            var info = model.Inputs[i];
            var input = Find(inputs, info.Name) ?? throw Names(model, inputs);
            if (input.Type != info.ElementType) throw new SakiException(Operation, $"{info.ElementType} elements for \"{info.Name}\"", $"{input.Type}");
            CheckShape(input, info);
            CheckLength(input);
            var mine = model.MaxRows > 0 && model.InputRows[i].HasBatchAxis ? input.Shape[0] : 1;
            if (rows >= 0 && mine != rows) throw new SakiException(Operation, "the same number of rows in every input", $"{rows} and {mine}");
            rows = mine;
            ordered[i] = input;
        }
        return rows > 0 ? (ordered, (int)rows) : throw new SakiException(Operation, "at least one row", "none");
    }

    /// <summary>A JSON tensor as bytes.</summary>
    public static TensorInput ToBinary(TensorInput input, RowSpec spec, int rows)
    {
        var bytes = new byte[checked(rows * spec.Bytes)];
        JsonTensor.Read(input.Content.Span, input.Type, bytes);
        return input with { Content = bytes, Form = TensorForm.Binary };
    }

    private static TensorInput? Find(IReadOnlyList<TensorInput> inputs, string name)
    {
        TensorInput? found = null;
        for (var i = 0; i < inputs.Count; i++)
        {
            if (inputs[i].Name != name) continue;
            if (found is not null) return null;
            found = inputs[i];
        }
        return found;
    }

    private static void CheckShape(TensorInput input, OrtValueInfo info)
    {
        if (info.Shape is not { } shape) return;
        var fits = shape.Count == input.Shape.Length;
        for (var axis = 0; fits && axis < shape.Count; axis++) fits = shape[axis].IsFree || shape[axis].Size == input.Shape[axis];
        if (!fits) throw new SakiException(Operation, $"{info}", $"the shape [{string.Join(", ", input.Shape)}]");
    }

    private static void CheckLength(TensorInput input)
    {
        var count = input.Count();
        if (input.Texts is { } texts)
        {
            if (texts.Length != count) throw new SakiException(Operation, $"{count} texts for \"{input.Name}\", as its shape says", $"{texts.Length}");
        }
        else if (input.Form == TensorForm.Binary && count * input.Type.Bytes() != input.Content.Length)
            throw new SakiException(Operation, $"{count * input.Type.Bytes()} bytes for \"{input.Name}\", as its shape and type say", $"{input.Content.Length}");
        else if (input.Form == TensorForm.Json && count > input.Content.Length)
            throw new SakiException(Operation, $"{count} elements for \"{input.Name}\", as its shape says", "fewer"); // before memory is made for them
    }

    private static SakiException Names(TensorModel model, IReadOnlyList<TensorInput> inputs) =>
        new(Operation, $"the inputs {string.Join(", ", model.Inputs.Select(info => $"\"{info.Name}\""))}, each once", string.Join(", ", inputs.Take(16).Select(input => $"\"{Shown(input.Name)}\"")));

    private static string Shown(string name) => PlainText.Of(name, 64);
}
