using Saki.Pipelines;

namespace Saki.Tests.Pipelines;

public sealed class PipelineFileTests
{
    // The example of the package's contract, word for word.
    private const string Contract = """
        input:     {kind: image, color: gray, width: 64, height: 64, layout: nchw, type: float32}   # color gray|rgb|bgr; layout nchw|nhwc; type float32|uint8|float16
        resize:    {mode: stretch, interpolation: bilinear, antialias: false}                         # mode stretch|cover (scale, centre crop)|fit (scale, pad)|none
        normalize: {scale: 0.00784313725, mean: [1.0], std: [1.0]}                                    # y = (x·scale − mean) / std, x in 0..255
        faces:     none                                                                               # none|largest|all: find faces first and classify each
        output:    {kind: logits, name: null}                                                         # logits|probabilities|scores; name when there are several
        labels:    [angry, disgust, fear, happy, sad, surprise, neutral]
        reject:    null                                                                               # {below: 0.35, as: none}
        estimator: {kind: onnx, file: model.onnx}
        """;

    private const string Least = "input: {kind: image, color: rgb, width: 32, height: 24}\nlabels: [a, b]\n";

    [Fact]
    public void The_file_of_the_contract_reads_as_written()
    {
        var pipeline = PipelineFile.Parse(Contract);
        Assert.Equal(new InputSpec(ColorKind.Gray, 64, 64), pipeline.Input);
        Assert.Equal(new ResizeSpec(), pipeline.Resize);
        Assert.Equal(0.00784313725f, pipeline.Normalize.Scale);
        Assert.Equal([1f], pipeline.Normalize.Mean);
        Assert.Equal(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"], pipeline.Labels);
        Assert.Equal((FaceMode.None, OutputKind.Logits, null, null), (pipeline.Faces, pipeline.Output.Kind, pipeline.Output.Name, pipeline.Reject));
        Assert.Equal(new EstimatorSpec(), pipeline.Estimator);
    }

    [Fact]
    public void What_is_left_out_has_the_defaults()
    {
        var pipeline = PipelineFile.Parse(Least);
        Assert.Equal(new InputSpec(ColorKind.Rgb, 32, 24), pipeline.Input);
        Assert.Equal((1f, 0f, 1f), (pipeline.Normalize.Scale, pipeline.Normalize.Mean[0], pipeline.Normalize.Std[0]));
        Assert.Equal(new OutputSpec(), pipeline.Output);
    }

    [Fact]
    public void Writing_and_reading_gives_the_same_pipeline_to_the_bit()
    {
        var pipeline = new Pipeline
        {
            Input = new InputSpec(ColorKind.Bgr, 640, 480, TensorLayout.Nhwc, InputType.Float16),
            Resize = new ResizeSpec(ResizeMode.Cover, Interpolation.Bicubic, true),
            Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.485f, 0.456f, 1e-9f], Std = [0.229f, 3e7f, float.Epsilon] },
            Faces = FaceMode.All,
            Output = new OutputSpec(OutputKind.Probabilities, "softmax:0"),
            Labels = ["no", "null", "1", "two words", "quote\"d", "Übermut", "笑", "- dash", "# hash", "a: b", " lead"],
            Reject = new RejectSpec(0.35f, "none of them"),
            Estimator = new EstimatorSpec(EstimatorKind.Onnx, "net-1.onnx"),
        };
        var text = PipelineFile.Write(pipeline);
        var read = PipelineFile.Parse(text);
        Assert.Equal(text, PipelineFile.Write(read));
        Assert.Equal(pipeline.Labels, read.Labels);
        Assert.Equal(pipeline.Normalize.Std, read.Normalize.Std);
        Assert.Equal((pipeline.Input, pipeline.Resize, pipeline.Faces, pipeline.Output, pipeline.Reject, pipeline.Estimator), (read.Input, read.Resize, read.Faces, read.Output, read.Reject, read.Estimator));
        Assert.Equal(PipelineFile.DigestOf(pipeline), PipelineFile.DigestOf(read));
    }

    [Fact]
    public void All_mistakes_are_told_together_with_their_lines()
    {
        var refused = Assert.Throws<PipelineException>(() => PipelineFile.Parse("""
            input: {kind: image, colr: gray, width: 0, height: 64.5}
            resize: {mode: strech}
            normalize:
              scale: fast
              mean: [1, 2]
            lables: [a, b]
            labels: [a, a]
            """));
        Assert.Equal(
        [
            "line 1: input.colr: unknown key. Did you mean \"color\"?",
            "line 1: input.color: missing",
            "line 1: input.height: expected a whole number, got \"64.5\"",
            "line 1: input.width: expected 1 to 8192 pixels, got 0",
            "line 2: resize.mode: expected stretch|cover|fit|none, got \"strech\". Did you mean \"stretch\"?",
            "line 4: normalize.scale: expected a number, got \"fast\"",
            "line 5: normalize.mean: expected 1 or 3 values, got 2",
            "line 6: lables: unknown key. Did you mean \"labels\"?",
            "line 7: labels: expected each class once, got \"a\" twice",
        ], refused.Mistakes);
    }

    [Theory]
    [InlineData("", "input: missing")]
    [InlineData("[]", "expected keys and values")]
    [InlineData("input: {kind: video, color: rgb, width: 1, height: 1}\nlabels: [a]", "expected image, got \"video\"")]
    [InlineData(Least + "normalize: {scale: .nan}", "expected a number")]
    [InlineData(Least + "normalize: {scale: 1e99}", "expected a number")]
    [InlineData(Least + "normalize: {std: [0, 1, 1]}", "other than 0")]
    [InlineData(Least + "reject: {below: 1.5}", "from 0 to 1")]
    [InlineData(Least + "reject: {as: none}", "reject.below: missing")]
    [InlineData(Least + "reject: {below: 0.5}\noutput: {kind: scores}", "no probabilities")]
    [InlineData(Least + "estimator: {kind: onnx, file: ../../etc/passwd}", "without a path")]
    [InlineData(Least + "estimator: {kind: python, file: model.py}", "expected onnx")]
    [InlineData(Least + "resize: {mode: none}\nfaces: all", "where faces are cut out")]
    [InlineData("input: {kind: image, color: rgb, width: 32, height: 24, type: uint8}\nlabels: [a]\nnormalize: {scale: 0.1}", "no normalisation")]
    [InlineData("input: {kind: image, color: rgb, width: 32, height: 24}\nlabels: []", "at least one class")]
    [InlineData("input: {kind: image, color: rgb, width: 32, height: 24}\nlabels: [null]", "put quotes around")]
    [InlineData("input: {kind: image, color: rgb, width: 32, height: 24}\nlabels: [\"a\\u0007\"]", "printable")]
    [InlineData("input: {kind: image, color: rgb, width: 99999999999, height: 24}\nlabels: [a]", "whole number")]
    public void A_wrong_value_is_named(string text, string said) =>
        Assert.Contains(said, Assert.Throws<PipelineException>(() => PipelineFile.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a: &x 1\nb: *x", "anchor")]
    [InlineData("a: *x", "alias")]
    [InlineData("a: !!python/object:os.system 1", "tag")]
    [InlineData("a: 1\na: 2", "twice")]
    [InlineData("a: 1\n---\nb: 2", "second document")]
    [InlineData("? [a]\n: 1", "as a key")]
    [InlineData("a: [1, 2", "line")]
    [InlineData("a: \"b", "line")]
    public void Yaml_beyond_plain_data_is_refused(string text, string said)
    {
        var refused = Assert.Throws<SakiException>(() => PipelineFile.Parse(text));
        Assert.Contains(said, refused.Got, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_and_large_files_are_refused_before_they_cost_anything()
    {
        Assert.Contains("16 levels", Assert.Throws<SakiException>(() => PipelineFile.Parse(new string('[', 20_000))).Message, StringComparison.Ordinal);
        Assert.Contains("64 kB", Assert.Throws<SakiException>(() => PipelineFile.Parse(new byte[PipelineFile.MaxBytes + 1])).Message, StringComparison.Ordinal);
        Assert.Contains("UTF-8", Assert.Throws<SakiException>(() => PipelineFile.Parse([0x61, 0xFF, 0xFE])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_one_clear_line()
    {
        var refused = Assert.Throws<SakiException>(() => PipelineFile.Read("/nowhere/pipeline.yaml"));
        Assert.Equal("Reading pipeline.yaml stopped. Expected a pipeline file, got no file at /nowhere/pipeline.yaml. Check the path.", refused.Message);
    }

    [Fact]
    public void Random_damage_gives_a_pipeline_or_a_typed_error()
    {
        var random = new SeededRandom(11);
        var good = System.Text.Encoding.UTF8.GetBytes(Contract);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = (byte[])good.Clone();
            for (var edit = 0; edit <= random.Next(3); edit++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try { PipelineFile.Write(PipelineFile.Parse(bytes)); }
            catch (SakiException) { }
        }
    }
}
