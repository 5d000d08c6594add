using Saki.Inference.Serving;

namespace Saki.Inference.Tests.Serving.Routing;

public sealed class CanaryVerdictTests
{
    private static readonly CanaryLimits Limits = new();

    [Fact]
    public void Chance_alone_ends_a_canary_in_less_than_one_of_a_hundred_looks()
    {
        // Both arms fail one request of twenty and take the same times; 1000 canaries of 300 requests against 700.
        var random = new SeededRandom(5);
        var ended = 0;
        for (var canary = 0; canary < 1000; canary++)
            if (CanaryVerdict.Of(Limits, Draw(random, 700, 0.05), Draw(random, 300, 0.05), Draw(random, 300, 0.2)) is not null) ended++;
        Assert.InRange(ended, 0, 9);
    }

    [Fact]
    public void What_is_clearly_worse_is_found_within_the_first_hundred()
    {
        var random = new SeededRandom(6);
        var (errors, slow, other) = (0, 0, 0);
        for (var canary = 0; canary < 200; canary++)
        {
            var champion = Draw(random, 900, 0);
            if (CanaryVerdict.Of(Limits, champion, Draw(random, 100, 0.2), default) is not null) errors++;
            if (CanaryVerdict.Of(Limits, champion, Draw(random, 100, 0, scale: 10), default) is not null) slow++;
            if (CanaryVerdict.Of(Limits, champion, Draw(random, 100, 0), Draw(random, 100, 0.5)) is not null) other++;
        }
        Assert.InRange(errors, 190, 200);
        Assert.InRange(slow, 190, 200);
        Assert.InRange(other, 190, 200);
    }

    [Fact]
    public void Before_the_least_number_of_requests_nothing_is_decided()
    {
        var random = new SeededRandom(7);
        Assert.Null(CanaryVerdict.Of(Limits, Draw(random, 900, 0), Draw(random, Limits.MinRequests - 1, 1, scale: 100), Draw(random, Limits.MinRequests - 1, 1)));
    }

    [Fact]
    public void Against_a_champion_without_requests_errors_still_count()
    {
        var random = new SeededRandom(8);
        Assert.NotNull(CanaryVerdict.Of(Limits, new ArmFigures(0, 0, []), Draw(random, 60, 0.5), default));
        Assert.Null(CanaryVerdict.Of(Limits, new ArmFigures(0, 0, []), Draw(random, 60, 0), default));
    }

    private static ArmFigures Draw(SeededRandom random, int requests, double failing, double scale = 1)
    {
        var seconds = Enumerable.Range(0, requests).Select(_ => (float)(scale * 0.004 * Math.Exp(0.3 * random.NextNormal()))).Order().ToArray();
        return new ArmFigures(requests, Enumerable.Range(0, requests).Count(_ => random.NextDouble() < failing), seconds);
    }
}
