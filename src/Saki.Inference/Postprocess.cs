using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;

namespace Saki.Inference;

/// <summary>From the model's output row to an answer. Plain scalar code in a fixed order: the same row gives the same bits.</summary>
internal static class Postprocess
{
    /// <summary>Turns a raw output row into what <see cref="OutputKind"/> says a person sees, in place.</summary>
    /// <exception cref="SakiException">A value is not a finite number.</exception>
    public static void Apply(OutputKind kind, Span<float> row)
    {
        foreach (var value in row)
            if (!float.IsFinite(value)) throw new SakiException("Running the model", "finite numbers", $"{value}", "The model or its normalisation is wrong for this picture.");
        if (kind == OutputKind.Logits) Softmax(row);
    }

    /// <summary>The best <paramref name="count"/> classes, best first; equal values keep the order of the labels.</summary>
    public static ClassProbability[] Top(ReadOnlySpan<float> row, IReadOnlyList<string> labels, int count)
    {
        var order = new int[row.Length];
        for (var i = 0; i < order.Length; i++) order[i] = i;
        var values = row.ToArray();
        Array.Sort(order, (a, b) => values[a] == values[b] ? a.CompareTo(b) : values[b].CompareTo(values[a]));
        var top = new ClassProbability[Math.Clamp(count, 1, row.Length)];
        for (var i = 0; i < top.Length; i++) top[i] = new ClassProbability(labels[order[i]], values[order[i]]);
        return top;
    }

    /// <summary>The best class, or the reject class when its probability is too low.</summary>
    public static string Class(Pipeline pipeline, ClassProbability best) =>
        pipeline.Reject is { } reject && best.Probability < reject.Below ? reject.As : best.Class;

    /// <summary>A tensor's elements as float32.</summary>
    public static void ToFloat(ReadOnlySpan<byte> bytes, OrtElementType type, Span<float> row)
    {
        switch (type)
        {
            case OrtElementType.Float32: MemoryMarshal.Cast<byte, float>(bytes).CopyTo(row); break;
            case OrtElementType.Float16: Convert(MemoryMarshal.Cast<byte, Half>(bytes), row, static x => (float)x); break;
            case OrtElementType.BFloat16: Convert(MemoryMarshal.Cast<byte, ushort>(bytes), row, static x => BitConverter.UInt32BitsToSingle((uint)x << 16)); break;
            case OrtElementType.Float64: Convert(MemoryMarshal.Cast<byte, double>(bytes), row, static x => (float)x); break;
            default: throw new SakiException("Running the model", "an output of floating-point numbers", $"{type}", "Name another output in pipeline.yaml (output.name).");
        }
    }

    private static void Convert<T>(ReadOnlySpan<T> from, Span<float> to, Func<T, float> convert)
    {
        for (var i = 0; i < from.Length; i++) to[i] = convert(from[i]);
    }

    // Shifted by the largest value, so that no exponential overflows; summed in double.
    private static void Softmax(Span<float> row)
    {
        var largest = float.NegativeInfinity;
        foreach (var value in row) largest = Math.Max(largest, value);
        var sum = 0.0;
        Span<double> powers = row.Length <= 1024 ? stackalloc double[row.Length] : new double[row.Length];
        for (var i = 0; i < row.Length; i++) sum += powers[i] = Math.Exp((double)row[i] - largest);
        for (var i = 0; i < row.Length; i++) row[i] = (float)(powers[i] / sum);
    }
}
