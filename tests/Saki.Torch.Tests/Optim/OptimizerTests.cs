using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Torch.Tests.Optim;

public sealed class OptimizerTests : TorchTest
{
    private static Optimizer Make(string name, IReadOnlyList<Tensor> parameters) => name switch
    {
        "sgd" => new SGD(parameters, 0.1, weight_decay: 0.01),
        "sgd_momentum" => new SGD(parameters, 0.1, momentum: 0.9, dampening: 0.1, weight_decay: 0.01),
        "sgd_nesterov" => new SGD(parameters, 0.1, momentum: 0.9, nesterov: true),
        "adam" => new Adam(parameters, 0.01, weight_decay: 0.1),
        "adamw" => new AdamW(parameters, 0.01, beta1: 0.8, beta2: 0.99, weight_decay: 0.1),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private sealed class Net : Module
    {
        private readonly Linear _a, _b;

        public Net()
        {
            _a = register_module("0", new Linear(6, 5));
            _b = register_module("2", new Linear(5, 3));
        }

        public override Tensor forward(Tensor input) => _b.forward(_a.forward(input).tanh());
    }

    private static void Train(Module net, Optimizer optimizer, Tensor x, Tensor y, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            using var scope = torch.NewDisposeScope();
            optimizer.zero_grad();
            functional.cross_entropy(net.forward(x), y).backward();
            optimizer.step();
        }
    }

    [Theory]
    [InlineData("sgd")]
    [InlineData("sgd_momentum")]
    [InlineData("sgd_nesterov")]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Twenty_steps_end_where_PyTorch_ends(string name)
    {
        torch.manual_seed(5);
        using var net = new Net();
        using var optimizer = Make(name, net.parameters());
        Train(net, optimizer, torch.randn([12, 6]), torch.randint(0, 3, [12]), 20);
        var golden = Golden.Root.GetProperty("optimisers").GetProperty(name).GetProperty("parameters");
        var parameters = net.parameters();
        for (var i = 0; i < parameters.Count; i++) Golden.AssertClose(golden[i], parameters[i], 2e-6);
    }

    [Theory]
    [InlineData("sgd_momentum")]
    [InlineData("sgd_nesterov")]
    [InlineData("adam")]
    [InlineData("adamw")]
    public void Float64_takes_the_tensor_operations_and_agrees_with_the_fused_loop(string name)
    {
        torch.manual_seed(5);
        using var net = new Net();
        using var wide = new Net();
        wide.load_state_dict(net.state_dict());
        wide.to(torch.float64);
        using var optimizer = Make(name, net.parameters());
        using var wideOptimizer = Make(name, wide.parameters());
        var (x, y) = (torch.randn([12, 6]), torch.randint(0, 3, [12]));
        Train(net, optimizer, x, y, 10);
        Train(wide, wideOptimizer, x.to(torch.float64), y, 10);
        foreach (var (narrow, exact) in net.parameters().Zip(wide.parameters()))
            Assert.True((narrow.to(torch.float64) - exact).abs().max().item() < 2e-6);
    }

    [Theory]
    [InlineData("sgd_momentum")]
    [InlineData("adam")]
    public void Training_goes_on_from_a_saved_state_bit_for_bit(string name)
    {
        using var net = new Net();
        using var optimizer = Make(name, net.parameters());
        var (x, y) = (torch.randn([12, 6]), torch.randint(0, 3, [12]));
        Train(net, optimizer, x, y, 3);
        using var copy = new Net();
        copy.load_state_dict(net.state_dict());
        using var copyOptimizer = Make(name, copy.parameters());
        copyOptimizer.load_state_dict(optimizer.state_dict());
        Train(net, optimizer, x, y, 3);
        Train(copy, copyOptimizer, x, y, 3);
        foreach (var (a, b) in net.parameters().Zip(copy.parameters())) Assert.True(a.equal(b));
    }

    [Fact]
    public void Channels_last_parameters_are_updated_as_others()
    {
        using var plain = new Conv2d(4, 6, 3);
        using var last = new Conv2d(4, 6, 3);
        last.load_state_dict(plain.state_dict());
        last.to(format: MemoryFormat.channels_last);
        using var a = new Adam(plain.parameters());
        using var b = new Adam(last.parameters());
        var x = torch.randn([2, 4, 8, 8]);
        for (var i = 0; i < 3; i++)
        {
            a.zero_grad();
            b.zero_grad();
            plain.forward(x).square().mean().backward();
            last.forward(x.contiguous(MemoryFormat.channels_last)).square().mean().backward();
            a.step();
            b.step();
        }
        Assert.True(last.weight.is_contiguous(MemoryFormat.channels_last));
        Assert.True((plain.weight - last.weight).abs().max().item() < 1e-4);
    }

    [Fact]
    public void A_parameter_without_gradient_is_passed_over()
    {
        using var used = torch.ones([3]).requires_grad_();
        using var unused = torch.ones([3]).requires_grad_();
        using var adam = new Adam([used, unused], 0.1, weight_decay: 1);
        used.sum().backward();
        adam.step();
        Assert.Equal([1f, 1, 1], unused.detach().ToArray<float>());
        Assert.NotEqual(1f, used.detach().ToArray<float>()[0]);
        Assert.Equal([1L, 0], adam.state_dict()["steps"].ToArray<long>());
    }

    [Fact]
    public void Zero_grad_drops_gradients()
    {
        var p = torch.ones([3]).requires_grad_();
        using var sgd = new SGD([p], 0.1);
        p.sum().backward();
        Assert.NotNull(p.grad);
        sgd.zero_grad();
        Assert.Null(p.grad);
    }

    [Fact]
    public void Clipping_scales_all_gradients_to_the_joint_norm()
    {
        var a = torch.zeros([1]).requires_grad_();
        var b = torch.zeros([100]).requires_grad_();
        ((a * 3).sum() + (b * 0.4).sum()).backward();
        Assert.Equal(5, clip.clip_grad_norm_([a, b], 1), 4);
        Assert.Equal(0.6, a.grad!.item(), 4);
        Assert.Equal(0.08, b.grad![99].item(), 4);
        Assert.Equal(1, clip.clip_grad_norm_([a, b], 10), 4);
        Assert.Equal(0.6, a.grad!.item(), 4);
    }

    [Fact]
    public void State_of_another_optimiser_is_refused()
    {
        var p = torch.ones([3]).requires_grad_();
        using var sgd = new SGD([p], 0.1, momentum: 0.9);
        using var adam = new Adam([p]);
        p.sum().backward();
        sgd.step();
        var refusal = Assert.Throws<TorchException>(() => adam.load_state_dict(sgd.state_dict()));
        Assert.Contains("exp_avg.0", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_group_has_its_own_rate_and_weight_decay()
    {
        using var noGrad = torch.no_grad();
        var (a, b) = (torch.ones([2]).requires_grad_(), torch.ones([2]).requires_grad_());
        a.grad = torch.ones([2]);
        b.grad = torch.ones([2]);
        using var sgd = new SGD([a, b], lr: 0.1, weight_decay: 1);
        sgd.add_group([b], lr_scale: 0.5, weight_decay: 0);
        sgd.step();
        Assert.Equal([0.8f, 0.8f], a.ToArray<float>()); // 1 - 0.1 (1 + 1)
        Assert.Equal([0.95f, 0.95f], b.ToArray<float>()); // 1 - 0.05
        using var steps = sgd.state_dict()["steps"];
        Assert.Equal([1L, 1], steps.ToArray<long>());
    }

    [Theory]
    [InlineData(8, 20)]
    [InlineData(20, 8)]
    public void Newton_schulz_brings_all_singular_values_near_one(int rows, int columns)
    {
        torch.manual_seed(1);
        var x = Muon.Orthogonal(torch.randn([rows, columns]), 5);
        var gram = rows < columns ? x.matmul(x.t()) : x.t().matmul(x);
        var values = gram.ToArray<float>();
        var n = Math.Min(rows, columns);
        for (var i = 0; i < n; i++)
            for (var j = 0; j < n; j++)
                Assert.True(i == j ? values[(i * n) + j] is > 0.4f and < 1.5f : Math.Abs(values[(i * n) + j]) < 0.45f, $"{i} {j}: {values[(i * n) + j]}");
    }

    [Fact]
    public void Muon_turns_only_matrices_and_resumes_where_it_was()
    {
        using var noGrad = torch.no_grad();
        torch.manual_seed(2);
        var (start, gradient) = (torch.randn([4, 3, 2, 2]), torch.randn([4, 3, 2, 2]));
        float[] Run(int before, int after)
        {
            var (weight, bias) = (start.clone().requires_grad_(), torch.zeros([4]).requires_grad_());
            var first = new Muon([weight], [bias], lr: 0.1, sgd_lr: 0.2, momentum: 0.5, nesterov: false);
            for (var i = 0; i < before; i++) Step(first, weight, bias);
            using var second = new Muon([weight], [bias], lr: 0.1, sgd_lr: 0.2, momentum: 0.5, nesterov: false);
            second.load_state_dict(first.state_dict());
            first.Dispose();
            for (var i = 0; i < after; i++) Step(second, weight, bias);
            return [.. weight.ToArray<float>(), .. bias.ToArray<float>()];
        }
        void Step(Muon muon, Tensor weight, Tensor bias)
        {
            weight.grad = gradient;
            bias.grad = torch.ones([4]);
            muon.step();
        }
        var whole = Run(3, 0);
        Assert.Equal(whole, Run(1, 2));
        Assert.Equal(-0.2f * (1 + 1.5f + 1.75f), whole[^1], 1e-6); // plain SGD with momentum
        Assert.NotEqual(start.ToArray<float>()[0], whole[0]);
    }
}
