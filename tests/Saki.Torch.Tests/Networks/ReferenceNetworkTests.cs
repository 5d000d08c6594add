using System.Security.Cryptography;
using System.Text;
using Saki.Torch.Export;
using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Networks;

/// <summary>Each network against its reference implementation on the same weights: names, number of parameters, answers in both modes.</summary>
public sealed class ReferenceNetworkTests : TorchTest
{
    [Theory]
    [InlineData("resnet34")]
    [InlineData("resnet50")]
    [InlineData("mobilenet_v2")]
    [InlineData("vgg11_bn")]
    [InlineData("vgg16_bn")]
    [InlineData("resnet20")]
    [InlineData("airbench94")]
    [InlineData("airbench96")]
    public void A_network_has_the_references_names_parameters_and_answers(string name)
    {
        var golden = GoldenNetworks.Network(name);
        var (channels, size) = (golden.GetProperty("channels").GetInt32(), golden.GetProperty("size").GetInt32());
        using var network = Make(name, channels, size);
        Assert.Equal(golden.GetProperty("parameters").GetInt64(), network.parameter_count());
        Assert.Equal(golden.GetProperty("names").GetString(), Names(network));
        GoldenNetworks.SetWeights(network, skipped: name.StartsWith("airbench", StringComparison.Ordinal) ? 1 : 0);

        using var noGrad = torch.no_grad();
        var images = GoldenNetworks.Wave(0, [2, channels, size, size]);
        network.eval();
        AssertClose(golden.GetProperty("eval"), network.forward(images));
        network.to(torch.float64).train();
        AssertClose(golden.GetProperty("train"), network.forward(images.to(torch.float64)).to(torch.float32));
    }

    [Theory]
    [InlineData("airbench94", 3, 32, null)]
    [InlineData("airbench94", 1, 48, null)]
    [InlineData("emotion_cnn", 1, 48, null)]
    [InlineData("mlp", 1, 28, null)]
    [InlineData("mobilenet_v2", 3, 32, null)]
    [InlineData("resnet18", 3, 32, null)]
    [InlineData("resnet20", 3, 32, null)]
    [InlineData("resnet34", 1, 48, null)]
    [InlineData("resnet50", 3, 32, null)]
    [InlineData("resnet56", 3, 32, null)]
    [InlineData("vgg11_bn", 1, 48, null)]
    [InlineData("vgg16_bn", 1, 48, null)]
    public void Every_network_can_be_traced_to_onnx(string name, int channels, int size, object? options)
    {
        using var network = NetworkRegistry.BuiltIn().Create(name, options, new NetworkShape(channels, size, size, 7));
        using var mirrored = new MirrorAveraged(network);
        var model = OnnxExport.Trace(mirrored, name, [channels, size, size], "logits", new Dictionary<string, string>());
        Assert.Contains(model.Graph.Node, node => node.OpType == "Slice"); // the mirror
        Assert.Equal("logits", Assert.Single(model.Graph.Output).Name);
    }

    [Fact]
    public void Every_registered_network_is_in_the_test_above()
    {
        var tested = typeof(ReferenceNetworkTests).GetMethod(nameof(Every_network_can_be_traced_to_onnx))!.GetCustomAttributesData()
            .Where(data => data.AttributeType == typeof(InlineDataAttribute)).Select(data => (string)((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)data.ConstructorArguments[0].Value!)[0].Value!);
        Assert.Equal(NetworkRegistry.BuiltIn().Names, tested.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Whitened_patches_have_no_correlation_and_equal_variance()
    {
        torch.manual_seed(3);
        using var noGrad = torch.no_grad();
        var noise = torch.randn([64, 3, 17, 17]);
        var images = functional.avg_pool2d(noise, 2, stride: 1).mul(2); // neighbours that hang together
        var filters = Whitening.Filters(images, 2);
        Assert.Equal([24L, 3, 2, 2], filters.shape);
        var answers = functional.conv2d(images, filters, stride: 2).permute(1, 0, 2, 3).reshape(24, -1);
        var half = answers[..12];
        var covariance = half.matmul(half.t()).div((double)half.size(1)).ToArray<float>();
        for (var i = 0; i < 12; i++)
            for (var j = 0; j < 12; j++)
                Assert.Equal(i == j ? 1 : 0, covariance[(i * 12) + j], 0.05);
        Assert.True(answers[12..].add(half).abs().max().item() < 1e-4); // the second half is the first, negated
    }

    [Fact]
    public void A_picture_too_small_for_the_groups_is_told_with_the_key()
    {
        var failure = Assert.Throws<SakiException>(() => new Airbench(new NetworkShape(1, 8, 8, 2), new AirbenchOptions { Widths = [8, 8, 8] }));
        Assert.Contains("network.widths", failure.Message);
        Assert.Throws<SakiException>(() => Vgg.vgg11_bn(new NetworkShape(1, 28, 28, 2), new VggOptions()));
    }

    private static Module Make(string name, int channels, int size) => name switch
    {
        "resnet34" => ResNet.resnet34(10),
        "resnet50" => ResNet.resnet50(10),
        "mobilenet_v2" => new MobileNetV2(new NetworkShape(3, size, size, 10), new MobileNetV2Options { Stem = ResNetStem.imagenet, Dropout = 0 }),
        "vgg11_bn" => Vgg.vgg11_bn(new NetworkShape(3, size, size, 10), new VggOptions { Dropout = 0 }),
        "vgg16_bn" => Vgg.vgg16_bn(new NetworkShape(3, size, size, 10), new VggOptions { Dropout = 0 }),
        "airbench96" => new Airbench(new NetworkShape(channels, size, size, 7), new AirbenchOptions { Widths = [16, 32], Convolutions = 3, Patch = 3 }),
        _ => NetworkRegistry.BuiltIn().Create(name, null, new NetworkShape(channels, size, size, 10)),
    };

    private static string Names(Module network)
    {
        var lines = string.Concat(network.state_dict().Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}]\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(lines)));
    }

    private static void AssertClose(System.Text.Json.JsonElement expected, Tensor actual)
    {
        var numbers = actual.ToArray<float>();
        var golden = expected.EnumerateArray().Select(value => value.GetDouble()).ToArray();
        Assert.Equal(golden.Length, numbers.Length);
        var scale = 1 + golden.Max(Math.Abs);
        for (var i = 0; i < golden.Length; i++)
            Assert.True(Math.Abs(golden[i] - numbers[i]) <= 2e-3 * scale, $"element {i}: reference {golden[i]}, here {numbers[i]}");
    }
}
