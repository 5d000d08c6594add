using Saki.Torch.Nn;
using Saki.Torch.Optim;

namespace Saki.Torch.Tests;

public sealed class LeakTests
{
    [Fact]
    public void Ten_thousand_tensors_come_and_go_and_leave_nothing()
    {
        var live = Tensor.Live;
        Churn(1000); // the allocator's own tables and the runtime's code
        var before = Environment.WorkingSet;
        Churn(10_000);
        Assert.Equal(live, Tensor.Live);
        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 32 << 20); // 10,000 of them are 1 GB
    }

    private static void Churn(int count)
    {
        for (var i = 0; i < count; i++)
            using (var x = torch.zeros([25_600])) x.add_(1);
    }

    [Fact]
    public void A_scope_frees_what_was_made_in_it_and_what_moves_out_stays()
    {
        var live = Tensor.Live;
        using var outer = torch.NewDisposeScope();
        Tensor kept, gone;
        using (var inner = torch.NewDisposeScope())
        {
            gone = torch.ones([3]) + 1;
            kept = inner.MoveToOuter(gone * 2);
            Assert.Equal(live + 3, Tensor.Live);
        }
        Assert.True(gone.IsDisposed);
        Assert.Equal(live + 1, Tensor.Live);
        Assert.Equal(12, kept.sum().item());
    }

    [Fact]
    public void Scopes_must_close_innermost_first()
    {
        var outer = torch.NewDisposeScope();
        var inner = torch.NewDisposeScope();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void A_failed_call_leaves_no_handle()
    {
        using var x = torch.zeros([2]);
        using var y = torch.zeros([3]);
        var live = Tensor.Live;
        for (var i = 0; i < 100; i++) Assert.Throws<TorchException>(() => x + y);
        Assert.Equal(live, Tensor.Live);
    }

    [Fact]
    public void A_training_step_makes_little_garbage_and_no_handles()
    {
        using var net = new Sequential(new Linear(64, 32), new ReLU(), new Linear(32, 10));
        using var adam = new Adam(net.parameters());
        using var x = torch.randn([16, 64]);
        using var y = torch.randint(0, 10, [16]);
        void Step()
        {
            using var scope = torch.NewDisposeScope();
            adam.zero_grad();
            functional.cross_entropy(net.forward(x), y).backward();
            adam.step();
        }
        for (var i = 0; i < 10; i++) Step();
        var live = Tensor.Live;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Step();
        var perStep = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        Assert.InRange(perStep, 0, 1500);
        Assert.Equal(live, Tensor.Live);
    }

    [Fact]
    public void Handles_may_be_freed_from_many_threads()
    {
        var live = Tensor.Live;
        using var shared = torch.ones([100]);
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            using var sum = shared + 1;
            using var total = sum.sum();
            Assert.Equal(200, total.item());
        });
        Assert.Equal(live + 1, Tensor.Live);
    }
}
