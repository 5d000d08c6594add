using Saki.Torch.Nn;
using static Saki.Torch.Nn.functional;

namespace Saki.Torch.Tests.Nn;

/// <summary>Every operation gives PyTorch's answer and PyTorch's gradients.</summary>
public sealed class GoldenOpTests : TorchTest
{
    private static readonly long[] Classes = [0, 3, 2, 1, 3];

    private static readonly Dictionary<string, Func<Tensor[], Tensor>> Operations = new()
    {
        ["conv2d"] = x => conv2d(x[0], x[1], x[2], stride: (2, 1), padding: (1, 2)),
        ["conv2d_depthwise_dilated"] = x => conv2d(x[0], x[1], null, padding: 2, dilation: 2, groups: 4),
        ["max_pool2d"] = x => max_pool2d(x[0], 3, 2, 1),
        ["avg_pool2d"] = x => avg_pool2d(x[0], 3, 2, 1),
        ["avg_pool2d_ceil_no_pad"] = x => avg_pool2d(x[0], 3, 2, 1, ceil_mode: true, count_include_pad: false),
        ["adaptive_avg_pool2d"] = x => adaptive_avg_pool2d(x[0], (3, 2)),
        ["batch_norm_train"] = x => batch_norm(x[0], torch.zeros([4]), torch.ones([4]), x[1], x[2], training: true),
        ["batch_norm_eval"] = x => batch_norm(x[0], x[3], x[4], x[1], x[2], eps: 1e-3),
        ["layer_norm"] = x => layer_norm(x[0], [6], x[1], x[2]),
        ["linear"] = x => linear(x[0], x[1], x[2]),
        ["relu"] = x => relu(x[0]),
        ["gelu"] = x => gelu(x[0]),
        ["gelu_tanh"] = x => gelu(x[0], tanh: true),
        ["silu"] = x => silu(x[0]),
        ["sigmoid"] = x => sigmoid(x[0]),
        ["tanh"] = x => tanh(x[0]),
        ["softmax"] = x => softmax(x[0], 1),
        ["log_softmax"] = x => log_softmax(x[0], 1),
        ["cross_entropy"] = x => cross_entropy(x[0], torch.tensor(Classes)),
        ["cross_entropy_weighted_smoothed"] = x => cross_entropy(x[0], torch.tensor(Classes), x[1].detach(), label_smoothing: 0.1),
        ["matmul"] = x => x[0].matmul(x[1]),
        ["var"] = x => x[0].var([0, 2]),
        ["std"] = x => x[0].std([1], unbiased: false),
        ["mean"] = x => x[0].mean([0, 2], keepdim: true),
        ["cat"] = x => torch.cat([x[0], x[1]], 1),
        ["pad"] = x => pad(x[0], [1, 2, 0, 3], 0.5),
        ["interpolate"] = x => interpolate(x[0], (5, 9), bilinear: true),
        ["broadcast"] = x => ((x[0] + x[1]) * x[0] / (x[1].abs() + 1)) - (2 * x[1]),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    [Fact]
    public void Every_golden_case_is_tested() =>
        Assert.Equal(Golden.Root.GetProperty("cases").EnumerateObject().Select(entry => entry.Name).Order(), Operations.Keys.Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Answer_and_gradients_are_those_of_PyTorch(string name)
    {
        var golden = Golden.Case(name);
        var hasGradients = golden.TryGetProperty("grads", out var gradients);
        var inputs = golden.GetProperty("inputs").EnumerateArray().Select(input => Golden.Tensor(input).requires_grad_(hasGradients)).ToArray();

        var output = Operations[name](inputs);

        Golden.AssertClose(golden.GetProperty("output"), output);
        if (!hasGradients) return;
        var count = output.numel();
        var ramp = (torch.arange(1, count + 1, 1, torch.float32) / (double)count).reshape(output.shape);
        (output * ramp).sum().backward();
        var found = inputs.Select(input => input.grad).OfType<Tensor>().ToArray();
        Assert.Equal(gradients.GetArrayLength(), found.Length);
        for (var i = 0; i < found.Length; i++) Golden.AssertClose(gradients[i], found[i]);
    }

    [Theory]
    [InlineData("conv2d")]
    [InlineData("max_pool2d")]
    [InlineData("avg_pool2d")]
    [InlineData("adaptive_avg_pool2d")]
    [InlineData("batch_norm_eval")]
    public void Channels_last_gives_the_same_answer_and_stays_channels_last(string name)
    {
        var golden = Golden.Case(name);
        var inputs = golden.GetProperty("inputs").EnumerateArray().Select(Golden.Tensor).Select(input => input.ndim == 4 ? input.contiguous(MemoryFormat.channels_last) : input).ToArray();
        var output = Operations[name](inputs);
        Golden.AssertClose(golden.GetProperty("output"), output);
        Assert.True(output.is_contiguous(MemoryFormat.channels_last), string.Join(",", output.stride()));
    }
}
