using Saki.Server.Registry;
using Saki.Server.Tests.Accounts;
using Saki.Server.Tracking;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Tracking;

/// <summary>What clocks do to people: daylight saving by hand, a dead battery, two machines that disagree.</summary>
public sealed class ClockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Order_of_moves_is_that_in_which_they_were_made_when_the_clock_jumps()
    {
        await using var site = await TrackingSite.OpenAsync(new SakiHome(_folder.Root), _clock);
        await site.Registry.CreateAsync("m", null, []);
        for (var i = 0; i < 3; i++) await site.Registry.AddVersionAsync(new ModelVersion { Name = "m", Version = "", Source = "s3://b/x" }, "ada");
        foreach (var (version, jump) in ((long, TimeSpan)[])[(1, TimeSpan.FromDays(3650)), (2, TimeSpan.FromHours(-1)), (3, TimeSpan.FromDays(-3650))])
        {
            _clock.Now += jump;
            await site.Registry.MoveAsync(new RegistryMove("m", version, MoveKind.Stage, "Production") { Who = "ada" }, default);
        }
        Assert.Equal("3", site.RegistryReader.GetByAlias("m", "production").Version);
        await site.Registry.MoveAsync(new RegistryMove("m", 3, MoveKind.Stage, "Archived") { Who = "ada" }, default);
        Assert.Equal("2", site.RegistryReader.GetByAlias("m", "production").Version);
        Assert.Equal(1, await site.Registry.RollbackAsync("m", null, null, "ada", ""));
        Assert.Null(site.Audit.Check().Broken);
        Assert.Equal(site.Audit.History("m", 100).Select(row => row.Number).OrderDescending(), site.Audit.History("m", 100).Select(row => row.Number));
    }

    [Fact]
    public async Task Run_may_end_before_it_began_and_its_points_may_come_from_any_time()
    {
        await using var server = await MlflowServer.StartAsync();
        var created = await server.PostAsync("runs/create", """{"experiment_id":"0","start_time":9000000000000}""");
        var id = (string)created["run"]!["info"]!["run_id"]!;
        foreach (var (time, step) in ((long, int)[])[(9_000_000_000_000, 1), (1, 2), (253_402_300_800_000, 3), (5, 0)])
            await server.PostAsync("runs/log-metric", $$"""{"run_id":"{{id}}","key":"m","value":1,"timestamp":{{time}},"step":{{step}}}""");
        await server.PostAsync("runs/update", $$"""{"run_id":"{{id}}","status":"FINISHED","end_time":1000}""");
        Assert.Equal(4, (await server.GetAsync($"metrics/get-history?run_id={id}&metric_key=m"))["metrics"]!.AsArray().Count);
        foreach (var page in (string[])["/runs", $"/runs/{id}", $"/runs/{id}/charts?x=time", $"/runs/{id}/charts?x=relative", "/runs.csv"])
        {
            using var reply = await server.Client.VisitAsync(page);
            Assert.True(reply.IsSuccessStatusCode, $"{page}: {(int)reply.StatusCode}");
        }
    }

    [Fact]
    public async Task Clean_up_takes_nothing_when_the_clock_stands_before_the_deletion()
    {
        await using var site = await TrackingSite.OpenAsync(new SakiHome(_folder.Root), _clock);
        var run = await site.Runs.CreateAsync(new CreateRun());
        await site.Runs.DeleteAsync(run);
        _clock.Now -= TimeSpan.FromHours(1);
        Assert.Equal(0, (await site.Garbage.CollectAsync(new CollectGarbage { OlderThanDays = 0 }, default)).Runs);
        await site.Runs.RestoreAsync(run);
    }
}
