using Saki.Torch.Nn;

namespace Saki.Torch.Tests.Nn;

public sealed class ModuleTests : TorchTest
{
    [Fact]
    public void Names_are_dotted_and_state_includes_buffers()
    {
        using var net = new Sequential(new Conv2d(3, 4, 3), new BatchNorm2d(4), new Sequential(new Linear(4, 2)));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias", "2.0.weight", "2.0.bias"], net.named_parameters().Select(parameter => parameter.Name));
        Assert.Equal(["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "2.0.weight", "2.0.bias"], net.state_dict().Keys);
    }

    [Fact]
    public void A_state_that_does_not_fit_is_refused_as_a_whole_and_lists_why()
    {
        using var net = new Sequential(new Linear(4, 2));
        var before = net.state_dict()["0.weight"].clone();
        var refusal = Assert.Throws<TorchException>(() => net.load_state_dict(new Dictionary<string, Tensor> { ["0.weight"] = torch.zeros([2, 4]), ["extra"] = torch.zeros([1]) }));
        Assert.Contains("missing 0.bias; unexpected extra", refusal.Message, StringComparison.Ordinal);
        refusal = Assert.Throws<TorchException>(() => net.load_state_dict(new Dictionary<string, Tensor> { ["0.weight"] = torch.zeros([2, 4]), ["0.bias"] = torch.zeros([3]) }, strict: false));
        Assert.Contains("0.bias [3] instead of [2]", refusal.Message, StringComparison.Ordinal);
        Assert.True(before.equal(net.state_dict()["0.weight"]));
    }

    [Fact]
    public void Not_strict_loads_what_there_is()
    {
        using var net = new Sequential(new Linear(4, 2));
        net.load_state_dict(new Dictionary<string, Tensor> { ["0.bias"] = torch.tensor([5f, 6]), ["extra"] = torch.zeros([1]) }, strict: false);
        Assert.Equal([5f, 6], net.state_dict()["0.bias"].detach().ToArray<float>());
    }

    [Fact]
    public void Train_and_eval_reach_all_parts()
    {
        using var net = new Sequential(new Dropout(), new Sequential(new Dropout()));
        net.eval();
        Assert.All(net.named_modules(), entry => Assert.False(entry.Module.training));
        Assert.Equal([1f, 1], net.forward(torch.ones([2])).ToArray<float>());
        net.train();
        Assert.All(net.named_modules(), entry => Assert.True(entry.Module.training));
    }

    [Fact]
    public void Converting_keeps_the_identity_of_parameters()
    {
        using var net = new Sequential(new Conv2d(3, 4, 3), new BatchNorm2d(4));
        var weight = net.parameters()[0];
        net.to(torch.float64, format: MemoryFormat.channels_last);
        Assert.Same(weight, net.parameters()[0]);
        Assert.Equal(torch.float64, weight.dtype);
        Assert.True(weight.requires_grad);
        Assert.True(weight.is_contiguous(MemoryFormat.channels_last));
        Assert.Equal(torch.int64, net.state_dict()["1.num_batches_tracked"].dtype);
        net.forward(torch.randn([1, 3, 5, 5], torch.float64)).sum().backward();
        Assert.Equal(torch.float64, weight.grad!.dtype);
    }

    [Fact]
    public void Parameters_made_inside_a_scope_outlive_it()
    {
        Linear layer;
        using (torch.NewDisposeScope()) layer = new Linear(2, 2);
        using (layer) Assert.Equal([1L, 2], layer.forward(torch.ones([1, 2])).shape);
        Assert.True(layer.weight.IsDisposed);
    }
}
