using FsCheck;
using FsCheck.Fluent;
using Saki.Inference.Batching;

namespace Saki.Inference.Tests.Batching;

public sealed class DynamicBatcherTests
{
    private static readonly BatchLimits Eight = new() { MaxRows = 8, MaxQueued = 1000 };

    // What may happen to a server: an item of some rows comes (maybe bad, maybe poison, maybe cancelled), a run is started, time passes.
    private static readonly Arbitrary<Event[]> Events = Gen.ArrayOf(Gen.OneOf(
        from rows in Gen.Choose(1, 8) from fate in Gen.Choose(0, 20) select new Event(rows, fate),
        Gen.Constant(new Event(0, 0)),
        Gen.Constant(new Event(-1, 0)))).ToArbitrary();

    private sealed record Event(int Rows, int Fate);

    [Fact]
    public void Whatever_comes_no_run_exceeds_the_limit_and_everyone_gets_an_answer_of_his_own() => Prop.ForAll(Events, events =>
    {
        var bench = new Bench(slots: 2);
        var fates = new Dictionary<int, int>();
        bench.Bad = number => fates[number] == 1;
        bench.Poison = number => fates[number] == 2;
        using var batcher = bench.Batcher(Eight);
        var waiting = new List<(Numbered Item, Task Task, CancellationTokenSource Source)>();
        foreach (var happens in events)
        {
            if (happens.Rows == 0) bench.Step();
            else if (happens.Rows < 0) bench.Time.Advance(TimeSpan.FromMilliseconds(3));
            else
            {
                var source = new CancellationTokenSource();
                var item = new Numbered(waiting.Count, happens.Rows) { Cancellation = source.Token };
                fates[item.Number] = happens.Fate;
                waiting.Add((item, batcher.SubmitAsync(item, inline: happens.Fate % 2 == 0).AsTask(), source));
                if (happens.Fate == 3) source.Cancel();
            }
        }
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Drain();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Drain();

        var rowsOf = waiting.ToDictionary(one => one.Item.Number, one => one.Item.Rows);
        Assert.All(bench.Runs, run => Assert.InRange(run.Sum(number => rowsOf[number]), 1, 8));
        foreach (var (item, task, source) in waiting)
        {
            Assert.True(SpinWait.SpinUntil(() => task.IsCompleted, TimeSpan.FromSeconds(30)));
            if (fates[item.Number] == 1) Assert.IsType<FormatException>(task.Exception!.InnerException);
            else if (fates[item.Number] == 2) Assert.IsType<InvalidOperationException>(task.Exception!.InnerException);
            else if (!task.IsCanceled) Assert.Equal(item.Number * 10, item.Result);
            source.Dispose();
        }
        Assert.Equal(0, batcher.Queued);
        Assert.Equal(2, bench.Slots.Free);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Equal_priority_goes_in_the_order_it_came_and_a_higher_one_first() => Prop.ForAll(Gen.ArrayOf(Gen.Choose(0, 2)).ToArbitrary(), priorities =>
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight);
        Hold(batcher);
        for (var i = 0; i < priorities.Length; i++) _ = batcher.SubmitAsync(new Numbered(i) { Priority = priorities[i] }, inline: false).AsTask();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        bench.Drain();
        var expected = Enumerable.Range(0, priorities.Length).OrderBy(i => priorities[i]).ToArray();
        Assert.Equal(expected, bench.Runs.SelectMany(run => run).Where(number => number < 1_000_000));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_idle_model_runs_at_once_on_the_callers_thread()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight);
        var item = new Numbered(4);
        Assert.True(batcher.SubmitAsync(item).AsTask().IsCompletedSuccessfully);
        Assert.Equal(40, item.Result);
        Assert.Equal(TimeSpan.Zero, item.Queued);
    }

    [Fact]
    public void A_model_keeps_to_its_own_number_of_runs_and_leaves_the_other_cores_to_others()
    {
        var bench = new Bench(slots: 4);
        using var one = bench.Batcher(Eight with { MaxRuns = 1, MaxRows = 1 });
        using var other = bench.Batcher(Eight with { MaxRows = 1 });
        for (var i = 0; i < 5; i++) _ = one.SubmitAsync(new Numbered(i), inline: false).AsTask();
        Assert.Equal(3, bench.Slots.Free);
        Assert.True(other.SubmitAsync(new Numbered(9)).AsTask().IsCompletedSuccessfully);
        bench.Drain();
        Assert.Equal([9, 0, 1, 2, 3, 4], bench.Runs.Select(run => run.Single()));
        Assert.Equal(4, bench.Slots.Free);
    }

    [Fact]
    public async Task Who_waits_for_a_run_of_its_model_to_end_loses_patience_all_the_same()
    {
        var bench = new Bench(slots: 2);
        using var batcher = bench.Batcher(Eight with { MaxRuns = 1, MaxRows = 1 });
        _ = batcher.SubmitAsync(new Numbered(1), inline: false).AsTask();
        var waiting = batcher.SubmitAsync(new Numbered(2) { Patience = TimeSpan.FromMilliseconds(5) }, inline: false).AsTask();
        bench.Time.Advance(TimeSpan.FromMilliseconds(6));
        await Assert.ThrowsAsync<WaitedTooLongException>(() => waiting);
        bench.Drain();
    }

    [Fact]
    public async Task An_overflow_that_lasts_refuses_who_has_waited_too_long_and_a_burst_nobody_who_was_let_in()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight with { MaxRows = 1, MaxQueued = 100, OverloadWait = TimeSpan.FromMilliseconds(31) }, perRun: 0, perRow: 0.003);
        _ = batcher.SubmitAsync(new Numbered(0)).AsTask();
        var waiting = Enumerable.Range(0, 101).Select(number => batcher.SubmitAsync(new Numbered(number), inline: false).AsTask()).ToList();
        for (var tries = 0; tries < 10; tries++) Assert.NotNull(batcher.Refusal());
        Assert.Equal(100, batcher.Queued);
        bench.Time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.NotNull(batcher.Refusal());
        Assert.Equal(100, batcher.Queued);
        bench.Time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.NotNull(batcher.Refusal());
        Assert.Equal(0, batcher.Queued);
        foreach (var late in waiting.Skip(1)) await Assert.ThrowsAsync<QueueFullException>(() => late);
        var quick = batcher.SubmitAsync(new Numbered(1), inline: false).AsTask();
        bench.Drain();
        await quick;
        await waiting[0];
        Assert.Equal((0, bench.Slots.Count), (batcher.Queued, bench.Slots.Free));
    }

    [Fact]
    public void A_queue_that_overflowed_is_kept_as_short_as_an_answer_is_of_use_and_long_again_when_calm()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight with { MaxRows = 1, MaxQueued = 100, OverloadWait = TimeSpan.FromMilliseconds(31) }, perRun: 0, perRow: 0.003);
        Assert.True(batcher.SubmitAsync(new Numbered(1)).AsTask().IsCompletedSuccessfully); // 3 ms a row are measured now
        Assert.Equal(101, LetIn()); // one runs, a hundred wait
        bench.Drain();
        Assert.Equal(11, LetIn()); // ten wait: 30 ms
        Assert.NotNull(batcher.Refusal());
        bench.Drain();
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(batcher.Refusal());
        Assert.Equal(101, LetIn());
        bench.Drain();

        int LetIn()
        {
            for (var count = 0; ; count++)
            {
                try
                {
                    _ = batcher.SubmitAsync(new Numbered(count), inline: false).AsTask();
                }
                catch (QueueFullException)
                {
                    return count;
                }
            }
        }
    }

    [Fact]
    public void A_delay_that_was_asked_for_is_kept_and_not_exceeded()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight with { FixedDelay = true, MaxDelay = TimeSpan.FromMilliseconds(4) });
        var first = new Numbered(1);
        _ = batcher.SubmitAsync(first).AsTask();
        bench.Time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.False(bench.Step());
        _ = batcher.SubmitAsync(new Numbered(2)).AsTask();
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(bench.Step());
        Assert.Equal([1, 2], bench.Runs.Single());
        Assert.Equal(4, first.Queued.TotalMilliseconds, 1);
    }

    [Fact]
    public void Rows_that_come_fast_are_put_together_and_where_batches_save_nothing_they_are_not()
    {
        foreach (var (perRun, together) in new[] { (0.004, true), (0.0, false) })
        {
            var bench = new Bench();
            using var batcher = bench.Batcher(Eight, perRun);
            for (var i = 0; i < 64; i++)
            {
                bench.Time.Advance(TimeSpan.FromMicroseconds(100));
                _ = batcher.SubmitAsync(new Numbered(i), inline: false).AsTask();
            }
            bench.Time.Advance(TimeSpan.FromSeconds(1));
            bench.Drain();
            Assert.Equal(together ? 7 : 1, batcher.BestRows);
            Assert.Equal(batcher.BestRows, bench.Runs.Max(run => run.Length));
        }
    }

    [Fact]
    public void A_full_queue_refuses_with_the_time_to_come_back_and_a_cancelled_item_makes_room()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(new BatchLimits { MaxRows = 1, MaxQueued = 3 });
        Hold(batcher);
        using var gone = new CancellationTokenSource();
        _ = batcher.SubmitAsync(new Numbered(1)).AsTask();
        var cancelled = batcher.SubmitAsync(new Numbered(2) { Cancellation = gone.Token }).AsTask();
        _ = batcher.SubmitAsync(new Numbered(3)).AsTask();
        var refusal = Assert.Throws<QueueFullException>(() => { _ = batcher.SubmitAsync(new Numbered(4)).AsTask(); });
        Assert.True(refusal.RetryAfter > TimeSpan.Zero);
        gone.Cancel();
        Assert.True(SpinWait.SpinUntil(() => cancelled.IsCanceled, TimeSpan.FromSeconds(30)));
        Assert.Equal(2, batcher.Queued);
        _ = batcher.SubmitAsync(new Numbered(5)).AsTask();
        bench.Drain();
        Assert.Equal([1, 3, 5], bench.Runs.SelectMany(run => run).Where(number => number < 1_000_000));
    }

    [Fact]
    public void Patience_ends_on_time_and_frees_the_place()
    {
        var bench = new Bench();
        using var batcher = bench.Batcher(Eight);
        Hold(batcher);
        var task = batcher.SubmitAsync(new Numbered(1) { Patience = TimeSpan.FromMilliseconds(10) }).AsTask();
        bench.Time.Advance(TimeSpan.FromMilliseconds(9));
        Assert.Equal(1, batcher.Queued);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, batcher.Queued);
        Assert.True(SpinWait.SpinUntil(() => task.IsFaulted, TimeSpan.FromSeconds(30)));
        Assert.IsType<WaitedTooLongException>(task.Exception!.InnerException);
    }

    [Fact]
    public void A_slow_model_does_not_take_the_turns_of_a_fast_one()
    {
        var bench = new Bench();
        using var slow = bench.Batcher(new BatchLimits { MaxQueued = 1000 }, perRun: 0, perRow: 0.010);
        using var fast = bench.Batcher(new BatchLimits { MaxQueued = 1000 }, perRun: 0, perRow: 0.001);
        for (var i = 0; i < 100; i++)
        {
            _ = slow.SubmitAsync(new Numbered(i), inline: false).AsTask();
            _ = fast.SubmitAsync(new Numbered(1000 + i), inline: false).AsTask();
        }
        for (var i = 0; i < 50; i++) bench.Step();
        // Equal computing time: ten fast runs for a slow one.
        Assert.InRange(bench.Runs.Count(run => run[0] < 1000), 3, 7);
    }

    [Fact]
    public async Task Thirty_callers_on_real_threads_each_get_their_own_answer()
    {
        var slots = new ComputeSlots(2);
        using var batcher = new DynamicBatcher(slots, items =>
        {
            foreach (var item in items.Cast<Numbered>()) item.Result = item.Number * 10;
            return 1e-6;
        }, Eight);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; i < 200; i++)
            {
                var item = new Numbered((caller * 1000) + i);
                await batcher.SubmitAsync(item, inline: i % 2 == 0);
                Assert.Equal(item.Number * 10, item.Result);
            }
        })));
        Assert.Equal(0, batcher.Queued);
        Assert.True(SpinWait.SpinUntil(() => slots.Free == 2, TimeSpan.FromSeconds(30)));
    }

    // Keeps the only slot busy until the next step: what is submitted now has to wait.
    private static void Hold(DynamicBatcher batcher) => _ = batcher.SubmitAsync(new Numbered(1_000_000) { Priority = -1 }, inline: false).AsTask();
}
