using Saki.Inference.Serving;

namespace Saki.Inference.Tests.Serving.Routing;

public sealed class ShadowTests : IDisposable
{
    private static readonly ChangedBy Me = new("test");

    private readonly RoutedModels _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_shadow_never_answers_and_the_matrix_says_where_it_differs()
    {
        await using var models = await _files.TwoAsync(secondFlips: true);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2"), Me);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal((i % 2, Arm.Champion), await _files.AskAsync(models, i));
            await Task.Delay(1);
        }
        await _files.UntilAsync(() => models.Routes.Shadow("m")! is var all && all.Compared + all.Shed + all.Failed == 100);
        var view = models.Routes.Shadow("m")!;
        Assert.True(view.Compared > 0);
        Assert.Equal(0, view.Agreed);
        Assert.All(view.Pairs, pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.Equal(view.Compared, view.Pairs.Sum(pair => pair.Count));
        using var second = models.Lease("m", "2");
        Assert.Equal(0, second.Model.Counters.Success); // nobody was answered by it
    }

    [Fact]
    public async Task A_shadow_that_fails_is_counted_and_fails_nobody()
    {
        await using var models = await _files.TwoAsync(secondLength: 3);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2"), Me);
        for (var i = 0; i < 20; i++) Assert.Equal((i % 2, Arm.Champion), await _files.AskAsync(models, i));
        await _files.UntilAsync(() => models.Routes.Shadow("m")! is var all && all.Failed + all.Shed == 20);
        Assert.True(models.Routes.Shadow("m")!.Failed > 0);
    }

    [Fact]
    public async Task Under_load_comparisons_are_passed_over_first()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2"), Me);
        // As many callers as keep every core busy, for as long as it takes to fill the queue of 64.
        await Task.WhenAll(Enumerable.Range(0, 4 * models.Cores).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++) Assert.Equal(i % 2, (await _files.AskAsync(models, i)).Class);
        })));
        await _files.UntilAsync(() => models.Routes.Shadow("m")! is var all && all.Compared + all.Shed == 1200 * models.Cores);
        Assert.True(models.Routes.Shadow("m")!.Shed > 0);
        using var first = models.Lease("m", "1");
        Assert.Equal(0, first.Model.Counters.Rejected + first.Model.Counters.Failed);
    }

    [Fact]
    public async Task A_share_is_copied_only()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2", 10), Me);
        for (var i = 0; i < 1000; i++) await _files.AskAsync(models, i);
        await _files.UntilAsync(() => models.Routes.Shadow("m")! is var all && all.Compared + all.Shed is > 60 and < 140);
    }
}
