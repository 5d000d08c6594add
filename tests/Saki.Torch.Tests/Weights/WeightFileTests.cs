using Saki.Datasets;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Torch.Networks;
using Saki.Torch.Tests.Networks;
using Saki.Torch.Weights;
using Saki.Vision;

namespace Saki.Torch.Tests.Weights;

public sealed class WeightFileTests : TorchTest
{
    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void Files_of_torch_save_give_their_tensors(string form) => With(form, path =>
    {
        var tensors = TorchFile.Load(path);
        using var scope = torch.NewDisposeScope();
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), tensors["module.conv.weight"].ToArray<float>());
        Assert.Equal([2L, 3, 4], tensors["module.conv.weight"].shape);
        Assert.Equal([3f, 5, 7], tensors["module.conv.bias"].ToArray<float>()); // every second element of a shared storage
        Assert.Equal([0f, 3, 1, 4, 2, 5], tensors["module.turned"].ToArray<float>());
        Assert.Equal(ScalarType.float16, tensors["module.half"].dtype);
        Assert.Equal([1.5f, -2], tensors["module.bf16"].to(torch.float32).ToArray<float>());
        Assert.Equal(7, tensors["module.count"].item_long());
        Assert.Equal([0L, 3], tensors["module.empty"].shape);
        foreach (var tensor in tensors.Values) tensor.Dispose();
    });

    [Fact]
    public void A_parameter_counts_as_its_tensor() => With("parameter", path =>
    {
        using var tensor = TorchFile.Load(path)["w"];
        Assert.Equal([1f, 1, 1, 1], tensor.ToArray<float>());
    });

    [Theory]
    [InlineData("evil", "system")]
    [InlineData("evil_legacy", "system")]
    [InlineData("module", "torch.nn.modules.linear.Linear")]
    public void A_file_that_names_code_is_refused_by_its_name(string form, string named) => With(form, path =>
        Assert.Contains(named, Assert.Throws<SakiException>(() => TorchFile.Load(path)).Message, StringComparison.Ordinal));

    [Theory]
    [InlineData("zip")]
    [InlineData("legacy")]
    public void A_torn_or_altered_file_is_refused_and_never_crashes(string form)
    {
        var whole = GoldenNetworks.TorchFile(form);
        var random = new SeededRandom(3);
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "w.pth");
        for (var i = 0; i < 200; i++)
        {
            var bytes = i < 60 ? whole[..random.Next(whole.Length)] : [.. whole];
            if (i >= 60) bytes[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(path, bytes);
            try
            {
                foreach (var tensor in TorchFile.Load(path).Values) tensor.Dispose();
            }
            catch (SakiException refused)
            {
                Assert.Contains(path, refused.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void All_that_does_not_fit_is_listed()
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "w.safetensors");
        using (var small = new Mlp(12, 5, 3)) Safetensors.Save(path, new Dictionary<string, Tensor>(small.state_dict().Where(entry => entry.Key != "layers.0.bias")) { ["extra"] = small.state_dict()["layers.0.bias"] });
        using var wide = new Mlp(12, 6, 3);
        var message = Assert.Throws<SakiException>(() => WeightFile.LoadInto(wide, path)).Message;
        foreach (var part in (string[])["missing layers.0.bias", "unexpected extra", "layers.0.weight [5, 12] instead of [6, 12]"]) Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_head_for_other_classes_starts_anew_and_the_rest_is_taken()
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "w.safetensors");
        using var noGrad = torch.no_grad();
        using var ten = new Mlp(12, 5, 10);
        Safetensors.Save(path, ten.state_dict());
        using var seven = new Mlp(12, 5, 7);
        var own = seven.state_dict()["layers.1.weight"].ToArray<float>();
        var loaded = WeightFile.LoadInto(seven, path);
        Assert.Equal(["layers.1.bias", "layers.1.weight"], loaded.NewHead.Order());
        Assert.Equal(own, seven.state_dict()["layers.1.weight"].ToArray<float>());
        Assert.Equal(ten.state_dict()["layers.0.weight"].ToArray<float>(), seven.state_dict()["layers.0.weight"].ToArray<float>());
    }

    [SharedDataFact]
    public void The_published_resnet20_is_right_on_91_56_percent_of_test_a()
    {
        using var network = NetworkRegistry.BuiltIn().Create("resnet20", null, new NetworkShape(3, 32, 32, 10));
        WeightFile.LoadInto(network, SharedData.At("models/cifar10/resnet20-12fca82f.th"));
        network.to(format: MemoryFormat.channels_last).eval();
        var pipeline = new Pipeline
        {
            Input = new InputSpec(ColorKind.Rgb, 32, 32),
            Labels = [.. Enumerable.Range(0, 10).Select(i => $"{i}")],
            Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] },
        };
        var preprocessor = new Preprocessor(pipeline);
        using var noGrad = torch.no_grad();
        var (right, size) = (0, pipeline.Input.Count);
        var (rows, labels) = (new float[500 * size], new List<int>());
        foreach (var sample in DatasetFormat.Open(SharedData.At("cifar10/cifar-10-binary-test_a.tar.bz2")).Read())
        {
            using var image = ImageDecoder.Decode(sample.Content.Span, preprocessor.Decode);
            preprocessor.Run(image, rows.AsSpan(labels.Count * size, size));
            labels.Add(sample.Label);
            if (labels.Count < 500) continue;
            using var scope = torch.NewDisposeScope();
            var answers = network.forward(torch.tensor(rows, 500, 3, 32, 32)).argmax(1).ToArray<long>();
            right += labels.Where((label, i) => answers[i] == label).Count();
            labels.Clear();
        }
        Assert.Equal(4578, right); // of 5,000: 91.56 %
    }

    private static void With(string form, Action<string> check)
    {
        using var folder = new Folder();
        var path = Path.Combine(folder.Path, "weights.pth");
        File.WriteAllBytes(path, GoldenNetworks.TorchFile(form));
        check(path);
    }

    private sealed class Folder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("saki-weights").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
