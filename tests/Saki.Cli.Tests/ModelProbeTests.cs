using Google.Protobuf;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using Saki.Testing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Cli.Tests;

/// <summary>Models that nobody vouches for meet the real command in a real process first; what they do there, they do not do here.</summary>
public sealed class ModelProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private ModelProbe Probe => new()
    {
        Program = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet",
        Arguments = [Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll")],
        Memory = 300 << 20,
        Time = TimeSpan.FromSeconds(60),
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_good_model_passes_and_is_remembered_by_its_content()
    {
        var file = Write("good.onnx", Add(1));
        var probe = Probe with { Passed = _folder.At("probed") };
        probe.Check(file);
        Assert.Single(Directory.GetFiles(_folder.At("probed")));
        (probe with { Program = "/nowhere/saki" }).Check(file);
        Write("good.onnx", Add(2));
        Assert.Contains("cannot be started", Refused(probe with { Program = "/nowhere/saki" }, file), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_engine_refuses_is_said_in_its_words()
    {
        var file = Write("cut.onnx", Add(1)[..40]);
        var message = Refused(Probe, file);
        Assert.Contains("an ONNX model", message, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder.Root, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_balloons_is_refused_and_what_was_loaded_before_answers_on()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = _folder.At("cache"), Probe = Probe });
        await models.LoadAllAsync(models.Open(Write("m.onnx", Add(1))));
        var balloon = Model(graph =>
        {
            var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, 4);
            var many = graph.Node("ConstantOfShape", [graph.Initializer("size", [1L << 30], 1)]); // 4 GB
            var sum = graph.Node("ReduceMax", [many], Attributes.Int("keepdims", 0));
            graph.Output("y", graph.Node("Add", [x, sum]), DataType.Float, OnnxGraphBuilder.Batch, 4);
        });
        await Assert.ThrowsAsync<SakiException>(() => models.LoadAsync(models.Open(Write("balloon/m.onnx", balloon))[0]));
        using var lease = models.Lease("m");
        var answer = await lease.Model.InferAsync([new TensorInput("x", OrtElementType.Float32, [1, 4], new byte[16])], CallOptions.Patient(CancellationToken.None));
        Assert.Equal(1f, BitConverter.ToSingle(answer[0].Content.Span));
    }

    [Fact]
    public void A_model_that_never_ends_is_ended() =>
        Assert.Contains("takes longer", Refused(Probe with { Time = TimeSpan.FromSeconds(3) }, Write("endless.onnx", Endless())), StringComparison.Ordinal);

    [Fact]
    public void A_process_that_dies_is_a_refusal()
    {
        var dies = Probe with { Program = "/bin/sh", Arguments = ["-c", "kill -SEGV $$"] };
        Assert.Contains("ended the process", Refused(dies, Write("m.onnx", Add(1))), StringComparison.Ordinal);
    }

    [Fact]
    public void The_child_hears_no_secret()
    {
        Environment.SetEnvironmentVariable("SAKI_TOKEN", "secret");
        var says = Probe with { Program = "/bin/sh", Arguments = ["-c", "test -z \"$SAKI_TOKEN\" || exit 7"] };
        try
        {
            says.Check(Write("m.onnx", Add(1)));
        }
        finally
        {
            Environment.SetEnvironmentVariable("SAKI_TOKEN", null);
        }
    }

    [Fact]
    public void Damaged_models_pass_or_are_refused_and_never_end_this_process()
    {
        var fuzz = new Fuzz("onnx");
        for (var round = Fuzz.Rounds(10); round > 0; round--)
        {
            var file = Write("fuzz.onnx", fuzz.Next().Body);
            try
            {
                Probe.Check(file);
            }
            catch (SakiException refused)
            {
                Assert.DoesNotContain(_folder.Root, refused.Message, StringComparison.Ordinal);
            }
        }
    }

    private static string Refused(ModelProbe probe, string file) => Assert.Throws<SakiException>(() => probe.Check(file)).Message;

    private string Write(string name, byte[] model) => _folder.Write(name, model);

    private static byte[] Add(float bias) => Model(graph =>
    {
        var x = graph.Input("x", DataType.Float, OnnxGraphBuilder.Batch, 4);
        graph.Output("y", graph.Node("Add", [x, graph.Initializer("bias", [bias], 1)]), DataType.Float, OnnxGraphBuilder.Batch, 4);
    });

    private static byte[] Model(Action<OnnxGraphBuilder> build)
    {
        var graph = new OnnxGraphBuilder("probe");
        build(graph);
        return graph.Build(new Dictionary<string, string>()).ToByteArray();
    }

    // y = x after 2^60 turns of a loop.
    private static byte[] Endless()
    {
        var model = ModelProto.Parser.ParseFrom(Add(0));
        model.Graph.Node.Clear();
        var body = new GraphProto { Name = "body" };
        body.Node.Add(new NodeProto { OpType = "Identity", Input = { "go" }, Output = { "go_on" } });
        body.Node.Add(new NodeProto { OpType = "Neg", Input = { "v" }, Output = { "w" } });
        body.Input.Add([Value("turn", DataType.Int64), Value("go", DataType.Bool), Value("v", DataType.Float, -1, 4)]);
        body.Output.Add([Value("go_on", DataType.Bool), Value("w", DataType.Float, -1, 4)]);
        model.Graph.Initializer.Add(new TensorProto { Name = "turns", DataType = (int)DataType.Int64, Int64Data = { 1L << 60 } });
        model.Graph.Initializer.Add(new TensorProto { Name = "yes", DataType = (int)DataType.Bool, Int32Data = { 1 } });
        var loop = new NodeProto { OpType = "Loop", Input = { "turns", "yes", "x" }, Output = { "y" } };
        loop.Attribute.Add(new AttributeProto { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = body });
        model.Graph.Node.Add(loop);
        return model.ToByteArray();
    }

    private static ValueInfoProto Value(string name, DataType type, params int[] axes)
    {
        var shape = new TensorShapeProto();
        foreach (var axis in axes) shape.Dim.Add(axis < 0 ? new TensorShapeProto.Types.Dimension { DimParam = "N" } : new TensorShapeProto.Types.Dimension { DimValue = axis });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }
}
