using Saki.Datasets;
using Saki.Onnx;
using Saki.Pipelines;
using Saki.Vision;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests;

/// <summary>Pipelines of the models under ../shared/data/models (its README names them), tiny graphs, and samples as pictures.</summary>
internal static class TestFiles
{
    public static Pipeline Fer { get; } = new()
    {
        Input = new InputSpec(ColorKind.Gray, 64, 64),
        Normalize = new NormalizeSpec { Scale = 2f / 255, Mean = [1] },
        Output = new OutputSpec(OutputKind.Probabilities),
        Labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"],
    };

    public static string[] CifarClasses { get; } = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    public static Pipeline Cifar { get; } = new()
    {
        Input = new InputSpec(ColorKind.Rgb, 32, 32),
        Labels = CifarClasses,
        Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] },
    };

    public static Pipeline CifarNhwc { get; } = new()
    {
        Input = new InputSpec(ColorKind.Rgb, 32, 32, TensorLayout.Nhwc),
        Labels = CifarClasses,
        Normalize = new NormalizeSpec { Scale = 1f / 255 },
        Output = new OutputSpec(OutputKind.Probabilities),
    };

    public static Pipeline Mnist { get; } = new() { Input = new InputSpec(ColorKind.Gray, 28, 28), Labels = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"] };

    /// <summary>A network of a few operators, as bytes.</summary>
    public static byte[] Graph(Action<OnnxGraphBuilder> build)
    {
        var graph = new OnnxGraphBuilder("test");
        build(graph);
        using var bytes = new MemoryStream();
        using (var output = new Google.Protobuf.CodedOutputStream(bytes, leaveOpen: true)) graph.Build(new Dictionary<string, string>()).WriteTo(output);
        return bytes.ToArray();
    }

    /// <summary>y = x + 1 for float32 vectors of any batch.</summary>
    public static byte[] AddOne(int length = 4) => Graph(graph =>
    {
        var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, length);
        graph.Output("y", graph.Node("Add", [x, graph.Initializer("one", [1f], 1)]), DataType.Float, OnnxGraphBuilder.Batch, length);
    });

    /// <summary>Mean over each channel of a picture: as many classes as channels.</summary>
    public static byte[] ChannelMeans(DataType type, int channels, int height, int width, float bias = 0) => Graph(graph =>
    {
        var x = graph.Input("x", type, OnnxGraphBuilder.Batch, channels, height, width);
        var values = type == DataType.Float ? x : graph.Node("Cast", [x], Attributes.Int("to", (int)DataType.Float));
        var means = graph.Node("Flatten", [graph.Node("GlobalAveragePool", [values])]);
        graph.Output("y", graph.Node("Add", [means, graph.Initializer("bias", [bias], 1)]), DataType.Float, OnnxGraphBuilder.Batch, channels);
    });

    /// <summary>The samples of a reader as pictures with their labels. The caller disposes each picture.</summary>
    public static IEnumerable<(Image Picture, int Label)> Pictures(IDatasetReader reader, int channels)
    {
        foreach (var sample in reader.Read())
        {
            Assert.Null(sample.Problem);
            yield return (ImageDecoder.Decode(sample.Content.Span, new DecodeOptions { Channels = channels }), sample.Label);
        }
    }
}
