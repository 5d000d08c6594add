using Saki.Onnx;
using Saki.Pipelines;

namespace Saki.Tests.Pipelines;

public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("saki-package-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Target => Path.Combine(_folder, "package");

    [Fact]
    public void A_package_reads_back_as_it_was_written()
    {
        var written = Write();
        var package = Package.Open(Target);
        Assert.Equal(["MLmodel", "card.md", "conda.yaml", "golden.json", "model.onnx", "pipeline.yaml", "python_env.yaml", "requirements.txt"], package.Files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("tiny model", "0123abcd"), (package.Model, package.RunId));
        Assert.Equal(["cat", "dog"], package.Pipeline.Labels);
        Assert.Equal([0.25f, -3f], package.Golden.Output);
        Assert.Equal(written.Digest, package.Digest);
        Assert.Equal(package.Digest.Short, package.Version);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "tiny.onnx")), package.ReadModel());
        Assert.Contains("| training data | pets@0123456789ab:train |", package.Card, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_content_gives_the_same_version()
    {
        var first = Write().Digest;
        Assert.Equal(first, Write().Digest);
    }

    [Fact]
    public void One_byte_changed_in_any_file_is_refused()
    {
        Write();
        foreach (var file in Directory.GetFiles(Target))
        {
            var good = File.ReadAllBytes(file);
            foreach (var at in new[] { 0, good.Length / 2, good.Length - 1 })
            {
                var bad = (byte[])good.Clone();
                bad[at] ^= 1;
                File.WriteAllBytes(file, bad);
                Assert.Throws<SakiException>(() => Package.Open(Target));
            }
            File.WriteAllBytes(file, good);
        }
        Package.Open(Target);
    }

    [Fact]
    public void A_model_changed_after_opening_does_not_run()
    {
        var package = Write();
        using (var file = File.OpenWrite(package.ModelFile)) file.WriteByte(0xFF);
        Assert.Contains("other content", Assert.Throws<SakiException>(package.ReadModel).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_added_taken_away_or_linked_are_refused()
    {
        Write();
        var (extra, card) = (Path.Combine(Target, "extra.bin"), Path.Combine(Target, "card.md"));
        File.WriteAllText(extra, "x");
        Assert.Contains("extra.bin as well", Assert.Throws<SakiException>(() => Package.Open(Target)).Message, StringComparison.Ordinal);
        File.Delete(extra);

        var outside = Path.Combine(_folder, "outside.md");
        File.Move(card, outside);
        Assert.Contains("no such file", Assert.Throws<SakiException>(() => Package.Open(Target)).Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(card, outside); // same content, other place
        Assert.Contains("a link", Assert.Throws<SakiException>(() => Package.Open(Target)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../outside.md")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a\\b")]
    [InlineData("")]
    public void Paths_in_the_sums_are_refused(string name)
    {
        Write();
        File.AppendAllText(Path.Combine(Target, Package.SumsFile), $"{new string('0', 64)}  {name}\n");
        Assert.Throws<SakiException>(() => Package.Open(Target));
    }

    [Fact]
    public void A_folder_without_sums_says_what_makes_a_package()
    {
        var refused = Assert.Throws<SakiException>(() => Package.Open(_folder));
        Assert.Contains("without it. Make the package with saki train or saki package.", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no folder at", Assert.Throws<SakiException>(() => Package.Open(Path.Combine(_folder, "none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_with_other_things_is_never_replaced()
    {
        Directory.CreateDirectory(Target);
        var precious = Path.Combine(Target, "thesis.txt");
        File.WriteAllText(precious, "years of work");
        Assert.Contains("other files", Assert.Throws<SakiException>(() => Write()).Message, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(precious));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_package_and_nothing_else()
    {
        var digest = Write().Digest;
        Assert.Throws<SakiException>(() => Write(external: "weights.bin")); // named, but not there
        Assert.Equal(digest, Package.Open(Target).Digest);
        Assert.Equal(["package", "tiny.onnx"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("emoji😀")]
    public void Names_that_are_no_names_are_refused(string name) =>
        Assert.Contains("model name", Assert.Throws<SakiException>(() => Write(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_golden_picture_is_larger_than_the_input_and_drawn_alike_each_time()
    {
        var golden = Golden(Pipe);
        Assert.Equal((12, 9, 3), (golden.Width, golden.Height, golden.Channels));
        golden.Verify(_ => [0.25f, -3f]);
        golden.Verify(_ => [0.2502f, -3.001f]);
        foreach (var wrong in new[] { [0.252f, -3f], [0.25f, float.NaN], new[] { 0.25f } })
            Assert.Contains("golden answer", Assert.Throws<SakiException>(() => golden.Verify(_ => wrong)).Message, StringComparison.Ordinal);
        Assert.Throws<SakiException>(() => (golden with { Seed = 8 }).Verify(_ => [0.25f, -3f]));
    }

    private static Pipeline Pipe { get; } = new() { Input = new InputSpec(ColorKind.Rgb, 8, 6), Labels = ["cat", "dog"] };

    private static GoldenSample Golden(Pipeline pipeline) => GoldenSample.Record(pipeline, 7, _ => [0.25f, -3f]);

    private Package Write(string name = "tiny model", string? external = null)
    {
        var graph = new OnnxGraphBuilder("tiny");
        graph.Output("y", graph.Node("Flatten", [graph.Input("x", TensorProto.Types.DataType.Float, OnnxGraphBuilder.Batch, 3, 6, 8)]), TensorProto.Types.DataType.Float, OnnxGraphBuilder.Batch, 144);
        var model = Path.Combine(_folder, "tiny.onnx");
        OnnxModel.Write(graph.Build(new Dictionary<string, string>()), model);
        return PackageWriter.Write(Target, new PackageContent
        {
            Model = name,
            ModelFile = model,
            Pipeline = Pipe,
            Golden = Golden(Pipe),
            RunId = "0123abcd",
            ExternalFiles = external is null ? [] : [external],
            Card = new ModelCard { Data = "pets@0123456789ab:train", Metrics = [("val accuracy", 0.5)] },
            Created = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero),
        });
    }
}
