using Saki.Jobs;
using Saki.Server.Jobs;
using Saki.Server.Storage;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

/// <summary>Two workers over one database: who holds the lease, and that who lost it changes nothing.</summary>
public sealed class JobLeaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Database _database;
    private readonly JobStore _store;
    private readonly JobLeases _leases;

    public JobLeaseTests()
    {
        _database = Database.Open(Path.Combine(_folder.Root, "jobs.db"), TimeProvider.System);
        (_store, _leases) = (new JobStore(_database, TimeProvider.System), new JobLeases(_database, TimeProvider.System));
    }

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Of_many_workers_that_want_a_job_exactly_one_gets_it()
    {
        await SubmitAsync();
        var waiting = Assert.Single(_leases.Waiting("local", 10));
        var claims = await Task.WhenAll(Enumerable.Range(0, 50).Select(worker => _leases.ClaimAsync(waiting, $"worker {worker}", "")));
        Assert.Single(claims, claim => claim is not null);
        Assert.Equal(1, _store.Get(waiting.Id).Attempt);
    }

    [Fact]
    public async Task A_worker_that_lost_its_lease_writes_nothing()
    {
        await SubmitAsync();
        var old = (await _leases.ClaimAsync(_leases.Waiting("local", 1)[0], "old", ""))!;
        Assert.True(await _leases.RunsAsync(old));
        var now = (await _leases.TakeOverAsync(_leases.All()[0], "new"))!;
        Assert.True(now.Fence > old.Fence);

        Assert.False(await _leases.PlaceAsync(old, "elsewhere"));
        Assert.False(await _leases.RunsAsync(old));
        Assert.False(await _leases.TellAsync(old, 0.9, "old words", "run"));
        Assert.False(await _leases.RequeueAsync(old, "old reason"));
        Assert.False(await _leases.EndAsync(old, JobState.Failed, 1, "old reason"));
        var job = _store.Get(old.Id);
        Assert.Equal((JobState.Running, "", ""), (job.State, job.ProgressText, job.Reason));

        Assert.True(await _leases.EndAsync(now, JobState.Succeeded, 0, ""));
        Assert.False(await _leases.EndAsync(now, JobState.Failed, 1, "twice"));
        Assert.Equal(JobState.Succeeded, _store.Get(old.Id).State);
    }

    [Fact]
    public async Task A_worker_whose_heart_beats_is_not_taken_over_from()
    {
        await SubmitAsync();
        await _leases.ClaimAsync(_leases.Waiting("local", 1)[0], "alive", "");
        var seen = _leases.All()[0];
        await _leases.BeatAsync("alive");
        Assert.Null(await _leases.TakeOverAsync(seen, "other"));
    }

    [Fact]
    public void A_name_of_a_worker_tells_whether_it_is_gone()
    {
        var self = JobOwner.New();
        Assert.Equal(self, JobOwner.Parse(self.ToString()));
        Assert.False(self.IsGone);
        Assert.True(self.Released.IsGone);
        Assert.True((self with { Boot = "another" }).IsGone);
        Assert.True((self with { Began = self.Began - 1 }).IsGone); // the number was given to another process since
        Assert.False((self with { Host = "elsewhere", Process = 1, Began = 1 }).IsGone); // not ours to know
    }

    private Task<long> SubmitAsync() => _store.SubmitAsync(new NewJob("k", "t", "who", "api", new Dictionary<string, JobValue>(), new JobPlan { Command = ["true"] }, "local", 0));
}
