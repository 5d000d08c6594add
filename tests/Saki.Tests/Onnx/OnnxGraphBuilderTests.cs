using Saki.Onnx;
using Saki.Testing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Tests.Onnx;

public sealed class OnnxGraphBuilderTests
{
    private static OnnxGraphBuilder OneLayer(out string last)
    {
        var graph = new OnnxGraphBuilder("one layer");
        graph.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 3);
        graph.Initializer("fc.weight", [1f, 2, 3, 4, 5, 6], 2, 3);
        graph.Initializer("fc.bias", [0.5f, -0.5f], 2);
        last = graph.Node("Gemm", ["image", "fc.weight", "fc.bias"], Attributes.Int("transB", 1));
        return graph;
    }

    [Fact]
    public void A_graph_written_and_read_again_is_the_same()
    {
        var graph = OneLayer(out var last);
        graph.Output("logits", last, DataType.Float, OnnxGraphBuilder.Batch, 2);
        var model = graph.Build(new Dictionary<string, string> { ["saki.labels"] = "a,b", ["author"] = "test" });
        var path = Path.Combine(Directory.CreateTempSubdirectory("saki-onnx").FullName, "model.onnx");

        OnnxModel.Write(model, path);
        var read = OnnxModel.Read(path);

        Assert.Equal(model, read);
        Assert.Equal(["image"], read.Graph.Input.Select(input => input.Name));
        Assert.Equal("batch", read.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Equal(["fc.weight", "fc.bias"], read.Graph.Initializer.Select(tensor => tensor.Name));
        Assert.Equal("logits", Assert.Single(read.Graph.Node).Output.Single());
        Assert.Equal(["author", "saki.labels"], read.MetadataProps.Select(entry => entry.Key));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_node_whose_input_nothing_made_is_refused_by_name()
    {
        var graph = OneLayer(out _);
        var failure = Assert.Throws<SakiException>(() => graph.Node("Relu", ["Gemm_7"]));
        Assert.Contains("\"Gemm_7\"", failure.Message);
    }

    [Fact]
    public void A_name_given_twice_is_refused()
    {
        var graph = OneLayer(out _);
        Assert.Throws<SakiException>(() => graph.Initializer("fc.bias", [1f], 1));
        Assert.Throws<SakiException>(() => graph.Input("fc.bias", DataType.Float, 1));
    }

    [Fact]
    public void Values_that_do_not_fill_their_shape_are_refused()
    {
        var graph = new OnnxGraphBuilder("g");
        var failure = Assert.Throws<SakiException>(() => graph.Initializer("w", [1f, 2, 3], 2, 2));
        Assert.Contains("4 values", failure.Message);
    }

    [Fact]
    public void A_parameter_named_like_a_node_gets_no_double()
    {
        var graph = new OnnxGraphBuilder("g");
        graph.Input("x", DataType.Float, 1);
        graph.Initializer("Relu_0", [1f], 1);
        Assert.Equal("Relu_1", graph.Node("Relu", ["x"]));
    }

    [Fact]
    public void An_output_that_is_also_used_inside_keeps_both_names()
    {
        var graph = OneLayer(out var last);
        graph.Node("Relu", [last]);
        graph.Output("logits", last, DataType.Float, OnnxGraphBuilder.Batch, 2);
        var nodes = graph.Build(new Dictionary<string, string>()).Graph.Node;
        Assert.Equal(["Gemm", "Relu", "Identity"], nodes.Select(node => node.OpType));
        Assert.Equal(last, nodes[2].Input.Single());
    }

    [Theory]
    [InlineData("plain text, no protobuf at all")]
    [InlineData("")]
    [InlineData("\u0008\u0008")] // an IR version and no graph
    public void Bytes_that_are_no_model_are_told_so(string text)
    {
        var failure = Assert.Throws<SakiException>(() => OnnxModel.Read(System.Text.Encoding.UTF8.GetBytes(text), "cat.onnx"));
        Assert.Contains("cat.onnx", failure.Message);
    }

    [SharedDataFact]
    public void Every_model_at_hand_survives_reading_and_writing_unchanged()
    {
        foreach (var file in Directory.EnumerateFiles(SharedData.At("models"), "*.onnx", SearchOption.AllDirectories))
        {
            var model = OnnxModel.Read(file);
            var again = OnnxModel.Read(Google.Protobuf.MessageExtensions.ToByteArray(model), file);
            Assert.Equal(model, again);
            Assert.NotEmpty(model.Graph.Node);
        }
    }
}
