using System.Globalization;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Testing;

namespace Saki.Inference.Tests.Backends.OnnxRuntime;

public sealed class OrtSessionTests
{
    private static OrtSession Open(string model, OrtSessionOptions? options = null) => OrtSession.Load(SharedData.At($"models/{model}"), options);

    /// <summary>The manifest's columns inputs and outputs were read with onnxruntime-node, another binding of the same library.</summary>
    [SharedDataFact]
    public void Every_model_loads_or_fails_as_the_manifest_says()
    {
        var checkedModels = 0;
        foreach (var line in File.ReadLines(SharedData.At("models/manifest.csv")).Skip(1))
        {
            var cells = line.Split("\",\"").Select(cell => cell.Trim('"')).ToArray();
            if (cells.Length < 5) cells = line.Split(',').Select(cell => cell.Trim('"')).ToArray();
            checkedModels++;
            if (cells[0] == "odd/example_needs_extensions.onnx")
            {
                var refused = Assert.Throws<OrtException>(() => Open(cells[0]));
                Assert.Equal(OrtErrorCode.Fail, refused.Code);
                Assert.Contains("StringUpper", refused.Message, StringComparison.Ordinal);
                continue;
            }
            using var session = Open(cells[0]);
            if (cells[2] != "yes") continue; // bfloat16: node's binding has no such type, the library has
            Assert.Equal(cells[3], Describe(session.Inputs));
            Assert.Equal(cells[4].Split("; ").Select(name => name.Split(':')[0]), session.Outputs.Select(output => output.Name));
        }
        Assert.Equal(17, checkedModels);
    }

    // As the manifest writes them: "input:float32[N 3 32 32]".
    private static string Describe(IReadOnlyList<OrtValueInfo> values) => string.Join("; ", values.Select(value =>
        $"{value.Name}:{value.ElementType.ToString().ToLowerInvariant()}[{string.Join(' ', value.Shape!.Select(axis => axis.IsFree ? axis.Symbol ?? "" : axis.Size.ToString(CultureInfo.InvariantCulture)))}]"));

    [SharedDataTheory]
    [InlineData("light/light_resnet50")]
    [InlineData("light/light_squeezenet")]
    [InlineData("light/light_shufflenet")]
    public void Light_models_give_the_expected_tensor_of_the_onnx_back_end_tests(string model)
    {
        var picture = new float[3 * 224 * 224];
        for (var i = 0; i < picture.Length; i++) picture[i] = i / 150528f;
        using var session = Open($"{model}.onnx");
        using var input = OrtValue.Over<float>(picture, 1, 3, 224, 224);
        using var output = session.Run([input])[0];

        var expected = Onnx.TensorProto.Parser.ParseFrom(File.ReadAllBytes(SharedData.At($"models/{model}_output_0.pb")));
        Assert.Equal(expected.Dims, output.Shape);
        Assert.Equal(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(expected.RawData.Span), output.Data<float>());
    }

    [SharedDataFact]
    public void A_forests_sequence_of_maps_is_described_and_read()
    {
        using var session = Open("odd/sklearn_randomforest.onnx");
        Assert.Equal("output_probability: sequence(map(int64, float32))", session.Outputs[1].ToString());
        using var input = OrtValue.Over<float>(new float[] { 5.1f, 3.5f, 1.4f, 0.2f, 6.3f, 3.3f, 6.0f, 2.5f }, 2, 4); // two irises
        var outputs = session.Run([input]);
        Assert.Equal([0L, 2L], outputs[0].Data<long>().ToArray());
        var maps = outputs[1].Parts();
        Assert.Equal(2, maps.Length);
        foreach (var map in maps)
        {
            Assert.Equal(OrtValueKind.Map, map.Kind);
            var keysAndValues = map.Parts();
            Assert.Equal([0L, 1L, 2L], keysAndValues[0].Data<long>().ToArray());
            Assert.Equal(1, keysAndValues[1].Data<float>().ToArray().Sum(), 1e-5);
            foreach (var part in keysAndValues.Append(map)) part.Dispose();
        }
        Assert.Throws<OrtException>(() => outputs[1].Shape);
        foreach (var output in outputs) output.Dispose();
    }

    [SharedDataFact]
    public void Bytes_doubles_int16_and_int64_go_through_one_model()
    {
        using var session = Open("odd/example_multitype.onnx");
        using var a = OrtValue.Over<byte>(new byte[] { 7 }, 1, 1, 1);
        using var b = OrtValue.Over<double>(new double[] { 1, 2, 3, 4 }, 1, 2, 2);
        var outputs = session.Run([a, b]);
        Assert.Equal((OrtElementType.Int16, OrtElementType.Int64), (outputs[0].ElementType, outputs[1].ElementType));
        Assert.Equal([1, 2, 2], outputs[0].Shape);
        Assert.Equal([1, 1, 1], outputs[1].Shape);
        Assert.Throws<SakiException>(() => outputs[0].Data<int>().Length);
        foreach (var output in outputs) output.Dispose();
    }

    [SharedDataFact]
    public void Bfloat16_goes_in_and_out_as_its_bits()
    {
        using var session = Open("odd/example_float16.onnx");
        Assert.Equal((OrtElementType.Float16, OrtElementType.BFloat16), (session.Inputs[0].ElementType, session.Outputs[0].ElementType));
        using var input = OrtValue.Allocate(OrtElementType.Float16, [.. session.Inputs[0].Shape!.Select(axis => axis.IsFree ? 1 : axis.Size)]);
        input.Data<Half>().Fill((Half)1.5);
        using var output = session.Run([input])[0];
        Assert.NotEqual(0, output.Data<ushort>().Length);
        foreach (var bits in output.Data<ushort>()) Assert.True(float.IsFinite(BitConverter.UInt32BitsToSingle((uint)bits << 16)));
    }

    [SharedDataFact]
    public void Free_axes_take_any_length()
    {
        using var session = Open("odd/example_dynamic_axes.onnx");
        Assert.True(session.Inputs[0].Shape![0].IsFree);
        foreach (var batch in new[] { 1, 7, 300 })
        {
            using var input = OrtValue.Over<float>(new float[10 * batch], batch, 10);
            using var output = session.Run([input])[0];
            Assert.Equal([batch], output.Shape);
        }
    }

    [Fact]
    public void Outputs_can_be_written_into_tensors_made_before()
    {
        using var session = OrtSession.Load(TestFiles.AddOne(), null);
        var result = new float[4];
        using var input = OrtValue.Over<float>(new float[] { 1, 2, 3, 4 }, 1, 4);
        using var output = OrtValue.Over<float>(result, 1, 4);
        session.Run([input], [output]);
        Assert.Equal([2f, 3, 4, 5], result);
    }

    [Fact]
    public void A_wrong_call_says_expected_and_got()
    {
        using var session = OrtSession.Load(TestFiles.AddOne(), null);
        using var narrow = OrtValue.Over<float>(new float[3], 1, 3);
        using var doubles = OrtValue.Over<double>(new double[4], 1, 4);
        var shape = Assert.Throws<OrtException>(() => session.Run([narrow]));
        Assert.Equal(OrtErrorCode.InvalidArgument, shape.Code);
        Assert.Contains("Got: 3 Expected: 4", shape.Message, StringComparison.Ordinal);
        Assert.Equal(OrtErrorCode.InvalidArgument, Assert.Throws<OrtException>(() => session.Run([doubles])).Code);
        Assert.Contains("Expected 1 inputs, got 2", Assert.Throws<SakiException>(() => session.Run([narrow, narrow])).Message, StringComparison.Ordinal);
        narrow.Dispose();
        Assert.Throws<ObjectDisposedException>(() => session.Run([narrow]));
    }

    [Fact]
    public void Metadata_of_the_file_can_be_read()
    {
        var graph = new Onnx.OnnxGraphBuilder("sum");
        graph.Output("y", graph.Node("Neg", [graph.Input("x", Onnx.TensorProto.Types.DataType.Float, 1)]), Onnx.TensorProto.Types.DataType.Float, 1);
        var model = graph.Build(new Dictionary<string, string> { ["labels"] = "cat,dog", ["ü"] = "ö" });
        using var session = OrtSession.Load(Google.Protobuf.MessageExtensions.ToByteArray(model), null);
        Assert.Equal("sum", session.Metadata.GraphName);
        Assert.Equal(("cat,dog", "ö"), (session.Metadata.Custom["labels"], session.Metadata.Custom["ü"]));
    }

    [Fact]
    public void Doctor_names_the_version_and_the_provider()
    {
        var report = OrtEngine.Describe();
        Assert.True(report.Found);
        Assert.Matches(@"^1\.\d+\.\d+$", report.Version);
        Assert.Contains("CPUExecutionProvider", report.Facts[0], StringComparison.Ordinal);
    }
}
