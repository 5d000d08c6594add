using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Saki.Jobs;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Storage;
using Saki.Server.Tests.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

public sealed class ScheduleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();
    private readonly Database _database;
    private readonly JobStore _store;
    private readonly ScheduleStore _schedules;
    private readonly JobDoor _door;

    public ScheduleTests()
    {
        _clock.Now = new DateTimeOffset(2026, 11, 21, 18, 0, 0, TimeSpan.Zero);
        var home = new SakiHome(_folder.Root);
        Directory.CreateDirectory(home.Kinds);
        File.WriteAllText(Path.Combine(home.Kinds, "nap.yaml"), "kind: nap\ntitle: Nap\ncommand: [sleep, '0']\n");
        var options = new JobOptions { Home = home, Saki = ["/bin/false"] };
        _database = Database.Open(Path.Combine(_folder.Root, "jobs.db"), _clock);
        (_store, _schedules) = (new JobStore(_database, _clock), new ScheduleStore(_database, _clock));
        _door = new JobDoor(new JobKinds(home), _store, home, options, new JobEnvironment(home, options, () => null), ["local"]);
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task However_many_servers_look_each_time_starts_one_job()
    {
        await _schedules.SetAsync(Nightly("nap"), "ann");
        await TickAsync(5);
        Assert.Empty(Jobs());
        _clock.Now = _clock.Now.AddHours(10);
        await TickAsync(5);
        var job = Assert.Single(Jobs());
        Assert.Equal(("schedule nightly", "ann"), (job.Origin, job.Who));
        _clock.Now = _clock.Now.AddDays(1);
        await TickAsync(5);
        Assert.Equal(2, Jobs().Count);
        Assert.Equal($"job {Jobs()[0].Id}", _schedules.All()[0].Outcome);
    }

    [Fact]
    public async Task What_was_missed_while_no_server_ran_is_made_up_for_once()
    {
        await _schedules.SetAsync(Nightly("nap"), "ann");
        _clock.Now = _clock.Now.AddDays(9);
        await TickAsync(1);
        await TickAsync(1);
        Assert.Single(Jobs());
        Assert.True(_schedules.All()[0].Next > _clock.Now.ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task A_kind_that_is_gone_uses_the_time_up_and_says_why()
    {
        await _schedules.SetAsync(Nightly("gone"), "ann");
        _clock.Now = _clock.Now.AddDays(1);
        await TickAsync(1);
        Assert.Empty(Jobs());
        Assert.Contains("gone", _schedules.All()[0].Outcome, StringComparison.Ordinal);
        Assert.Empty(_schedules.Due());
    }

    [Fact]
    public async Task Schedules_are_set_listed_and_removed_over_HTTP_and_what_would_be_refused_at_night_is_refused_now()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("nap", "true");
        using var wrong = await server.SendAsync(HttpMethod.Post, "/api/schedules", """{"name":"n","cron":"0 3 * * *","ask":{"kind":"nap","arguments":{"x":1}}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        using var never = await server.SendAsync(HttpMethod.Post, "/api/schedules", """{"name":"n","cron":"0 3 30 2 *","ask":{"kind":"nap"}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, never.StatusCode);
        var made = await server.CallAsync(HttpMethod.Post, "/api/schedules", """{"name":"n","cron":"0 3 * * *","zone":"Europe/Berlin","ask":{"kind":"nap"}}""");
        Assert.Equal("local", (string)made["who"]!);
        Assert.Single((await server.CallAsync(HttpMethod.Get, "/api/schedules")).AsArray());
        using var removed = await server.SendAsync(HttpMethod.Delete, "/api/schedules/n");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
    }

    private IReadOnlyList<Job> Jobs() => _store.List(null, null, null, 100).Jobs;

    private Task TickAsync(int servers) =>
        Task.WhenAll(Enumerable.Range(0, servers).Select(_ => new ScheduleClock(_schedules, _door, _clock, NullLogger.Instance).TickAsync(CancellationToken.None)));

    private static JobSchedule Nightly(string kind) => new() { Name = "nightly", Cron = "0 3 * * *", Ask = new JobAsk { Kind = kind } };
}
