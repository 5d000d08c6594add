using Saki.Inference.Serving;

namespace Saki.Inference.Tests.Serving.Routing;

/// <summary>Real models in a real repository: <c>y = x + bias</c>, so that an answer tells its version.</summary>
public sealed class CanaryTests : IDisposable
{
    private static readonly ChangedBy Me = new("test", "because");

    private readonly RoutedModels _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(25)]
    [InlineData(90)]
    public async Task The_split_stays_within_binomial_bounds(double percent)
    {
        await using var models = await _files.TwoAsync();
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", percent) { Limits = Lenient }, Me);
        const int requests = 20_000;
        var canary = 0;
        for (var i = 0; i < requests; i++) canary += ArmOf(models, null) == Arm.Canary ? 1 : 0;
        var deviation = Math.Sqrt(requests * percent / 100 * (1 - (percent / 100)));
        Assert.InRange(canary, (requests * percent / 100) - (4 * deviation), (requests * percent / 100) + (4 * deviation));
    }

    [Fact]
    public async Task A_user_stays_on_one_side_and_a_larger_share_takes_nobody_off_the_canary()
    {
        await using var models = await _files.TwoAsync();
        var users = Enumerable.Range(0, 2000).Select(i => $"user-{i}").ToList();
        var before = new HashSet<string>();
        foreach (var percent in new[] { 1.0, 5, 30, 100 })
        {
            await models.Changes.CanaryAsync("m", new CanaryPlan("2", percent) { Limits = Lenient }, Me);
            var now = users.Where(user => ArmOf(models, user) == Arm.Canary).ToHashSet();
            Assert.Equal(now, users.Where(user => ArmOf(models, user) == Arm.Canary).ToHashSet());
            Assert.Subset(now, before);
            Assert.InRange(now.Count, (20 * percent) - 90, (20 * percent) + 90);
            before = now;
        }
        Assert.Equal(users.Count, before.Count);
    }

    [Fact]
    public async Task A_canary_that_is_not_loaded_gets_no_request()
    {
        await using var models = await _files.TwoAsync();
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 100) { Limits = Lenient }, Me);
        Assert.Equal(Arm.Canary, ArmOf(models, null));
        await models.UnloadAsync("m", "2");
        for (var i = 0; i < 100; i++) Assert.Equal(Arm.Champion, ArmOf(models, null));
        await models.LoadAsync(_files.Plan(models, 2), beside: true);
        Assert.Equal(Arm.Canary, ArmOf(models, null));
    }

    [Fact]
    public async Task A_canary_that_fails_is_taken_back_and_the_change_says_why()
    {
        await using var models = await _files.TwoAsync(secondLength: 3); // takes another shape: every request fails
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 20) { Limits = new CanaryLimits { MinRequests = 20 } }, Me);
        var failed = 0;
        for (var i = 0; i < 2000; i++)
        {
            try
            {
                await _files.AskAsync(models, i);
            }
            catch (SakiException)
            {
                failed++;
            }
        }
        await _files.UntilAsync(() => models.Routes.Of("m").Canary is null);
        Assert.InRange(failed, 20, 30);
        var told = models.Routes.Events[0];
        Assert.Equal(("rollback", "saki", "2"), (told.Action, told.Who, told.Version));
        Assert.Contains("requests failed", told.Why, StringComparison.Ordinal);
        Assert.Contains("\"canary_failed\": 1", told.Evidence, StringComparison.Ordinal);
        Assert.Equal(Arm.Champion, ArmOf(models, null));
    }

    [Fact]
    public async Task A_canary_that_answers_otherwise_is_taken_back()
    {
        await using var models = await _files.TwoAsync(secondFlips: true);
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 50) { Limits = new CanaryLimits { MinRequests = 20, MaxLatencyRatio = null } }, Me);
        for (var i = 0; i < 5000 && models.Routes.Of("m").Canary is not null; i++)
        {
            await _files.AskAsync(models, i);
            if (i % 16 == 0) await Task.Delay(5); // comparisons are made while the machine is idle
        }
        await _files.UntilAsync(() => models.Routes.Of("m").Canary is null);
        Assert.Contains("differ from the champion's", models.Routes.Events[0].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canary_as_good_as_the_champion_stays()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 50) { Limits = new CanaryLimits { MinRequests = 20, MaxLatencyRatio = null } }, Me);
        for (var i = 0; i < 600; i++) await _files.AskAsync(models, i);
        Assert.Equal("2", models.Routes.Of("m").Canary?.Version);
    }

    [Fact]
    public async Task A_version_that_becomes_the_default_ends_its_canary_and_undo_brings_both_back()
    {
        await using var models = await _files.TwoAsync();
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 50) { Limits = Lenient }, Me);
        await models.Changes.SetDefaultAsync("m", "2", Me);
        Assert.Null(models.Routes.Of("m").Canary);
        Assert.Equal("2", models.Models.Single().Default);
        await models.Changes.UndoAsync(models.Routes.Events[0].Id, Me);
        Assert.Equal("1", models.Models.Single().Default);
        Assert.Equal(50, models.Routes.Of("m").Canary?.Percent);
    }

    [Theory]
    [InlineData("1", 10)]
    [InlineData("3", 10)]
    [InlineData("2", 0)]
    [InlineData("2", 100.1)]
    [InlineData("2", double.NaN)]
    public async Task A_canary_that_makes_no_sense_is_refused(string version, double percent)
    {
        await using var models = await _files.TwoAsync();
        await Assert.ThrowsAnyAsync<SakiException>(() => models.Changes.CanaryAsync("m", new CanaryPlan(version, percent), Me));
        Assert.Null(models.Routes.Of("m").Canary);
    }

    internal static CanaryLimits Lenient { get; } = new() { MaxExtraErrors = null, MaxLatencyRatio = null, MaxDisagreement = null };

    private static Arm ArmOf(ModelRepository models, string? user)
    {
        using var lease = models.Lease("m", null, user);
        return lease.Arm;
    }
}
