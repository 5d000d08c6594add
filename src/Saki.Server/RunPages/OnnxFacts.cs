using System.Globalization;
using Saki.Onnx;

namespace Saki.Server.RunPages;

/// <summary>What is worth knowing of an ONNX file without running it.</summary>
public sealed record OnnxFacts
{
    /// <summary>Larger files are not opened for a preview: their facts would cost their size in memory.</summary>
    public const long LargestFile = 200_000_000;

    private const int MostOperators = 12, MostPorts = 16;

    /// <summary>The tool that wrote it, and its version.</summary>
    public required string Producer { get; init; }

    /// <summary>Operator sets with their versions, the usual one as <c>ai.onnx 17</c>.</summary>
    public required string Opsets { get; init; }

    /// <summary>Names, types and shapes of what goes in, e.g. <c>input float32 [N, 3, 32, 32]</c>.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The same of what comes out.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>How many operators it has.</summary>
    public required int Nodes { get; init; }

    /// <summary>The operators that it has most of, with their numbers.</summary>
    public required IReadOnlyList<(string Operator, int Count)> Operators { get; init; }

    /// <summary>Numbers in its weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>Reads a file of at most <see cref="LargestFile"/> bytes; null when it is no ONNX model.</summary>
    internal static OnnxFacts? Read(Stream file)
    {
        try
        {
            return Of(OnnxModel.Read(file, "the file"));
        }
        catch (SakiException)
        {
            return null;
        }
    }

    private static OnnxFacts Of(ModelProto model)
    {
        var weights = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        return new OnnxFacts
        {
            Producer = $"{model.ProducerName} {model.ProducerVersion}".Trim(),
            Opsets = string.Join(", ", model.OpsetImport.Select(set => string.Create(CultureInfo.InvariantCulture, $"{(set.Domain.Length == 0 ? "ai.onnx" : set.Domain)} {set.Version}"))),
            // Old exporters list weights among the inputs.
            Inputs = [.. model.Graph.Input.Where(input => !weights.Contains(input.Name)).Take(MostPorts).Select(Port)],
            Outputs = [.. model.Graph.Output.Take(MostPorts).Select(Port)],
            Nodes = model.Graph.Node.Count,
            Operators = [.. model.Graph.Node.CountBy(node => node.OpType).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(MostOperators).Select(pair => (pair.Key, pair.Value))],
            Parameters = model.Graph.Initializer.Sum(tensor => tensor.Dims.Aggregate(1L, (product, side) => product * side)),
        };
    }

    private static string Port(ValueInfoProto port)
    {
        if (port.Type?.TensorType is not { } tensor) return port.Name;
        var shape = tensor.Shape is null ? "" : $" [{string.Join(", ", tensor.Shape.Dim.Select(side => side.DimParam.Length > 0 ? side.DimParam : side.DimValue.ToString(CultureInfo.InvariantCulture)))}]";
        return $"{port.Name} {((TensorProto.Types.DataType)tensor.ElemType).ToString().ToLowerInvariant()}{shape}";
    }
}
