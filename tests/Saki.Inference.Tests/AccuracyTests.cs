using Saki.Datasets;
using Saki.Pipelines;
using Saki.Testing;

namespace Saki.Inference.Tests;

/// <summary>
/// The accuracies that ../shared/data/README.md measured with other code (Pillow, numpy, onnxruntime-node), reached through a package and our preprocessing.
/// A wrong channel order, resize or normalisation costs points.
/// </summary>
public sealed class AccuracyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-accuracy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Pillow's way to resize (antialias: true) is the one that the README's number was measured with; OpenCV's way gives 65.53 (tests/golden/fer2013_resize.py).</summary>
    [SharedDataTheory]
    [InlineData(true, 65.12)]
    [InlineData(false, 65.53)]
    public void Mini_xception_reaches_65_12_percent_with_pillows_resize_and_65_53_with_opencvs(bool antialias, double percent) =>
        Reaches(percent, "fer2013/fer2013_mini_xception.onnx", TestFiles.Fer with { Resize = new ResizeSpec(Antialias: antialias) },
            new Fer2013Reader(SharedData.At("fer2013/publictest.csv.bz2")), 3589);

    [SharedDataFact]
    public void Resnet20_reaches_91_56_percent_on_half_of_cifar10s_test() =>
        Reaches(91.56, "cifar10/resnet20_cifar10.onnx", TestFiles.Cifar, new Cifar10Reader(SharedData.At("cifar10/cifar-10-binary-test_a.tar.bz2")), 5000);

    [SharedDataFact]
    public void Squeezenet_in_channels_last_reaches_76_92_percent() =>
        Reaches(76.92, "cifar10/squeezenet_cifar10.onnx", TestFiles.CifarNhwc, new Cifar10Reader(SharedData.At("cifar10/cifar-10-binary-test_a.tar.bz2")), 5000);

    private void Reaches(double percent, string model, Pipeline pipeline, IDatasetReader reader, int samples)
    {
        var package = PackageBuilder.Wrap(SharedData.At($"models/{model}"), pipeline, Path.Combine(_folder, "package"));
        using var predictor = Predictor.Load(package);
        Assert.Equal(pipeline.Labels, predictor.Pipeline.Labels);
        var (right, seen) = (0, 0);
        Parallel.ForEach(TestFiles.Pictures(reader, pipeline.Input.Channels), sample =>
        {
            var probabilities = new float[pipeline.Labels.Count];
            using (sample.Picture) predictor.Run([sample.Picture], probabilities);
            if (Array.IndexOf(probabilities, probabilities.Max()) == sample.Label) Interlocked.Increment(ref right);
            Interlocked.Increment(ref seen);
        });
        Assert.Equal(samples, seen);
        Assert.InRange(100.0 * right / seen, percent - 0.1, percent + 0.1);
    }
}
