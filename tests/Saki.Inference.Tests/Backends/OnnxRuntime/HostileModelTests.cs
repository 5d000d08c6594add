using Google.Protobuf;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using Saki.Testing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests.Backends.OnnxRuntime;

/// <summary>Files that somebody sends: none may crash the process, each gives a typed error without paths of this machine.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-hostile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_no_model_has_its_code()
    {
        var good = TestFiles.AddOne();
        Assert.Equal(OrtErrorCode.InvalidProtobuf, Refused(good[..(good.Length / 2)]).Code);
        Assert.Equal(OrtErrorCode.InvalidProtobuf, Refused("# just a text"u8.ToArray()).Code);
        Assert.Equal(OrtErrorCode.InvalidProtobuf, Refused(new byte[1000]).Code);
        Assert.Equal(OrtErrorCode.InvalidArgument, Refused([]).Code);
        Assert.Contains("no such file", Assert.Throws<SakiException>(() => OrtSession.Load(Path.Combine(_folder, "none.onnx"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_graphs_have_their_codes()
    {
        Assert.Equal(OrtErrorCode.InvalidGraph, Refused(Changed(model => model.Graph.Node[0].OpType = "Frobnicate")).Code);
        Assert.Equal(OrtErrorCode.Fail, Refused(Changed(model => { model.Graph.Node[0].OpType = "Op"; model.Graph.Node[0].Domain = "com.example"; model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.example", Version = 1 }); })).Code);
        Refused(Changed(model => model.Graph.Node[0].Input[0] = "nowhere")); // dangling
        Refused(Changed(model => model.Graph.Node[0].Input[0] = model.Graph.Node[0].Output[0])); // cycle
        Refused(Changed(model => model.OpsetImport[0].Version = 99));
        Refused(Changed(model => model.IrVersion = 99));
        Refused(Changed(model => { model.Graph.Initializer[0].Dims.Clear(); model.Graph.Initializer[0].Dims.Add(32L << 30); })); // declares 128 GB
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("sub/../../weights.bin")]
    [InlineData("link.bin")]
    [InlineData("linked/weights.bin")]
    [InlineData("")]
    [InlineData("..\\weights.bin")]
    public void External_data_outside_the_models_folder_is_refused_by_us(string location)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "model")).FullName;
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), new byte[4]);
        File.CreateSymbolicLink(Path.Combine(folder, "link.bin"), Path.Combine(_folder, "weights.bin"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), _folder);
        var file = Path.Combine(folder, "model.onnx");
        foreach (var keyFirst in new[] { true, false })
        {
            File.WriteAllBytes(file, External(location, keyFirst));
            var refused = Assert.Throws<SakiException>(() => OrtSession.Load(file));
            Assert.Contains("external data inside the model's folder", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(_folder, refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void External_data_beside_the_model_loads_and_without_a_folder_it_does_not()
    {
        var file = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(file, External("weights.bin"));
        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), BitConverter.GetBytes(10f));
        using (var session = OrtSession.Load(file))
        {
            using var input = OrtValue.Over<float>(new float[4], 1, 4);
            using var output = session.Run([input])[0];
            Assert.Equal([10f, 10, 10, 10], output.Data<float>().ToArray());
        }
        Assert.Throws<SakiException>(() => OrtSession.Load(External("weights.bin"), folder: null));

        File.WriteAllBytes(Path.Combine(_folder, "weights.bin"), [1]); // too short
        Assert.DoesNotContain(_folder, Assert.Throws<OrtException>(() => OrtSession.Load(file)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "weights.bin"));
        Assert.DoesNotContain(_folder, Assert.Throws<OrtException>(() => OrtSession.Load(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_memory_than_there_is_at_run_time_is_an_error()
    {
        using var session = OrtSession.Load(TestFiles.Graph(graph =>
        {
            var shape = graph.Input("shape", DataType.Int64, 1);
            graph.Output("y", graph.Node("ConstantOfShape", [shape]), DataType.Float, OnnxGraphBuilder.Batch);
        }), null);
        foreach (var size in new[] { 1L << 60, -5L, long.MaxValue })
        {
            using var input = OrtValue.Over<long>(new[] { size }, 1);
            Assert.Throws<OrtException>(() => session.Run([input]));
        }
    }

    [SharedDataFact]
    public void Random_damage_loads_or_gives_a_typed_error_and_never_crashes()
    {
        var good = File.ReadAllBytes(SharedData.At("models/mnist/opt-mnist.onnx"));
        var random = new SeededRandom(5);
        for (var round = 0; round < 200; round++)
        {
            var bytes = (byte[])good.Clone();
            for (var edit = 0; edit < 20; edit++) bytes[random.Next(round % 2 == 0 ? bytes.Length : 2000)] = (byte)random.Next(256);
            try { using var session = OrtSession.Load(bytes, null); }
            catch (SakiException refused) { Assert.DoesNotContain("/onnxruntime/", refused.Message, StringComparison.Ordinal); }
        }
    }

    [Fact]
    public void Messages_lose_paths_and_keep_node_names()
    {
        Assert.Equal("Load model from a.onnx failed:Protobuf parsing failed", OrtMessage.Clean("Load model from /home/someone/secret/../x/a.onnx failed:Protobuf parsing failed."));
        Assert.Equal("Node /layer1/layer1.0/conv1/Conv failed", OrtMessage.Clean("Node /layer1/layer1.0/conv1/Conv failed."));
        Assert.Equal("Non-zero status code. Got: 3", OrtMessage.Clean("/onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:83 Non-zero status code.\n  Got: 3"));
    }

    private static OrtException Refused(byte[] model) => Assert.Throws<OrtException>(() => OrtSession.Load(model, null));

    private static byte[] Changed(Action<ModelProto> change)
    {
        var model = ModelProto.Parser.ParseFrom(TestFiles.AddOne());
        change(model);
        return model.ToByteArray();
    }

    // AddOne with its constant in another file.
    private static byte[] External(string location, bool keyFirst = true) => Changed(model =>
    {
        var one = model.Graph.Initializer[0];
        one.RawData = ByteString.Empty;
        one.FloatData.Clear();
        one.DataLocation = DataLocation.External;
        // By hand, because the generated code always writes the key first.
        var (key, value) = (Field(1, "location"), Field(2, location));
        byte[] entry = keyFirst ? [.. key, .. value] : [.. value, .. key];
        var bytes = one.ToByteArray();
        var whole = TensorProto.Parser.ParseFrom([.. bytes, 13 << 3 | 2, (byte)entry.Length, .. entry]);
        model.Graph.Initializer[0] = whole;
    });

    private static byte[] Field(int number, string text)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        return [(byte)(number << 3 | 2), (byte)utf8.Length, .. utf8];
    }
}
