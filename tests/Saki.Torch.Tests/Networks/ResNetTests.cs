using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Networks;

public sealed class ResNetTests : TorchTest
{
    [Fact]
    public void Resnet18_has_torchvisions_names_start_values_and_answers()
    {
        var golden = Golden.Root.GetProperty("networks").GetProperty("resnet18");
        torch.manual_seed(11);
        using var net = ResNet.resnet18(10);
        var image = torch.randn([2, 3, 64, 64]);
        using var _ = torch.no_grad();

        var names = golden.GetProperty("names").EnumerateArray().Select(entry => $"{entry[0].GetString()} {entry[1]}");
        Assert.Equal(names, net.state_dict().Select(entry => $"{entry.Key} [{string.Join(",", entry.Value.shape)}]"));
        Golden.AssertClose(golden.GetProperty("train"), net.forward(image), 1e-4);
        Golden.AssertClose(golden.GetProperty("running_var"), net.state_dict()["layer4.1.bn2.running_var"][..8], 1e-4);
        net.eval();
        Golden.AssertClose(golden.GetProperty("eval"), net.forward(image), 1e-4);
        Assert.Equal(1, net.state_dict()["bn1.num_batches_tracked"].item_long());
    }

    [Fact]
    public void Cifar_stem_keeps_the_size_and_layers_channels_last()
    {
        using var net = ResNet.resnet18(7, channels: 1, ResNetStem.cifar);
        net.to(format: MemoryFormat.channels_last).eval();
        using var _ = torch.no_grad();
        Assert.Equal([2L, 7], net.forward(torch.randn([2, 1, 32, 32])).shape);
    }

    [Fact]
    public void Mlp_flattens_images()
    {
        using var net = new Mlp(12, 5, 3);
        Assert.Equal([4L, 3], net.forward(torch.randn([4, 3, 2, 2])).shape);
        Assert.Equal((12 * 5) + 5 + (5 * 3) + 3, net.parameter_count());
    }
}
