using System.Runtime.InteropServices;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;
using Saki.Testing;
using static Saki.Onnx.TensorProto.Types;

namespace Saki.Inference.Tests;

public sealed class PredictorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-predictor-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedDataFact]
    public void An_answer_carries_class_top_model_version_pipeline_time_and_id()
    {
        using var predictor = Fer(out var package);
        var answer = predictor.Predict(File.ReadAllBytes(SharedData.At("faces/obama-240p.jpg")), "obama.jpg", top: 3);
        Assert.Equal(("obama.jpg", "fer2013_mini_xception", package.Version), (answer.File, answer.Model, answer.Version));
        Assert.Equal(PipelineFile.DigestOf(TestFiles.Fer).Short, answer.Pipeline);
        Assert.Equal(3, answer.Top.Count);
        Assert.Equal((answer.Class, answer.Probability), (answer.Top[0].Class, answer.Top[0].Probability));
        Assert.True(answer.Top[0].Probability >= answer.Top[1].Probability && answer.Top[1].Probability >= answer.Top[2].Probability);
        Assert.Null(answer.Faces);
        Assert.True(answer.Milliseconds.Decode > 0 && answer.Milliseconds.Infer > 0);
        Assert.Equal('7', answer.Id[12]);

        using var json = JsonDocument.Parse(JsonSerializer.Serialize(answer, PipelineJson.Default.Prediction));
        Assert.Equal(["file", "class", "probability", "top", "model", "version", "pipeline", "milliseconds", "id"], json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(answer.Probability, json.RootElement.GetProperty("probability").GetSingle());
    }

    [SharedDataFact]
    public void Eight_threads_get_the_same_bits_from_every_entry()
    {
        using var predictor = Fer(out _);
        string[] files = ["obama-240p.jpg", "obama2.jpg", "astronaut.png", "2008_001322.jpg"];
        var bytes = files.Select(file => File.ReadAllBytes(SharedData.At($"faces/{file}"))).ToArray();
        var expected = bytes.Select(image => Bits(predictor.Predict(image, top: 7))).ToArray();
        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            using var cancellation = new CancellationTokenSource();
            Assert.Equal(expected[i % 4], Bits(predictor.Predict(bytes[i % 4], $"{i}", 7, i % 2 == 0 ? default : cancellation.Token)));
        });
        using var again = Predictor.Load(Path.Combine(_folder, "package"));
        Assert.Equal(expected[0], Bits(again.Predict(bytes[0], top: 7)));

        static string Bits(Prediction answer) => string.Join(' ', answer.Top.Select(top => $"{top.Class}:{BitConverter.SingleToUInt32Bits(top.Probability):x8}"));
    }

    [SharedDataFact]
    public void A_row_among_others_answers_as_it_does_alone_within_a_rounding()
    {
        using var predictor = Predictor.Load(Wrap("cifar10/resnet20_cifar10.onnx", TestFiles.Cifar));
        var random = new SeededRandom(3);
        var model = predictor.Tensors;
        var together = model.Rent(5);
        foreach (ref var value in MemoryMarshal.Cast<byte, float>(together.Input(0, 0, 5))) value = (float)random.NextNormal();
        together.Run(5);
        var alone = model.Rent(1);
        for (var row = 0; row < 5; row++)
        {
            together.Input(0, row).CopyTo(alone.Input(0, 0));
            alone.Run(1);
            var (a, b) = (MemoryMarshal.Cast<byte, float>(together.Output(0, row)).ToArray(), MemoryMarshal.Cast<byte, float>(alone.Output(0, 0)).ToArray());
            for (var i = 0; i < 10; i++) Assert.Equal(a[i], b[i], 1e-4f * Math.Max(1, Math.Abs(a[i])));
        }
        model.Return(together);
        model.Return(alone);
    }

    [SharedDataFact]
    public void A_model_of_fixed_batch_takes_one_row_a_run()
    {
        using var mnist = Predictor.Load(Wrap("mnist/opt-mnist.onnx", TestFiles.Mnist));
        Assert.Equal(1, mnist.Tensors.MaxRows);
        Assert.Throws<ArgumentOutOfRangeException>(() => mnist.Tensors.Rent(2));
    }

    [SharedDataFact]
    public void A_golden_answer_that_does_not_come_out_is_refused_with_expected_and_got()
    {
        using (Fer(out _)) { }
        var folder = Path.Combine(_folder, "package");
        Reseal(folder, "golden.json", text => text.Replace("\"output\":[", "\"output\":[0.5,", StringComparison.Ordinal).Replace(",\"tolerance\"", ",\"x\":0,\"tolerance\"", StringComparison.Ordinal));
        Assert.Contains("Expected 8 values, got 7", Assert.Throws<SakiException>(() => Predictor.Load(folder)).Message, StringComparison.Ordinal);

        using (Fer(out _)) { }
        Reseal(folder, "pipeline.yaml", text => text.Replace("mean: [1.0]", "mean: [0.9]", StringComparison.Ordinal)); // one number of the preprocessing changed
        var refused = Assert.Throws<SakiException>(() => Predictor.Load(folder));
        Assert.StartsWith("Checking the golden answer stopped. Expected output ", refused.Message, StringComparison.Ordinal);
    }

    [SharedDataFact]
    public void Another_models_file_in_the_package_is_refused_by_the_golden_answer()
    {
        using (Fer(out _)) { }
        var folder = Path.Combine(_folder, "package");
        File.Copy(SharedData.At("models/fer2013/fer2013_mini_xception_epoch00.onnx"), Path.Combine(folder, "model.onnx"), overwrite: true);
        Assert.Contains("other content", Assert.Throws<SakiException>(() => Predictor.Load(folder)).Message, StringComparison.Ordinal);
        Reseal(folder, "card.md", text => text); // even with correct sums
        Assert.Contains("golden answer", Assert.Throws<SakiException>(() => Predictor.Load(folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 4, 4, InputType.Float32, "input.type")]
    [InlineData(3, 4, 4, InputType.Uint8, null)]
    [InlineData(3, 4, 4, InputType.Float16, null)]
    [InlineData(1, 4, 4, InputType.Float32, null)]
    [InlineData(3, 4, 5, InputType.Float32, "input.width")]
    public void Input_and_pipeline_must_agree(int channels, int height, int width, InputType type, string? complaint)
    {
        var declared = complaint == "input.type" ? DataType.Double : type switch { InputType.Uint8 => DataType.Uint8, InputType.Float16 => DataType.Float16, _ => DataType.Float };
        var model = Save(TestFiles.ChannelMeans(declared, channels, 4, 4));
        var pipeline = new Pipeline
        {
            Input = new InputSpec(channels == 1 ? ColorKind.Gray : ColorKind.Rgb, width, height, Type: type),
            Labels = [.. Enumerable.Range(0, channels).Select(i => $"c{i}")],
        };
        if (complaint is not null)
        {
            Assert.Contains(complaint, Assert.Throws<SakiException>(() => PackageBuilder.Wrap(model, pipeline, Path.Combine(_folder, "package"))).Message, StringComparison.Ordinal);
            Assert.False(Directory.Exists(Path.Combine(_folder, "package")));
            return;
        }
        using var predictor = Predictor.Load(PackageBuilder.Wrap(model, pipeline, Path.Combine(_folder, "package")));
        using var picture = new Vision.Image(4, 4, channels);
        for (var i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = (byte)(10 * (i % channels));
        var answer = predictor.Predict(picture);
        Assert.Equal($"c{channels - 1}", answer.Class);
        Assert.Equal(1, answer.Top.Sum(top => (double)top.Probability), 1e-5);
    }

    [Fact]
    public void The_number_of_labels_must_be_the_number_of_outputs()
    {
        var model = Save(TestFiles.ChannelMeans(DataType.Float, 3, 4, 4));
        var refused = Assert.Throws<SakiException>(() => PackageBuilder.Wrap(model, Small("a", "b"), Path.Combine(_folder, "package")));
        Assert.Contains("Expected 3 labels, one for each value of the output, got 2", refused.Message, StringComparison.Ordinal);
        var named = Small("a", "b", "c") with { Output = new OutputSpec(OutputKind.Logits, "Y") };
        Assert.Contains("Did you mean \"y\"?", Assert.Throws<SakiException>(() => PackageBuilder.Wrap(model, named, Path.Combine(_folder, "package"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Softmax_scores_ties_and_reject_do_what_the_pipeline_says()
    {
        var model = Save(TestFiles.ChannelMeans(DataType.Float, 3, 4, 4));
        using var grey = new Vision.Image(4, 4, 3);
        grey.Pixels.Fill(100);

        using var logits = Predictor.Open(model, Small("a", "b", "c"));
        var answer = logits.Predict(grey);
        Assert.Equal(["a", "b", "c"], answer.Top.Select(top => top.Class)); // equal values keep the order of the labels
        Assert.All(answer.Top, top => Assert.Equal(1f / 3, top.Probability));

        using var scores = Predictor.Open(model, Small("a", "b", "c") with { Output = new OutputSpec(OutputKind.Scores) });
        Assert.Equal(100, scores.Predict(grey).Probability);

        using var careful = Predictor.Open(model, Small("a", "b", "c") with { Reject = new RejectSpec(0.35f, "none of these") });
        Assert.Equal(("none of these", 1f / 3, "a"), (careful.Predict(grey).Class, careful.Predict(grey).Probability, careful.Predict(grey).Top[0].Class));
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_an_error_and_not_an_answer()
    {
        var model = Save(TestFiles.ChannelMeans(DataType.Float, 3, 4, 4, float.NaN));
        Assert.Contains("finite", Assert.Throws<SakiException>(() => PackageBuilder.Wrap(model, Small("a", "b", "c"), Path.Combine(_folder, "package"))).Message, StringComparison.Ordinal);
        using var predictor = Predictor.Open(model, Small("a", "b", "c"));
        using var picture = new Vision.Image(4, 4, 3);
        Assert.Throws<SakiException>(() => predictor.Predict(picture));
    }

    [SharedDataFact]
    public void A_cancelled_prediction_does_not_start()
    {
        using var predictor = Fer(out _);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => predictor.Predict(File.ReadAllBytes(SharedData.At("faces/obama-240p.jpg")), cancellation: cancelled.Token));
    }

    [SharedDataTheory]
    [InlineData("odd/sklearn_randomforest.onnx")]
    [InlineData("odd/example_multitype.onnx")]
    [InlineData("odd/example_needs_extensions.onnx")]
    [InlineData("odd/single_relu.onnx")]
    [InlineData("cifar10/resnet20-12fca82f.th")]
    [InlineData("README.md")]
    public void What_is_no_classifier_of_pictures_is_refused_and_nothing_is_written(string file)
    {
        Assert.ThrowsAny<SakiException>(() => PackageBuilder.Wrap(SharedData.At(file == "README.md" ? file : $"models/{file}"), TestFiles.Cifar, Path.Combine(_folder, "package"), "odd"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private static Pipeline Small(params string[] labels) => new() { Input = new InputSpec(ColorKind.Rgb, 4, 4), Labels = labels };

    private Predictor Fer(out Package package)
    {
        package = Wrap("fer2013/fer2013_mini_xception.onnx", TestFiles.Fer);
        return Predictor.Load(package);
    }

    private Package Wrap(string model, Pipeline pipeline) => PackageBuilder.Wrap(SharedData.At($"models/{model}"), pipeline, Path.Combine(_folder, "package"));

    private string Save(byte[] model)
    {
        var file = Path.Combine(_folder, "model.onnx");
        File.WriteAllBytes(file, model);
        return file;
    }

    // Changes a file and writes the sums anew, as somebody would who wants to slip a change past them.
    private static void Reseal(string folder, string file, Func<string, string> change)
    {
        File.WriteAllText(Path.Combine(folder, file), change(File.ReadAllText(Path.Combine(folder, file))));
        File.WriteAllText(Path.Combine(folder, Package.SumsFile), string.Concat(Directory.GetFiles(folder).Where(path => Path.GetFileName(path) != Package.SumsFile)
            .Select(path => $"{Storage.Digest.Of(File.ReadAllBytes(path))}  {Path.GetFileName(path)}\n")));
    }
}
