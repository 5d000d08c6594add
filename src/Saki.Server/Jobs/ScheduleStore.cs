using System.Text.Json;
using System.Text.RegularExpressions;
using Dapper;
using Saki.Jobs;
using Saki.Server.Http;
using Saki.Server.Storage;

namespace Saki.Server.Jobs;

/// <summary>
/// Jobs that start by the clock. A time is used up in the same transaction that queues its job, by the row still naming that time: however many servers look, and wherever they are killed,
/// each time starts one job (docs/decisions/0051).
/// </summary>
internal sealed partial class ScheduleStore(Database database, TimeProvider time)
{
    private const int Most = 200;
    private const string Columns = "name AS Name, cron AS Cron, zone AS Zone, ask AS Ask, enabled AS Enabled, who AS Who, next AS Next, last AS Last, outcome AS Outcome";

    public IReadOnlyList<JobSchedule> All() => database.Read(connection => connection.Query<Row>($"SELECT {Columns} FROM job_schedules ORDER BY name").Select(row => row.ToSchedule()).ToList());

    /// <summary>Those whose time has come.</summary>
    public IReadOnlyList<JobSchedule> Due() => database.Read(connection =>
        connection.Query<Row>($"SELECT {Columns} FROM job_schedules WHERE enabled = 1 AND next <= @now ORDER BY next", new { now = Now }).Select(row => row.ToSchedule()).ToList());

    /// <summary>Makes or replaces a schedule.</summary>
    /// <exception cref="SakiException">Its name, times or zone are none.</exception>
    public async Task SetAsync(JobSchedule schedule, string who)
    {
        if (!Name().IsMatch(schedule.Name)) throw new RequestException(422, "Setting a schedule", "a name of 1 to 64 letters, digits and -_.", $"\"{schedule.Name}\"");
        var next = schedule.Enabled ? Next(schedule) : null;
        if (schedule.Enabled && next is null) throw new RequestException(422, "Setting a schedule", "times that come", $"\"{schedule.Cron}\", which never does");
        await database.WriteAsync(session =>
        {
            if (session.Scalar<long>("SELECT count(*) FROM job_schedules WHERE name <> @Name", new { schedule.Name }) >= Most) throw new RequestException(422, "Setting a schedule", $"at most {Most} schedules", "more");
            session.Execute("""
                INSERT INTO job_schedules (name, cron, zone, ask, enabled, who, next, outcome) VALUES (@Name, @Cron, @Zone, @ask, @enabled, @who, @next, '')
                ON CONFLICT (name) DO UPDATE SET cron = excluded.cron, zone = excluded.zone, ask = excluded.ask, enabled = excluded.enabled, who = excluded.who, next = excluded.next
                """, new { schedule.Name, schedule.Cron, schedule.Zone, ask = JsonSerializer.Serialize(schedule.Ask, JobJson.Readable.JobAsk), enabled = schedule.Enabled ? 1 : 0, who, next });
        });
    }

    /// <exception cref="RequestException">There is none of that name.</exception>
    public Task RemoveAsync(string name) => database.WriteAsync(session =>
    {
        if (session.Execute("DELETE FROM job_schedules WHERE name = @name", new { name }) == 0) throw new RequestException(404, "Removing a schedule", "one that exists", $"\"{name}\"");
    });

    /// <summary>Uses a time up: with its job, or with why there is none. Null: another server was faster, or it was changed meanwhile.</summary>
    public Task<long?> UseAsync(JobSchedule due, NewJob? job, string refusal) => database.WriteAsync<long?>(session =>
    {
        var used = session.Execute("UPDATE job_schedules SET next = @next, last = @now WHERE name = @Name AND next = @Next AND enabled = 1", new { due.Name, Next = due.Next, next = Next(due), now = Now });
        if (used == 0) return null;
        var id = job is null ? 0 : JobStore.Insert(session, job, Now);
        session.Execute("UPDATE job_schedules SET outcome = @outcome WHERE name = @Name", new { due.Name, outcome = job is null ? refusal : $"job {id}" });
        return id;
    });

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    // From now on, not from the time that was due: what was missed while no server ran is made up for once.
    private long? Next(JobSchedule schedule) => Cron.Parse(schedule.Cron).After(time.GetUtcNow(), Zone(schedule.Zone))?.ToUnixTimeMilliseconds();

    /// <summary>A time zone by its name; null: UTC.</summary>
    /// <exception cref="RequestException">There is none of that name.</exception>
    public static TimeZoneInfo Zone(string? name) => name is null ? TimeZoneInfo.Utc
        : TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone
        : throw new RequestException(422, "Setting a schedule", "a time zone such as Europe/Berlin", $"\"{name}\"");

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    private static partial Regex Name();

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Cron { get; init; } = "";
        public string? Zone { get; init; }
        public string Ask { get; init; } = "";
        public long Enabled { get; init; }
        public string Who { get; init; } = "";
        public long? Next { get; init; }
        public long? Last { get; init; }
        public string Outcome { get; init; } = "";

        public JobSchedule ToSchedule() => new()
        {
            Name = Name,
            Cron = Cron,
            Zone = Zone,
            Ask = JsonSerializer.Deserialize(Ask, JobJson.Default.JobAsk)!,
            Enabled = Enabled != 0,
            Who = Who,
            Next = Next,
            Last = Last,
            Outcome = Outcome,
        };
    }
}
