using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>Tensors in the JSON of MLflow and KServe v1: nested arrays, by input name or for the only input; base64 pictures where the model takes them.</summary>
internal static class JsonInstances
{
    private const string Operation = "Reading the request";

    /// <summary>The tensors behind a member of the request.</summary>
    /// <param name="skeleton">The request.</param>
    /// <param name="value">The member: an array, or an object of arrays by input name.</param>
    /// <param name="model">Whose inputs.</param>
    public static List<TensorInput> Tensors(JsonSkeleton skeleton, JsonElement value, ServedModel model)
    {
        var inputs = model.Tensors.Inputs;
        if (skeleton.TryGetArray(value, out var only))
            return inputs.Count == 1 ? [Tensor(inputs[0], only)] : throw Bad($"an object with the inputs {string.Join(", ", inputs.Select(input => input.Name))}", "one array");
        if (value.ValueKind != JsonValueKind.Object) throw Bad("an array, or an object of arrays", "something else");
        var tensors = new List<TensorInput>();
        foreach (var member in value.EnumerateObject())
        {
            var info = inputs.FirstOrDefault(input => input.Name == member.Name) ?? throw Bad($"the inputs {string.Join(", ", inputs.Select(input => input.Name))}", "another name");
            // Arrays of named inputs stay in the document: their names are the model's own and were not known when it was cut.
            tensors.Add(Tensor(info, System.Text.Encoding.UTF8.GetBytes(member.Value.GetRawText())));
        }
        return tensors;
    }

    private static TensorInput Tensor(OrtValueInfo info, ReadOnlyMemory<byte> array)
    {
        if (info.ElementType == OrtElementType.String)
        {
            var texts = OpenInference.OipText.OfJson(array);
            return new TensorInput(info.Name, info.ElementType, [texts.Length], default, Texts: texts);
        }
        var shape = JsonTensor.ShapeOf(array.Span);
        return new TensorInput(info.Name, info.ElementType, Fit(shape, info), array, TensorForm.Json);
    }

    // One column per element where the model wants pictures, as data frames have it: [2, 3072] fits [N, 3, 32, 32].
    private static long[] Fit(long[] shape, OrtValueInfo info)
    {
        if (info.Shape is not { } declared || declared.Count == shape.Length || shape.Length != 2 || declared.Skip(1).Any(axis => axis.IsFree)) return shape;
        var row = declared.Skip(1).Aggregate(1L, (product, axis) => product * axis.Size);
        return row == shape[1] ? [shape[0], .. declared.Skip(1).Select(axis => axis.Size)] : shape;
    }

    private static RequestException Bad(string expected, string got) => new(400, Operation, expected, got);
}
