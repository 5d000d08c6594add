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
            if (cells[2] != "yes")
            {
                var refused = Assert.Throws<OrtException>(() => Open(cells[0]));
                Assert.DoesNotContain("/work", refused.Message, StringComparison.Ordinal);
                continue;
            }
            using var session = Open(cells[0]);
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
}
