using Saki.Inference.Batching;

namespace Saki.Inference.Tests.Batching;

public sealed class InstancesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Runs_at_once_never_exceed_the_instances_and_nothing_is_left_behind(int instances)
    {
        var slots = new ComputeSlots(4);
        var (running, most) = (0, 0);
        using var batcher = new DynamicBatcher(slots, _ =>
        {
            var now = Interlocked.Increment(ref running);
            int seen;
            while ((seen = Volatile.Read(ref most)) < now && Interlocked.CompareExchange(ref most, now, seen) != seen) { }
            SpinWait.SpinUntil(() => Volatile.Read(ref most) >= instances, TimeSpan.FromMinutes(1)); // the first ones wait for each other, however late the pool gives them threads
            Thread.Sleep(2); // and those after them overlap where they can, so that one too many would be seen
            Interlocked.Decrement(ref running);
            return -1;
        }, new BatchLimits { MaxRows = 1, MaxQueued = 1000 })
        { MaxRuns = instances };
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () => await batcher.SubmitAsync(new Item(), inline: i % 2 == 0))));
        Assert.Equal(instances, most);
        Assert.Equal((0, 4), (batcher.Queued, slots.Free));
    }

    [Fact]
    public async Task A_bound_may_change_while_requests_wait()
    {
        var slots = new ComputeSlots(4);
        using var batcher = new DynamicBatcher(slots, _ =>
        {
            Thread.Sleep(1);
            return -1;
        }, new BatchLimits { MaxRows = 1, MaxQueued = 1000 });
        var random = new SeededRandom(3);
        var all = Enumerable.Range(0, 300).Select(_ => batcher.SubmitAsync(new Item(), inline: false).AsTask()).ToList();
        while (all.Any(one => !one.IsCompleted))
        {
            batcher.MaxRuns = 1 + random.Next(4);
            await Task.Delay(1);
        }
        await Task.WhenAll(all);
        Assert.Equal(4, slots.Free);
    }

    private sealed class Item() : BatchItem(1);
}
