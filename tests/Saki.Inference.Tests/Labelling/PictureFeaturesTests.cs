using Saki.Inference.Labelling;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Inference.Tests.Labelling;

public sealed class PictureFeaturesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>ResNet-20 (He and others, 2016) ends with 64 features; mini-Xception with a convolution before its pooling.</summary>
    [SharedDataTheory]
    [InlineData("cifar10/resnet20_cifar10.onnx", true, 64)]
    [InlineData("fer2013/fer2013_mini_xception.onnx", false, 0)]
    public void The_layer_before_the_classes_comes_with_the_same_probabilities_as_without(string model, bool colour, int dimensions)
    {
        var pipeline = colour
            ? TestFiles.Fer with { Input = new Pipelines.InputSpec(Pipelines.ColorKind.Rgb, 32, 32), Output = new Pipelines.OutputSpec(Pipelines.OutputKind.Logits), Labels = TestFiles.CifarClasses }
            : TestFiles.Fer;
        var package = PackageBuilder.Wrap(SharedData.At($"models/{model}"), pipeline, _folder.At("package"));
        using var features = PictureFeatures.Open(package.Folder);
        var pictures = Enumerable.Range(1, 3).Select(seed => Png.Encode(Datasets.Emotions.EmotionFaces.Draw(new SeededRandom((ulong)seed), Datasets.Emotions.Emotion.Happy, 32), 32, 32)).ToArray();
        var all = pictures.Select(picture => features.Of(picture)).ToArray();
        Assert.True(features.HasEmbedding);
        if (dimensions > 0) Assert.All(all, feature => Assert.Equal(dimensions, feature.Embedding.Length));
        Assert.NotEqual(all[0].Embedding, all[1].Embedding);
        for (var i = 0; i < pictures.Length; i++)
        {
            var answer = features.Predictor.Predict(pictures[i], top: 1);
            Assert.Equal(answer.Probability, all[i].Probabilities.Max());
        }
    }
}
