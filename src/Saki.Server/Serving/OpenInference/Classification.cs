using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>Triton's classification extension: the best classes of each row as texts "value:index:label".</summary>
internal static class Classification
{
    public static TensorOutput Top(TensorOutput output, int count, IReadOnlyList<string>? labels)
    {
        if (output.Type != OrtElementType.Float32 || output.Shape.Length == 0) throw new RequestException(400, "Answering", "an output of FP32 rows to classify", $"{OipTypes.Name(output.Type)}");
        var rows = output.Shape.Length == 1 ? 1 : (int)output.Shape[0];
        var values = MemoryMarshal.Cast<byte, float>(output.Content.Span);
        var classes = rows == 0 ? 0 : values.Length / rows;
        count = Math.Min(count, classes);
        var texts = new List<string>();
        for (var row = 0; row < rows; row++)
        {
            var mine = values.Slice(row * classes, classes).ToArray();
            var order = Enumerable.Range(0, classes).OrderByDescending(index => mine[index]).ThenBy(index => index).Take(count);
            texts.AddRange(order.Select(index => Text(mine[index], index, labels)));
        }
        long[] shape = output.Shape.Length == 1 ? [count] : [rows, count];
        return new TensorOutput(output.Name, OrtElementType.String, shape, default, [.. texts]);
    }

    private static string Text(float value, int index, IReadOnlyList<string>? labels) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:F6}:{index}") + (labels is not null && index < labels.Count ? $":{labels[index]}" : "");
}
