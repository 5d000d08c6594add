using Google.Protobuf;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Onnx;
using Saki.Torch;
using Saki.Torch.Export;
using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Cli.Tests;

/// <summary>What is exported answers through ONNX Runtime as the network answers through libtorch.</summary>
public sealed class ExportParityTests
{
    private const int Samples = 256;

    [Theory]
    [InlineData("emotion_cnn", 1, 48)]
    [InlineData("emotion_cnn", 3, 64)]
    [InlineData("resnet18", 3, 32)]
    [InlineData("mlp", 1, 28)]
    public void Every_built_in_network_answers_the_same_on_256_samples(string name, int channels, int size)
    {
        torch.manual_seed(3);
        using var network = NetworkRegistry.BuiltIn().Create(name, null, new NetworkShape(channels, size, size, 7));
        Exercise(network, channels, size);
        Compare(network, channels, size);
    }

    [Fact]
    public void A_resnet_with_the_imagenet_stem_answers_the_same()
    {
        torch.manual_seed(4);
        using var network = NetworkRegistry.BuiltIn().Create("resnet18", new ResNetOptions { Stem = ResNetStem.imagenet }, new NetworkShape(3, 64, 64, 10));
        Exercise(network, 3, 64);
        Compare(network, 3, 64);
    }

    [Fact]
    public void Every_operation_that_export_knows_answers_the_same()
    {
        torch.manual_seed(5);
        using var network = new EveryOperation();
        Compare(network, 4, 12);
    }

    [Fact]
    public void Parameters_keep_their_names_and_the_batch_stays_free()
    {
        using var network = NetworkRegistry.BuiltIn().Create("emotion_cnn", null, new NetworkShape(1, 48, 48, 7));
        var model = OnnxExport.Trace(network, "test", [1, 48, 48], "logits", new Dictionary<string, string> { ["saki.run"] = "r1" });
        var names = model.Graph.Initializer.Select(tensor => tensor.Name).ToHashSet();
        Assert.Subset(names, network.named_parameters().Select(parameter => parameter.Name).ToHashSet());
        Assert.Equal("batch", model.Graph.Input.Single().Type.TensorType.Shape.Dim[0].DimParam);
        Assert.Equal("logits", model.Graph.Output.Single().Name);
        Assert.True(network.training); // the mode it had before
    }

    [Fact]
    public void A_constant_that_forward_made_by_itself_is_refused_with_what_to_do()
    {
        using var network = new HiddenConstant();
        var failure = Assert.Throws<SakiException>(() => OnnxExport.Trace(network, "test", [1, 4, 4], "y", new Dictionary<string, string>()));
        Assert.Contains("register_buffer", failure.Message);
        Assert.Contains("input 1 of mul", failure.Message);
    }

    [Fact]
    public void An_operation_without_an_onnx_form_is_named()
    {
        using var network = new Untraceable();
        var failure = Assert.ThrowsAny<SakiException>(() => OnnxExport.Trace(network, "test", [1, 4, 4], "y", new Dictionary<string, string>()));
        Assert.Contains("maximum", failure.Message);
    }

    // A few training steps' worth of statistics, so that batch normalisation is no identity.
    private static void Exercise(Module network, int channels, int size)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        network.train();
        for (var i = 0; i < 3; i++) network.forward(torch.randn([16, channels, size, size]).add(0.3).mul(1.7));
    }

    private static void Compare(Module network, int channels, int size)
    {
        var model = OnnxExport.Trace(network, "test", [channels, size, size], "logits", new Dictionary<string, string>());
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var input = torch.randn([Samples, channels, size, size]);
        network.eval();
        var expected = network.forward(input);

        using var session = OrtSession.Load(model.ToByteArray(), null);
        using var value = OrtValue.Over<float>(input.ToArray<float>(), Samples, channels, size, size);
        using var answer = session.Run([value]).Single();
        Assert.Equal(expected.shape, answer.Shape);
        var check = ExportCheck.Compare(Samples, expected.ToArray<float>(), answer.Data<float>());
        Assert.Equal(Samples, check.Samples);
    }

    private sealed class EveryOperation : Module
    {
        private readonly Tensor _scale;
        private readonly LayerNorm _norm;
        private readonly Linear _mix;

        internal EveryOperation()
        {
            _scale = register_buffer("scale", torch.rand([1, 8, 1, 1]).add(0.5));
            _norm = register_module("norm", new LayerNorm([6]));
            _mix = register_module("mix", new Linear(6, 6));
        }

        public override Tensor forward(Tensor input)
        {
            var shifted = functional.pad(input, [1, 0, 0, 1], 0.25).narrow(2, 1, 12).narrow(3, 0, 12); // [N, 4, 12, 12]
            var both = torch.cat([functional.gelu(input), functional.gelu(shifted, tanh: true)], 1).mul(_scale); // 8 channels
            var pooled = functional.avg_pool2d(both, 3, stride: 2, padding: 1, count_include_pad: false) + functional.max_pool2d(both, 2);
            var six = functional.adaptive_avg_pool2d(both, 6).sub(pooled).silu() / 2;
            var up = functional.interpolate(functional.interpolate(six, 12), 6, bilinear: true) - six.sigmoid().tanh();
            var rows = _mix.forward(_norm.forward(up)); // over the last axis of rank 4
            var product = rows.matmul(rows.transpose(2, 3)).reshape(-1, 8, 36).permute(0, 2, 1).unsqueeze(1).squeeze(1);
            var soft = functional.softmax(product, -1) - functional.log_softmax(product, 2) * 0.01;
            var powers = (soft.abs() + 1).log().exp().sqrt().pow(1.5).neg().clamp(-4, 0.5).contiguous();
            var means = powers.mean([1], keepdim: false) + powers.sum([1]) * 0.01 + powers.mean([2], keepdim: true).flatten(1).narrow(1, 0, 8);
            return means.relu() + means.clone() * 3;
        }
    }

    private sealed class HiddenConstant : Module
    {
        public override Tensor forward(Tensor input) => input.mul(torch.ones([1, 1, 4, 4]));
    }

    private sealed class Untraceable : Module
    {
        public override Tensor forward(Tensor input) => input.maximum(input);
    }
}
