using Saki.Onnx;
using Saki.Torch.Nn;
using Saki.Torch.Tracing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Torch.Export;

/// <summary>
/// A network as an ONNX graph: its own forward code runs once in evaluation mode under a trace, and each recorded operation becomes nodes of opset 17.
/// Parameters and buffers become initializers under their PyTorch names; the batch axis stays free.
/// </summary>
public static class OnnxExport
{
    /// <summary>Name of the graph's input.</summary>
    public const string InputName = "image";

    // Not 1, which would hide a batch axis lost by a squeeze.
    private const long TracedBatch = 2;

    /// <summary>Traces <paramref name="network"/> and returns the model. The network keeps its mode and its weights.</summary>
    /// <param name="network">On any device, in any memory format; its forward takes one tensor.</param>
    /// <param name="name">The graph's name for people.</param>
    /// <param name="sample">Shape of one sample without the batch axis: channels, height, width.</param>
    /// <param name="outputName">Name of the graph's output, e.g. <c>logits</c>.</param>
    /// <param name="metadata">Pairs that travel in the file.</param>
    /// <exception cref="SakiException">The forward code does something that the trace or ONNX cannot express; it is named.</exception>
    public static ModelProto Trace(Module network, string name, ReadOnlySpan<long> sample, string outputName, IReadOnlyDictionary<string, string> metadata)
    {
        var training = network.training;
        network.eval();
        try
        {
            using var noGrad = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            var known = Known(network);
            var input = torch.zeros([TracedBatch, .. sample], device: known.Keys.FirstOrDefault()?.device ?? torch.CPU);
            Tensor output;
            IReadOnlyList<TracedOp> operations;
            using (var trace = OpTrace.Start())
            {
                output = network.forward(input);
                operations = trace.Operations;
            }
            return Write(name, known, input, output, operations, outputName, metadata);
        }
        finally
        {
            network.train(training);
        }
    }

    private static ModelProto Write(string name, Dictionary<Tensor, string> known, Tensor input, Tensor output, IReadOnlyList<TracedOp> operations,
        string outputName, IReadOnlyDictionary<string, string> metadata)
    {
        var builder = new OnnxGraphBuilder(name);
        builder.Input(InputName, DataType.Float, Free(input.shape));
        var graph = new TracedGraph(builder, known);
        graph.Name(input, InputName, input.shape);
        foreach (var operation in operations)
            graph.Name(operation.Output, OnnxOperations.Translate(graph, operation), operation.OutputShape);
        if (output.shape.Length == 0 || output.shape[0] != TracedBatch)
            throw new SakiException("Exporting the network", "an output with one row per sample", $"the shape [{string.Join(", ", output.shape)}] for a batch of {TracedBatch}", "Keep the batch as the first axis in forward.");
        builder.Output(outputName, graph.ValueOf(output, "output"), DataType.Float, Free(output.shape));
        return builder.Build(metadata);
    }

    private static Dictionary<Tensor, string> Known(Module network)
    {
        var known = new Dictionary<Tensor, string>(ReferenceEqualityComparer.Instance);
        foreach (var (name, tensor) in network.named_parameters()) known.TryAdd(tensor, name); // a shared weight keeps its first name
        foreach (var (name, tensor) in network.named_buffers()) known.TryAdd(tensor, name);
        return known;
    }

    private static long[] Free(IReadOnlyList<long> shape) => [OnnxGraphBuilder.Batch, .. shape.Skip(1)];
}
