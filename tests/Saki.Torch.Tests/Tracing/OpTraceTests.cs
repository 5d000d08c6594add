using Saki.Torch.Networks;
using Saki.Torch.Nn;
using Saki.Torch.Tracing;

namespace Saki.Torch.Tests.Tracing;

public sealed class OpTraceTests : TorchTest
{
    [Fact]
    public void A_forward_pass_is_recorded_in_order_with_inputs_and_attributes()
    {
        using var conv = new Conv2d(3, 4, 3, stride: 2, padding: 1);
        var image = torch.zeros([1, 3, 8, 8]);
        using var trace = OpTrace.Start();
        var output = conv.forward(image).relu().flatten(1);
        Assert.Equal(["conv2d", "relu", "flatten"], trace.Operations.Select(op => op.Name));
        var first = trace.Operations[0];
        Assert.Equal([image, conv.weight, conv.bias], first.Inputs);
        Assert.Equal([2L, 2], (long[])first.Attributes["stride"]);
        Assert.Same(first.Output, trace.Operations[1].Inputs[0]);
        Assert.Same(output, trace.Operations[2].Output);
        Assert.Equal([1L, 64], trace.Operations[2].OutputShape);
    }

    [Fact]
    public void Resnet_traces_to_operations_that_lead_from_input_to_output()
    {
        using var net = ResNet.resnet18(10, stem: ResNetStem.cifar);
        net.eval();
        var image = torch.zeros([1, 3, 32, 32]);
        using var trace = OpTrace.Start();
        var logits = net.forward(image);
        var known = new HashSet<Tensor?> { image, null };
        known.UnionWith(net.state_dict().Values);
        foreach (var op in trace.Operations)
        {
            Assert.All(op.Inputs, input => Assert.Contains(input, known));
            known.Add(op.Output);
        }
        Assert.Same(logits, trace.Operations[^1].Output);
        Assert.Equal(20, trace.Operations.Count(op => op.Name == "conv2d"));
        Assert.Equal(8, trace.Operations.Count(op => op.Name == "add"));
    }

    [Fact]
    public void Dropout_while_not_training_is_recorded_as_nothing_happening()
    {
        using var dropout = new Dropout();
        dropout.eval();
        using var trace = OpTrace.Start();
        dropout.forward(torch.ones([2]));
        Assert.Equal(["identity"], trace.Operations.Select(op => op.Name));
    }

    [Fact]
    public void What_cannot_be_exported_is_refused_while_tracing()
    {
        var x = torch.ones([2, 2, 2, 2]);
        using var norm = new BatchNorm2d(2);
        using (OpTrace.Start())
        {
            Assert.Contains("argmax", Assert.Throws<TorchException>(() => x.argmax()).Message, StringComparison.Ordinal);
            Assert.Throws<TorchException>(() => norm.forward(x));
            Assert.Throws<TorchException>(() => functional.dropout(x));
            Assert.Throws<TorchException>(() => x.to(torch.float64));
            Assert.Throws<TorchException>(() => x.item());
            Assert.Throws<InvalidOperationException>(OpTrace.Start);
        }
        Assert.Equal([1L], x.argmax().reshape(1).shape);
    }
}
