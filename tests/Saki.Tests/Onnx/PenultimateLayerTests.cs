using Saki.Onnx;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Tests.Onnx;

public class PenultimateLayerTests
{
    [Fact]
    public void It_is_what_the_last_weights_look_at_whatever_comes_after_them()
    {
        var graph = new OnnxGraphBuilder("test");
        var first = graph.Node("MatMul", [graph.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 4), graph.Initializer("w1", new float[12], 4, 3)]);
        var features = graph.Node("Relu", [first]);
        var logits = graph.Node("Add", [graph.Node("MatMul", [features, graph.Initializer("w2", new float[6], 3, 2)]), graph.Initializer("b2", new float[2], 2)]);
        graph.Output("classes", graph.Node("Softmax", [logits]), DataType.Float, OnnxGraphBuilder.Batch, 2);
        var model = graph.Build(new Dictionary<string, string>());
        var exposed = PenultimateLayer.Expose(model, model.Graph.Output[0].Name)!;
        Assert.Equal(model.Graph.Node[2].Input[0], exposed.Graph.Output[^1].Name);
        Assert.Equal(2, exposed.Graph.Output.Count);
        Assert.Single(model.Graph.Output);
    }

    [Fact]
    public void A_graph_whose_last_weights_look_at_the_picture_itself_or_that_has_none_has_no_such_layer()
    {
        var flat = new OnnxGraphBuilder("flat");
        flat.Output("classes", flat.Node("MatMul", [flat.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 4), flat.Initializer("w", new float[8], 4, 2)]), DataType.Float, OnnxGraphBuilder.Batch, 2);
        var model = flat.Build(new Dictionary<string, string>());
        Assert.Null(PenultimateLayer.Expose(model, model.Graph.Output[0].Name));
        var none = new OnnxGraphBuilder("none");
        none.Output("classes", none.Node("TopK", [none.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 4)]), DataType.Float, OnnxGraphBuilder.Batch, 4);
        model = none.Build(new Dictionary<string, string>());
        Assert.Null(PenultimateLayer.Expose(model, model.Graph.Output[0].Name));
    }
}
