using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Inference.Serving;

/// <summary>A run with values of its own: any shape, texts, and answers that are sequences of maps (scikit-learn's classifiers).</summary>
internal static class LooseRun
{
    private const string Operation = "Running the model";

    public static IReadOnlyList<TensorOutput> Run(TensorModel model, IReadOnlyList<TensorInput> inputs, CancellationToken cancellation)
    {
        var values = new List<OrtValue>(inputs.Count);
        OrtValue[] outputs = [];
        try
        {
            foreach (var input in inputs) values.Add(Value(input));
            outputs = model.Run(CollectionsMarshal.AsSpan(values), cancellation);
            return [.. outputs.Select((value, i) => Read(model.Outputs[i].Name, value))];
        }
        finally
        {
            foreach (var value in values) value.Dispose();
            foreach (var output in outputs) output.Dispose();
        }
    }

    private static OrtValue Value(TensorInput input)
    {
        if (input.Texts is { } texts) return OrtValue.OfStrings(texts, input.Shape);
        var value = OrtValue.Allocate(input.Type, input.Shape);
        try
        {
            if (input.Form == TensorForm.Json) JsonTensor.Read(input.Content.Span, input.Type, value.Bytes);
            else input.Content.Span.CopyTo(value.Bytes);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    private static TensorOutput Read(string name, OrtValue value) => value.Kind switch
    {
        OrtValueKind.Tensor when value.ElementType == OrtElementType.String => new TensorOutput(name, OrtElementType.String, value.Shape, default, value.Strings()),
        OrtValueKind.Tensor => new TensorOutput(name, value.ElementType, value.Shape, value.Bytes.ToArray()),
        OrtValueKind.Sequence => Stack(name, value.Parts()),
        _ => throw Unsupported(name, value.Kind),
    };

    // A sequence of maps from class to probability becomes a table: one row per map, one column per class in the order of the keys.
    private static TensorOutput Stack(string name, OrtValue[] maps)
    {
        try
        {
            var rows = new List<float[]>();
            foreach (var map in maps)
            {
                if (map.Kind != OrtValueKind.Map) throw Unsupported(name, map.Kind);
                var parts = map.Parts();
                try
                {
                    if (parts[1].Kind != OrtValueKind.Tensor || parts[1].ElementType != OrtElementType.Float32) throw Unsupported(name, parts[1].Kind);
                    rows.Add(parts[1].Data<float>().ToArray());
                }
                finally
                {
                    foreach (var part in parts) part.Dispose();
                }
            }
            var columns = rows.Count == 0 ? 0 : rows[0].Length;
            if (rows.Any(row => row.Length != columns)) throw new SakiException(Operation, $"maps with the same keys in \"{name}\"", "different ones");
            var bytes = MemoryMarshal.AsBytes<float>(rows.SelectMany(row => row).ToArray()).ToArray();
            return new TensorOutput(name, OrtElementType.Float32, [rows.Count, columns], bytes);
        }
        finally
        {
            foreach (var map in maps) map.Dispose();
        }
    }

    private static SakiException Unsupported(string name, OrtValueKind kind) =>
        new(Operation, $"tensors, or a sequence of maps to numbers, from \"{name}\"", $"{kind}", "Export the model with tensors as outputs.");
}
