using Google.Protobuf;
using Saki.Inference;
using Saki.Onnx;
using Saki.Server.Tests.Registry.Gates;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Server.Tests.Loop;

/// <summary>Real packages that are as good as the trained one on the data set, and turn bad on pictures brighter than any in it.</summary>
internal static class LoopModels
{
    public const string Good = "good", Bad = "bad", Fragile = "fragile", Biased = "biased";

    // Mean of a picture's values, 0..1: those of the data set lie around 0.48.
    private const float Bright = 0.7f;

    /// <summary>Writes the package of this name.</summary>
    public static void Write(string name, string folder)
    {
        switch (name)
        {
            case Good: TestModel.Package(GatedModels.Classes, GatedModels.Weights, folder); break;
            case Bad: TestModel.Package(GatedModels.Classes, TestModel.RandomWeights(GatedModels.Classes.Count, seed: 7), folder); break;
            default: Package(name == Fragile, folder); break;
        }
    }

    // logits = x W + over(mean(x) - Bright): a bright picture makes the first class win, or asks for an element that is not there, which the engine refuses.
    private static void Package(bool fails, string folder)
    {
        var classes = GatedModels.Classes.Count;
        var graph = new OnnxGraphBuilder("turning");
        var flat = graph.Node("Flatten", [graph.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 3, 8, 8)]);
        var logits = graph.Node("MatMul", [flat, graph.Initializer("weights", GatedModels.Weights, TestModel.Inputs, classes)]);
        var mean = graph.Node("MatMul", [flat, graph.Initializer("mean", Enumerable.Repeat(1f / TestModel.Inputs, TestModel.Inputs).ToArray(), TestModel.Inputs, 1)]);
        var over = graph.Node("Relu", [graph.Node("Sub", [mean, graph.Initializer("bright", [Bright], 1)])]);
        var large = graph.Node("Mul", [over, graph.Initializer("large", [1e6f], 1)]);
        var added = fails
            ? graph.Node("Gather", [graph.Initializer("only", [0f], 1), graph.Node("Cast", [large], Attributes.Int("to", (long)DataType.Int64))])
            : graph.Node("MatMul", [large, graph.Initializer("first", [1f, 0f, 0f], 1, classes)]);
        graph.Output("logits", graph.Node("Add", [logits, added]), DataType.Float, OnnxGraphBuilder.Batch, classes);
        var file = $"{folder}.onnx";
        File.WriteAllBytes(file, graph.Build(new Dictionary<string, string>()).ToByteArray());
        PackageBuilder.Wrap(file, TestModel.PipelineOf(GatedModels.Classes), folder, "turning");
    }
}
