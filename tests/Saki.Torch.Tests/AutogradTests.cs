using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Torch.Tests;

public sealed class AutogradTests : TorchTest
{
    [Fact]
    public void A_small_network_learns_xor()
    {
        using var scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        using var net = new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 2));
        using var adam = new Adam(net.parameters(), lr: 0.05);
        var x = torch.tensor([0f, 0, 0, 1, 1, 0, 1, 1], 4, 2);
        var y = torch.tensor([0L, 1, 1, 0], 4);
        for (var i = 0; i < 200; i++)
        {
            using var step = torch.NewDisposeScope();
            adam.zero_grad();
            functional.cross_entropy(net.forward(x), y).backward();
            adam.step();
        }
        Assert.Equal([0L, 1, 1, 0], net.forward(x).argmax(1).ToArray<long>());
    }
}
