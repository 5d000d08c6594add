using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Inference.Serving;

/// <summary>What two answers in tensors are compared by: the class of each row where the first output is a score for each class, else whether the numbers are the same.</summary>
internal static class AnswerClasses
{
    private const int MostRows = 256;
    private const float Tolerance = 1e-3f;

    private static readonly string[] Equal = ["these numbers"], Different = ["other numbers"];

    /// <summary>The classes of both, row by row.</summary>
    public static (IReadOnlyList<string> First, IReadOnlyList<string> Second) Of(IReadOnlyList<TensorOutput> first, IReadOnlyList<TensorOutput> second, IReadOnlyList<string>? labels)
    {
        if (IsScores(first[0]) && IsScores(second[0])) return (Rows(first[0], labels), Rows(second[0], labels));
        return (Equal, AreClose(first, second) ? Equal : Different);
    }

    private static bool IsScores(TensorOutput output) => output.Type == OrtElementType.Float32 && output.Shape is [> 0, >= 2];

    private static List<string> Rows(TensorOutput output, IReadOnlyList<string>? labels)
    {
        var scores = MemoryMarshal.Cast<byte, float>(output.Content.Span);
        var (rows, columns) = ((int)Math.Min(output.Shape[0], MostRows), (int)output.Shape[1]);
        var classes = new List<string>(rows);
        for (var row = 0; row < rows; row++)
        {
            var best = BestOf(scores.Slice(row * columns, columns));
            classes.Add(labels is not null && best < labels.Count ? labels[best] : best.ToString(CultureInfo.InvariantCulture));
        }
        return classes;
    }

    private static int BestOf(ReadOnlySpan<float> scores)
    {
        var best = 0;
        for (var i = 1; i < scores.Length; i++)
            if (scores[i] > scores[best]) best = i;
        return best;
    }

    private static bool AreClose(IReadOnlyList<TensorOutput> first, IReadOnlyList<TensorOutput> second)
    {
        if (first.Count != second.Count) return false;
        for (var i = 0; i < first.Count; i++)
            if (first[i].Type != second[i].Type || !first[i].Shape.AsSpan().SequenceEqual(second[i].Shape) || !IsClose(first[i], second[i])) return false;
        return true;
    }

    private static bool IsClose(TensorOutput first, TensorOutput second)
    {
        if (first.Texts is { } texts) return second.Texts is { } others && texts.AsSpan().SequenceEqual(others);
        if (first.Type != OrtElementType.Float32) return first.Content.Span.SequenceEqual(second.Content.Span);
        var a = MemoryMarshal.Cast<byte, float>(first.Content.Span);
        var b = MemoryMarshal.Cast<byte, float>(second.Content.Span);
        for (var i = 0; i < a.Length; i++)
            if (!(Math.Abs(a[i] - b[i]) <= Tolerance * Math.Max(1, Math.Abs(a[i]))) && !(float.IsNaN(a[i]) && float.IsNaN(b[i]))) return false;
        return true;
    }
}
