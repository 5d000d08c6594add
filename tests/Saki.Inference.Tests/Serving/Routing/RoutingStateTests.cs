using Saki.Inference.Serving;

namespace Saki.Inference.Tests.Serving.Routing;

public sealed class RoutingStateTests : IDisposable
{
    private static readonly ChangedBy Me = new("test", "because");

    private readonly RoutedModels _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Routing_comes_back_after_a_restart_with_what_the_audit_missed()
    {
        await using (var models = await _files.TwoAsync())
        {
            await models.Changes.CanaryAsync("m", new CanaryPlan("2", 12.5) { Limits = CanaryTests.Lenient }, Me);
            await models.Changes.UserAsync("m", "anna", "2", Me);
            await models.Changes.ScaleAsync("m", "1", 1, Me);
        } // as after a kill: nothing is written at the end
        await using var again = _files.Open();
        await again.RestoreAsync(Assert.Fail);
        Assert.Equal(12.5, again.Routes.Of("m").Canary?.Percent);
        Assert.Equal((0, Arm.User), await Class(again, "anna"));
        using (var lease = again.Lease("m", "1")) Assert.Equal(1, lease.Model.Instances);
        var audited = new List<string>();
        await again.Routes.AuditWithAsync(told =>
        {
            audited.Add($"{told.Who} {told.Action} {told.From} -> {told.To}: {told.Why}");
            return Task.CompletedTask;
        });
        Assert.Equal(["test canary none -> 2 at 12.5 %: because", "test user the default -> 2: because", $"test scale every core -> 1: because"], audited);
        await again.Routes.AuditWithAsync(_ => throw new InvalidOperationException("each is audited once"));
    }

    [Fact]
    public async Task An_audit_that_cannot_be_written_gets_the_change_with_the_next_one()
    {
        await using var models = await _files.TwoAsync();
        var (full, audited) = (true, new List<string>());
        await models.Routes.AuditWithAsync(told =>
        {
            if (full) throw new IOException("disk full");
            audited.Add(told.Action);
            return Task.CompletedTask;
        });
        await models.Changes.CanaryAsync("m", new CanaryPlan("2", 50) { Limits = CanaryTests.Lenient }, Me);
        Assert.Equal("2", models.Routes.Of("m").Canary?.Version); // the change stands
        full = false;
        await models.Changes.ShadowAsync("m", new ShadowPlan("2"), Me);
        Assert.Equal(["canary", "shadow"], audited);
    }

    [Fact]
    public async Task A_user_whose_version_is_gone_is_answered_by_the_default()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.UserAsync("m", "anna", "2", Me);
        Assert.Equal(Arm.User, (await Class(models, "anna")).Arm);
        Assert.Equal(Arm.Champion, (await Class(models, "bert")).Arm);
        await models.UnloadAsync("m", "2");
        Assert.Equal(Arm.Champion, (await Class(models, "anna")).Arm);
    }

    [Fact]
    public async Task A_version_is_found_by_number_stage_and_alias()
    {
        await using var models = await _files.TwoAsync(same: true);
        Assert.Equal("1", Version(models, "m", "Production")); // no registry: the default
        await models.SetAliasesAsync("m", new Dictionary<string, string> { ["champion"] = "1", ["Staging"] = "2" });
        Assert.Equal("1", Version(models, "m", "champion"));
        Assert.Equal("1", Version(models, "m@champion", null));
        Assert.Equal("2", Version(models, "m", "staging"));
        Assert.Equal("2", Version(models, "m", "@staging"));
        Assert.Equal("2", Version(models, "m", "2"));
        Assert.Throws<ModelNotFoundException>(() => Version(models, "m", "Production")); // the registry has none there
        Assert.Throws<ModelNotFoundException>(() => Version(models, "m@nobody", null));
        Assert.Throws<ModelNotFoundException>(() => Version(models, "@champion", null));
    }

    [Fact]
    public async Task Only_the_newest_change_of_a_model_is_undone_and_only_once()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2", 10), Me);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2", 20), Me);
        var older = models.Routes.Events[1].Id;
        await Assert.ThrowsAsync<SakiException>(() => models.Changes.UndoAsync(older, Me));
        var newest = models.Routes.Events[0].Id;
        await models.Changes.UndoAsync(newest, Me);
        Assert.Equal(10, models.Routes.Of("m").Shadow?.Percent);
        await Assert.ThrowsAsync<SakiException>(() => models.Changes.UndoAsync(newest, Me));
    }

    [Fact]
    public async Task An_unloaded_version_comes_back_with_undo()
    {
        await using var models = await _files.TwoAsync(same: true);
        await models.Changes.ShadowAsync("m", new ShadowPlan("2", 10), Me);
        await models.Changes.UnloadAsync("m", "2", Me);
        Assert.Null(models.Routes.Of("m").Shadow);
        await models.Changes.UndoAsync(models.Routes.Events[0].Id, Me);
        Assert.Equal("2", Version(models, "m", "2"));
        Assert.Equal(10, models.Routes.Of("m").Shadow?.Percent);
    }

    private static string Version(ModelRepository models, string name, string? version)
    {
        using var lease = models.Lease(name, version);
        return lease.Model.Version;
    }

    // The second version takes three numbers, so it is asked only for who answers.
    private static Task<(int Class, Arm Arm)> Class(ModelRepository models, string user)
    {
        using var lease = models.Lease("m", null, user);
        return Task.FromResult((0, lease.Arm));
    }
}
