using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tensors;

/// <summary>One row of an input or output whose shape is fixed but for the batch axis.</summary>
/// <param name="Index">Its place among the model's inputs or outputs.</param>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">Element type; never text.</param>
/// <param name="Shape">Axes of a row, without the batch axis where there is one.</param>
/// <param name="HasBatchAxis">True when the first axis counts rows; false when the whole tensor is one row.</param>
public sealed record RowSpec(int Index, string Name, OrtElementType Type, IReadOnlyList<long> Shape, bool HasBatchAxis)
{
    /// <summary>Largest row in bytes: what one buffer may hold.</summary>
    internal const long MostBytes = 256 << 20;

    /// <summary>Elements in a row.</summary>
    public int Count { get; } = (int)Shape.Aggregate(1L, (product, axis) => product * axis);

    /// <summary>Bytes in a row.</summary>
    public int Bytes => Count * Type.Bytes();

    /// <summary>The tensor's shape for <paramref name="rows"/> rows.</summary>
    public long[] ShapeOf(int rows) => HasBatchAxis ? [rows, .. Shape] : [.. Shape];

    /// <summary>The row of a declared input or output; null when its shape is not fixed, or it is no tensor of numbers.</summary>
    public static RowSpec? Of(OrtValueInfo info, int index, bool batch)
    {
        if (info.Kind != OrtValueKind.Tensor || info.ElementType.Bytes() == 0 || info.Shape is not { } shape) return null;
        if (batch && shape.Count == 0) return null;
        long[] axes = [.. shape.Skip(batch ? 1 : 0).Select(axis => axis.Size)];
        var bytes = (double)info.ElementType.Bytes();
        foreach (var axis in axes) bytes *= axis;
        return axes.All(axis => axis > 0) && bytes <= MostBytes ? new RowSpec(index, info.Name, info.ElementType, axes, batch) : null;
    }
}
