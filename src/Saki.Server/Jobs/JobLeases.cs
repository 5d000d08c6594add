using Dapper;
using Saki.Jobs;
using Saki.Server.Storage;

namespace Saki.Server.Jobs;

/// <summary>
/// What workers write of jobs. A lease is <c>owner</c> and <c>fence</c>: each change of hands counts the fence up, and each write of a worker names the fence that it got,
/// so that one that lost its lease changes nothing. A lease has ended when its heartbeat stands still for longer than <see cref="JobOptions.Patience"/> on the watch of who wants
/// it (no clock is compared with another one), or when its owner is a process of this machine that is gone.
/// </summary>
internal sealed class JobLeases(Database database, TimeProvider time)
{
    private const string Held = "WHERE id = @Id AND fence = @Fence AND state IN ('leased', 'running')";

    private const string Columns = """
        id AS Id, fence AS Fence, beat AS Beat, owner AS Owner, state AS State, attempt AS Attempt, losses AS Losses, executor AS Executor, cpus AS Cpus, gpus AS Gpus, devices AS Devices,
        place AS Place, cancelled_by AS CancelledBy, started AS Started, plan AS Plan, run_id AS RunId
        """;

    /// <summary>All leases, of all workers.</summary>
    public IReadOnlyList<JobLease> All() => database.Read(connection => connection.Query<JobLease>($"SELECT {Columns} FROM jobs WHERE state IN ('leased', 'running') ORDER BY id").AsList());

    /// <summary>The first jobs in turn, without a lease.</summary>
    public IReadOnlyList<JobLease> Waiting(string executor, int most) => database.Read(connection =>
        connection.Query<JobLease>($"SELECT {Columns} FROM jobs WHERE state = 'queued' AND executor = @executor ORDER BY priority DESC, id LIMIT @most", new { executor, most }).AsList());

    /// <summary>Takes a job that waits, with a new attempt; null when another worker was faster.</summary>
    public Task<JobLease?> ClaimAsync(JobLease waiting, string owner, string devices) => database.WriteAsync(session =>
    {
        var lease = session.First<JobLease>($"""
            UPDATE jobs SET state = 'leased', owner = @owner, fence = fence + 1, beat = 0, attempt = attempt + 1, devices = @devices, place = '', started = NULL
            WHERE id = @Id AND fence = @Fence AND state = 'queued' RETURNING {Columns}
            """, new { owner, devices, waiting.Id, waiting.Fence });
        if (lease is not null) session.Execute("INSERT INTO job_attempts (job, number, state, owner, reason) VALUES (@Id, @Attempt, 'leased', @owner, '')", new { lease.Id, lease.Attempt, owner });
        return lease;
    });

    /// <summary>Takes over from a worker whose heartbeat stands still; null when it moved after all.</summary>
    public Task<JobLease?> TakeOverAsync(JobLease dead, string owner) => database.WriteAsync(session => session.First<JobLease>($"""
        UPDATE jobs SET owner = @owner, fence = fence + 1, beat = 0 WHERE id = @Id AND fence = @Fence AND beat = @Beat AND state IN ('leased', 'running') RETURNING {Columns}
        """, new { owner, dead.Id, dead.Fence, dead.Beat }));

    /// <summary>One beat of all leases of this worker.</summary>
    public Task BeatAsync(string owner) => database.WriteAsync(session => session.Execute("UPDATE jobs SET beat = beat + 1 WHERE owner = @owner AND state IN ('leased', 'running')", new { owner }));

    /// <summary>Where the process was started; it is not known yet whether it runs. False: the lease is lost.</summary>
    public Task<bool> PlaceAsync(JobLease lease, string place) => database.WriteAsync(session => session.Execute($"UPDATE jobs SET place = @place {Held}", new { lease.Id, lease.Fence, place }) > 0);

    /// <summary>A worker that ends in order gives its leases away.</summary>
    public Task ReleaseAsync(string owner, string released) =>
        database.WriteAsync(session => session.Execute("UPDATE jobs SET owner = @released WHERE owner = @owner AND state IN ('leased', 'running')", new { owner, released }));

    /// <summary>The process is there. False: the lease is lost.</summary>
    public Task<bool> RunsAsync(JobLease lease) => database.WriteAsync(session =>
    {
        var held = session.Execute($"UPDATE jobs SET state = 'running', started = coalesce(started, @now) {Held}", new { lease.Id, lease.Fence, now = Now }) > 0;
        if (held) session.Execute("UPDATE job_attempts SET state = 'running', started = coalesce(started, @now) WHERE job = @Id AND number = @Attempt", new { lease.Id, lease.Attempt, now = Now });
        return held;
    });

    /// <summary>What the process says of itself. False: the lease is lost.</summary>
    public Task<bool> TellAsync(JobLease lease, double? progress, string text, string? run) => database.WriteAsync(session =>
        session.Execute($"UPDATE jobs SET progress = @progress, progress_text = @text, run_id = coalesce(@run, run_id) {Held}", new { lease.Id, lease.Fence, progress, text, run }) > 0);

    /// <summary>The attempt is over, and the job with it. False: the lease is lost.</summary>
    public Task<bool> EndAsync(JobLease lease, JobState state, int? exitCode, string reason) => database.WriteAsync(session =>
    {
        var held = session.Execute($"UPDATE jobs SET state = @state, ended = @now, exit_code = @exitCode, reason = @reason, progress = {(state == JobState.Succeeded ? "1" : "progress")}, devices = '' {Held}",
            new { lease.Id, lease.Fence, state = JobRow.Word(state), now = Now, exitCode, reason }) > 0;
        if (held) EndAttempt(session, lease, state, exitCode, reason);
        return held;
    });

    /// <summary>The attempt vanished; the job waits for the next one. False: the lease is lost.</summary>
    public Task<bool> RequeueAsync(JobLease lease, string reason) => database.WriteAsync(session =>
    {
        var held = session.Execute($"UPDATE jobs SET state = 'queued', owner = '', place = '', devices = '', losses = losses + 1, started = NULL, reason = @reason {Held}", new { lease.Id, lease.Fence, reason }) > 0;
        if (held) EndAttempt(session, lease, JobState.Lost, null, reason);
        return held;
    });

    private void EndAttempt(WriteSession session, JobLease lease, JobState state, int? exitCode, string reason) =>
        session.Execute("UPDATE job_attempts SET state = @state, ended = @now, exit_code = @exitCode, reason = @reason WHERE job = @Id AND number = @Attempt",
            new { lease.Id, lease.Attempt, state = JobRow.Word(state), now = Now, exitCode, reason });

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>A job in a worker's hands.</summary>
internal sealed record JobLease
{
    public long Id { get; init; }

    /// <summary>The fencing token: counts up with each change of hands.</summary>
    public long Fence { get; init; }

    /// <summary>The heartbeat.</summary>
    public long Beat { get; init; }
    public string Owner { get; init; } = "";
    public string State { get; init; } = "";

    /// <summary>The newest attempt; the token that a process shows before it may run.</summary>
    public long Attempt { get; init; }

    /// <summary>How many attempts vanished in a row.</summary>
    public long Losses { get; init; }
    public string Executor { get; init; } = "";
    public long Cpus { get; init; }
    public long Gpus { get; init; }

    /// <summary>Indexes of the GPUs it has, with commas between.</summary>
    public string Devices { get; init; } = "";

    /// <summary>Where its process is, in the executor's words.</summary>
    public string Place { get; init; } = "";
    public string CancelledBy { get; init; } = "";
    public long? Started { get; init; }
    public string Plan { get; init; } = "";
    public string? RunId { get; init; }
}
