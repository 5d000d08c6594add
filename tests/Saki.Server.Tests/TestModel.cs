using Google.Protobuf;
using Saki.Datasets.Emotions;
using Saki.Inference;
using Saki.Inference.Serving;
using Saki.Onnx;
using Saki.Pipelines;
using Saki.Vision;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Server.Tests;

/// <summary>Real packages: a linear network over 8x8 colours, written by our own ONNX builder, and pictures to ask it about.</summary>
internal static class TestModel
{
    private static readonly Lazy<Predictor> Shared = new(() => Make(EmotionFaces.Classes));

    /// <summary>One for all tests, with the seven emotions as labels.</summary>
    public static Predictor Emotions => Shared.Value;

    /// <summary>A server's models with only <paramref name="predictor"/> in them.</summary>
    public static ModelRepository Serve(Predictor predictor)
    {
        var models = new ModelRepository(new RepositoryOptions { Cache = Path.GetTempPath() });
        models.Add(predictor);
        return models;
    }

    /// <summary>A drawn face as PNG.</summary>
    public static byte[] Face { get; } = Png.Encode(EmotionFaces.Draw(new SeededRandom(1), Emotion.Happy, 64), 64, 64);

    /// <summary>Another one.</summary>
    public static byte[] OtherFace { get; } = Png.Encode(EmotionFaces.Draw(new SeededRandom(2), Emotion.Fear, 96), 96, 96);

    /// <summary>A PNG that says it has 65535 x 65535 pixels.</summary>
    public static byte[] Giant
    {
        get
        {
            var bytes = Face.ToArray();
            (bytes[16], bytes[17], bytes[18], bytes[19]) = (0, 0, 0xFF, 0xFF);
            (bytes[20], bytes[21], bytes[22], bytes[23]) = (0, 0, 0xFF, 0xFF);
            return bytes;
        }
    }

    public static Predictor Make(IReadOnlyList<string> labels)
    {
        var folder = Directory.CreateTempSubdirectory("saki-server-tests-").FullName;
        try
        {
            var random = new SeededRandom(7);
            var weights = new float[192 * labels.Count];
            for (var i = 0; i < weights.Length; i++) weights[i] = (float)random.NextNormal() * 0.1f;
            var graph = new OnnxGraphBuilder("linear");
            var flat = graph.Node("Flatten", [graph.Input("image", DataType.Float, OnnxGraphBuilder.Batch, 3, 8, 8)]);
            graph.Output("logits", graph.Node("MatMul", [flat, graph.Initializer("weights", weights, 192, labels.Count)]), DataType.Float, OnnxGraphBuilder.Batch, labels.Count);
            var file = Path.Combine(folder, "linear.onnx");
            File.WriteAllBytes(file, graph.Build(new Dictionary<string, string>()).ToByteArray());
            var pipeline = new Pipeline { Input = new InputSpec(ColorKind.Rgb, 8, 8), Normalize = new NormalizeSpec { Scale = 1 / 255f }, Labels = labels };
            PackageBuilder.Wrap(file, pipeline, Path.Combine(folder, "package"), "linear");
            return Predictor.Load(Path.Combine(folder, "package"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
