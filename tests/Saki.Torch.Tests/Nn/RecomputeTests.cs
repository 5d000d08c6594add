using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Nn;

public sealed class RecomputeTests : TorchTest
{
    [Theory]
    [InlineData("resnet18", false)]
    [InlineData("resnet20", false)]
    [InlineData("mobilenet_v2", false)]
    [InlineData("vgg11_bn", false)]
    [InlineData("emotion_cnn", false)]
    [InlineData("airbench94", false)]
    [InlineData("emotion_cnn", true)]
    public void Gradients_and_running_statistics_are_the_same_bits_with_and_without(string name, bool bf16)
    {
        var (plain, recomputed) = (Step(name, bf16, recompute: false), Step(name, bf16, recompute: true));
        Assert.Equal(plain.Keys, recomputed.Keys);
        Assert.All(plain, entry => Assert.True(entry.Value.AsSpan().SequenceEqual(recomputed[entry.Key]), entry.Key));
    }

    [Fact]
    public void A_block_with_dropout_drops_the_same_in_both_passes_and_leaves_the_generator_where_it_was()
    {
        using var scope = torch.NewDisposeScope();
        using var net = new Sequential(new Sequential(new Linear(64, 64), new Dropout(0.5), new ReLU(), new Linear(64, 1)));
        using var x = torch.ones([4, 64]);
        var gradients = new List<string>();
        var next = new List<float>();
        foreach (var on in (bool[])[false, true])
        {
            net.recompute(on);
            foreach (var parameter in net.parameters()) parameter.grad = null;
            torch.manual_seed(3);
            net.forward(x).sum().backward();
            next.Add((float)torch.rand([1]).item());
            gradients.Add(string.Concat(net.parameters().Select(parameter => Convert.ToHexString(parameter.grad!.bytes()))));
        }
        Assert.Equal(gradients[0], gradients[1]);
        Assert.Equal(next[0], next[1]);
    }

    [Fact]
    public void A_failure_inside_a_block_comes_out_as_it_is()
    {
        using var net = new Sequential(new Sequential(new Linear(8, 8), new Linear(7, 1)));
        net.recompute();
        using var x = torch.ones([2, 8]);
        Assert.Contains("linear", Assert.Throws<TorchException>(() => net.forward(x)).Message, StringComparison.Ordinal);
    }

    // One step's gradients and buffers by name.
    private static Dictionary<string, byte[]> Step(string name, bool bf16, bool recompute)
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(5);
        var networks = NetworkRegistry.BuiltIn();
        using var net = networks.Create(name, Activator.CreateInstance(networks.OptionsOf(name))!, new NetworkShape(3, 32, 32, 10));
        net.recompute(recompute);
        var (images, labels) = (torch.randn([4, 3, 32, 32]), torch.randint(0, 10, [4]));
        torch.manual_seed(6);
        if (bf16)
            using (torch.autocast()) functional.cross_entropy(net.forward(images).to(torch.float32), labels).backward();
        else functional.cross_entropy(net.forward(images), labels).backward();
        return net.named_parameters().Where(entry => entry.Tensor.requires_grad).Select(entry => (entry.Name, Tensor: entry.Tensor.grad!)).Concat(net.named_buffers())
            .ToDictionary(entry => entry.Name, entry => entry.Tensor.contiguous().bytes().ToArray());
    }
}
