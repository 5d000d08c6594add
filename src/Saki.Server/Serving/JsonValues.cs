using System.Runtime.InteropServices;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Tensors;

namespace Saki.Server.Serving;

/// <summary>Elements of a tensor as JSON numbers that read back to the same bits.</summary>
internal static class JsonValues
{
    /// <summary>Writes all elements one after the other, inside an array that the caller opened.</summary>
    public static void Write(Utf8JsonWriter writer, TensorOutput output) => Write(writer, output, 0, Count(output));

    /// <summary>Writes the tensor as arrays nested like its shape; a scalar as a number.</summary>
    public static void WriteNested(Utf8JsonWriter writer, TensorOutput output) => Nest(writer, output, 0, 0, Count(output));

    /// <summary>Writes the only output as its nested arrays, several as an object of them by name.</summary>
    public static void WriteNested(Utf8JsonWriter writer, IReadOnlyList<TensorOutput> outputs)
    {
        if (outputs.Count == 1)
        {
            WriteNested(writer, outputs[0]);
            return;
        }
        writer.WriteStartObject();
        foreach (var output in outputs)
        {
            writer.WritePropertyName(output.Name);
            WriteNested(writer, output);
        }
        writer.WriteEndObject();
    }

    private static int Count(TensorOutput output) => (int)output.Shape.Aggregate(1L, (product, axis) => product * axis);

    private static void Nest(Utf8JsonWriter writer, TensorOutput output, int axis, int from, int count)
    {
        if (axis == output.Shape.Length)
        {
            Write(writer, output, from, 1);
            return;
        }
        writer.WriteStartArray();
        var length = (int)output.Shape[axis];
        if (axis == output.Shape.Length - 1) Write(writer, output, from, length);
        else
            for (var i = 0; i < length; i++) Nest(writer, output, axis + 1, from + (i * (count / length)), count / length);
        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, TensorOutput output, int from, int count)
    {
        switch (output.Type)
        {
            case OrtElementType.Float32: foreach (var x in Cut<float>(output, from, count)) Number(writer, x); break;
            case OrtElementType.Float64: foreach (var x in Cut<double>(output, from, count)) Number(writer, x); break;
            case OrtElementType.Float16: foreach (var x in Cut<Half>(output, from, count)) Number(writer, (float)x); break;
            case OrtElementType.UInt8: foreach (var x in Cut<byte>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.Int8: foreach (var x in Cut<sbyte>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.UInt16: foreach (var x in Cut<ushort>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.Int16: foreach (var x in Cut<short>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.UInt32: foreach (var x in Cut<uint>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.Int32: foreach (var x in Cut<int>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.UInt64: foreach (var x in Cut<ulong>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.Int64: foreach (var x in Cut<long>(output, from, count)) writer.WriteNumberValue(x); break;
            case OrtElementType.Bool: foreach (var x in Cut<byte>(output, from, count)) writer.WriteBooleanValue(x != 0); break;
            case OrtElementType.String: foreach (var x in output.Texts!.AsSpan(from, count)) writer.WriteStringValue(x); break;
            default: throw new SakiException("Answering", "an output that JSON can carry", $"{output.Type}", "Ask for it as a binary tensor.");
        }
    }

    private static ReadOnlySpan<T> Cut<T>(TensorOutput output, int from, int count) where T : unmanaged => MemoryMarshal.Cast<byte, T>(output.Content.Span).Slice(from, count);

    // JSON has no infinity; null is what other servers write for it.
    private static void Number(Utf8JsonWriter writer, float x)
    {
        if (float.IsFinite(x)) writer.WriteNumberValue(x);
        else writer.WriteNullValue();
    }

    private static void Number(Utf8JsonWriter writer, double x)
    {
        if (double.IsFinite(x)) writer.WriteNumberValue(x);
        else writer.WriteNullValue();
    }
}
