using static Saki.Torch.Nn.functional;

namespace Saki.Torch.Tests.Nn;

public sealed class AutocastTests : TorchTest
{
    [Fact]
    public void Bfloat16_autocast_gives_PyTorchs_numbers_and_float32_gradients()
    {
        var golden = Golden.Root.GetProperty("autocast");
        torch.manual_seed(9);
        using var conv = new Saki.Torch.Nn.Conv2d(3, 8, 3, padding: 1);
        using var fc = new Saki.Torch.Nn.Linear(8, 4);
        var x = torch.randn([2, 3, 8, 8]);

        Tensor y;
        using (torch.autocast())
            y = fc.forward(conv.forward(x).relu().mean([2, 3]));
        y.to(torch.float32).sum().backward();

        Assert.Equal(torch.bfloat16, y.dtype);
        Golden.AssertClose(golden.GetProperty("output"), y, 1e-2);
        var gradient = fc.weight.grad!;
        Assert.Equal(torch.float32, gradient.dtype);
        Golden.AssertClose(golden.GetProperty("fc_grad"), gradient, 1e-2);
        Golden.AssertClose(golden.GetProperty("conv_grad"), conv.weight.grad!, 3e-2);
    }

    [Fact]
    public void Autocast_ends_with_its_scope_and_nests()
    {
        var (a, b) = (torch.ones([2, 2]), torch.ones([2, 2]));
        using (torch.autocast())
        {
            using (torch.autocast()) Assert.Equal(torch.bfloat16, a.matmul(b).dtype);
            Assert.Equal(torch.bfloat16, a.matmul(b).dtype);
            using (torch.no_grad()) Assert.Equal(torch.bfloat16, a.matmul(b).dtype);
        }
        Assert.Equal(torch.float32, a.matmul(b).dtype);
    }
}
