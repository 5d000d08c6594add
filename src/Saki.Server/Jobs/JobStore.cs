using System.Text.Json;
using Dapper;
using Saki.Jobs;
using Saki.Server.Http;
using Saki.Server.Storage;

namespace Saki.Server.Jobs;

/// <summary>
/// Jobs as people and programs see them: asked for, listed, ended, tried again. What workers write goes through <see cref="JobLeases"/>.
/// The states and who moves them: queued → leased → running → succeeded | failed by the worker that holds the lease; cancelled by the same, or here while it waits.
/// </summary>
internal sealed class JobStore(Database database, TimeProvider time)
{
    private const string Columns = """
        id AS Id, kind AS Kind, title AS Title, who AS Who, origin AS Origin, arguments AS Arguments, plan AS Plan, executor AS Executor, priority AS Priority, state AS State,
        cancelled_by AS CancelledBy, created AS Created, started AS Started, ended AS Ended, attempt AS Attempt, exit_code AS ExitCode, reason AS Reason, run_id AS RunId,
        progress AS Progress, progress_text AS ProgressText
        """;

    /// <summary>Queues a job and gives its number; it is on disk when the task completes.</summary>
    public Task<long> SubmitAsync(NewJob job) => database.WriteAsync(session => Insert(session, job, Now));

    /// <summary>Queues a job within a transaction of the caller's.</summary>
    public static long Insert(WriteSession session, NewJob job, long now) => session.Scalar<long>("""
        INSERT INTO jobs (kind, title, who, origin, arguments, plan, executor, priority, cpus, gpus, state, cancelled_by, created, attempt, losses, reason, progress_text, owner, fence, beat, place, devices)
        VALUES (@Kind, @Title, @Who, @Origin, @arguments, @plan, @Executor, @Priority, @Cpus, @Gpus, 'queued', '', @now, 0, 0, '', '', '', 0, 0, '', '') RETURNING id
        """, new
    {
        job.Kind,
        job.Title,
        job.Who,
        job.Origin,
        arguments = JsonSerializer.Serialize(job.Arguments, JobJson.Readable.IReadOnlyDictionaryStringJobValue),
        plan = JsonSerializer.Serialize(job.Plan, JobJson.Readable.JobPlan),
        job.Executor,
        job.Priority,
        job.Plan.Cpus,
        job.Plan.Gpus,
        now,
    });

    /// <summary>One job with its attempts.</summary>
    /// <exception cref="RequestException">There is none of that number.</exception>
    public Job Get(long id) => database.Read(connection =>
    {
        if (connection.QueryFirstOrDefault<JobRow>($"SELECT {Columns} FROM jobs WHERE id = @id", new { id }) is not { } row) throw None(id);
        var attempts = connection.Query<AttemptRow>("""
            SELECT number AS Number, state AS State, started AS Started, ended AS Ended, exit_code AS ExitCode, reason AS Reason FROM job_attempts WHERE job = @id ORDER BY number
            """, new { id });
        return row.ToJob() with { Attempts = [.. attempts.Select(attempt => attempt.ToAttempt())] };
    });

    /// <summary>The newest jobs before a number.</summary>
    /// <param name="state">A state's word; null: any.</param>
    /// <param name="kind">Null: any.</param>
    /// <param name="before">Jobs with smaller numbers only; null: from the newest.</param>
    /// <param name="most">1 to 500.</param>
    public JobList List(JobState? state, string? kind, long? before, int most) => database.Read(connection =>
    {
        var rows = connection.Query<JobRow>($"""
            SELECT {Columns} FROM jobs WHERE id < @before {(state is null ? "" : "AND state = @state")} {(kind is null ? "" : "AND kind = @kind")} ORDER BY id DESC LIMIT @limit
            """, new { before = before ?? long.MaxValue, state = state is { } one ? JobRow.Word(one) : null, kind, limit = most + 1 }).AsList();
        var shown = rows.Take(most).Select(row => row.ToJob()).ToList();
        return new JobList(shown, rows.Count > most ? shown[^1].Id : null);
    });

    /// <summary>How many jobs stand in each state.</summary>
    public IReadOnlyDictionary<JobState, long> Count() => database.Read(connection =>
        connection.Query<(string State, long Number)>("SELECT state, count(*) FROM jobs GROUP BY state").ToDictionary(row => JobRow.StateOf(row.State), row => row.Number));

    /// <summary>Ends a job: at once while it waits, by its worker when it runs.</summary>
    /// <exception cref="RequestException">There is none, or it is over (409).</exception>
    public Task CancelAsync(long id, string who) => database.WriteAsync(session =>
    {
        var state = StateOf(session, id);
        if (IsOver(state)) throw new RequestException(409, $"Ending job {id}", "one that waits or runs", $"one that has {JobRow.Word(state)}");
        if (state == JobState.Queued)
            session.Execute("UPDATE jobs SET state = 'cancelled', cancelled_by = @who, ended = @now, reason = 'ended before it began' WHERE id = @id", new { id, who = Named(who), now = Now });
        else
            session.Execute("UPDATE jobs SET cancelled_by = @who WHERE id = @id AND cancelled_by = ''", new { id, who = Named(who) });
    });

    /// <summary>Queues a job that is over once more; its attempts so far stay.</summary>
    /// <exception cref="RequestException">There is none, or it is not over (409).</exception>
    public Task RetryAsync(long id) => database.WriteAsync(session =>
    {
        var state = StateOf(session, id);
        if (!IsOver(state)) throw new RequestException(409, $"Trying job {id} again", "one that is over", $"one that is {JobRow.Word(state)}", $"End it first: saki jobs cancel {id}");
        session.Execute("""
            UPDATE jobs SET state = 'queued', cancelled_by = '', started = NULL, ended = NULL, exit_code = NULL, reason = '', progress = NULL, progress_text = '', losses = 0, run_id = NULL, owner = '', place = '', devices = ''
            WHERE id = @id
            """, new { id });
    });

    /// <summary>Whether one of these kinds waits or runs.</summary>
    public Job? Busy(string kind) => database.Read(connection =>
        connection.QueryFirstOrDefault<JobRow>($"SELECT {Columns} FROM jobs WHERE kind = @kind AND state IN ('queued', 'leased', 'running') ORDER BY id LIMIT 1", new { kind }))?.ToJob();

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private static string Named(string who) => who.Length == 0 ? "somebody" : who;

    private static bool IsOver(JobState state) => state is JobState.Succeeded or JobState.Failed or JobState.Cancelled;

    private static JobState StateOf(WriteSession session, long id) => session.First<string>("SELECT state FROM jobs WHERE id = @id", new { id }) is { } word ? JobRow.StateOf(word) : throw None(id);

    private static RequestException None(long id) => new(404, "Finding the job", "the number of one that exists", $"{id}", "saki jobs list shows them.");
}

/// <summary>A job that was checked and frozen, ready to be queued.</summary>
internal sealed record NewJob(string Kind, string Title, string Who, string Origin, IReadOnlyDictionary<string, JobValue> Arguments, JobPlan Plan, string Executor, int Priority);
