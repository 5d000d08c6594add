using Dapper;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Storage;

namespace Saki.Server.Calibration;

/// <summary>The rows of calibrations. A job and the row that names it are one write: a kill leaves both or neither.</summary>
internal sealed class CalibrationStore(Database database, TimeProvider time)
{
    private const string Columns = """
        id AS Id, person AS Person, model AS Model, base AS Base, state AS State, job AS Job, created AS Created, changed AS Changed, version AS Version, report AS Report, text AS Text
        """;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>One; null when there is none (any more).</summary>
    public CalibrationRow? Find(string id) => database.Read(connection => connection.QueryFirstOrDefault<CalibrationRow>($"SELECT {Columns} FROM calibrations WHERE id = @id AND state <> 'erasing'", new { id }));

    /// <summary>Those of a person, or of everybody (null), the newest first.</summary>
    public IReadOnlyList<CalibrationRow> Of(string? person) => database.Read(connection => connection.Query<CalibrationRow>(
        $"SELECT {Columns} FROM calibrations WHERE state <> 'erasing' {(person is null ? "" : "AND person = @person")} ORDER BY created DESC, id DESC LIMIT 1000", new { person }).AsList());

    /// <summary>All rows, those that are being erased among them.</summary>
    public IReadOnlyList<CalibrationRow> All() => database.Read(connection => connection.Query<CalibrationRow>($"SELECT {Columns} FROM calibrations ORDER BY created DESC, id DESC").AsList());

    /// <summary>Begins a draft.</summary>
    public Task<CalibrationRow> BeginAsync(string person, string model) => database.WriteAsync(session =>
    {
        var row = new CalibrationRow { Id = Guid.CreateVersion7(time.GetUtcNow()).ToString("N"), Person = person, Model = model, State = CalibrationState.Draft, Created = Now, Changed = Now };
        session.Execute("""
            INSERT INTO calibrations (id, person, model, base, state, job, created, changed, version, report, text)
            VALUES (@Id, @Person, @Model, @Base, @State, @Job, @Created, @Changed, @Version, @Report, @Text)
            """, row);
        return row;
    });

    /// <summary>Queues the job of a draft.</summary>
    /// <param name="id">The draft.</param>
    /// <param name="from">The version that it begins from.</param>
    /// <param name="job">Checked and frozen.</param>
    /// <param name="limits">How many may wait or run at once, and how many a person may begin in a day.</param>
    /// <exception cref="RequestException">(of the task) It is no draft any more, or there are too many.</exception>
    public Task<long> SubmitAsync(string id, string from, NewJob job, (int AtOnce, int ADay) limits) => database.WriteAsync(session =>
    {
        var row = session.First<CalibrationRow>($"SELECT {Columns} FROM calibrations WHERE id = @id", new { id });
        if (row is not { State: CalibrationState.Draft }) throw new RequestException(409, "Calibrating", "pictures that were taken and not used yet", "none", "Begin anew.");
        if (session.Scalar<long>("SELECT count(*) FROM calibrations WHERE state = 'running'") >= limits.AtOnce)
            throw new RequestException(503, "Calibrating", $"at most {limits.AtOnce} at once on this server", "more", "Your pictures are kept. Try again in a few minutes.") { RetryAfter = 120 };
        if (session.Scalar<long>("SELECT count(*) FROM calibrations WHERE state = 'running' AND person = @Person", row) > 0)
            throw new RequestException(409, "Calibrating", "one calibration of a person at a time", "another one that runs", "Wait for it, or cancel it.");
        if (session.Scalar<long>("SELECT count(*) FROM calibrations WHERE person = @Person AND job IS NOT NULL AND created > @since", new { row.Person, since = Now - 86_400_000 }) >= limits.ADay)
            throw new RequestException(429, "Calibrating", $"at most {limits.ADay} calibrations of a person in a day", "more", "Try again tomorrow.");
        var number = JobStore.Insert(session, job, Now);
        session.Execute("UPDATE calibrations SET state = 'running', job = @number, base = @from, changed = @now, text = '' WHERE id = @id", new { id, number, from, now = Now });
        return number;
    });

    /// <summary>Moves a calibration from one state to another; nothing happens when it is in a third by now.</summary>
    /// <returns>Whether it was moved.</returns>
    public Task<bool> MoveAsync(string id, string from, string to, string? text = null, string? version = null, string? report = null) => database.WriteAsync(session =>
        session.Execute("UPDATE calibrations SET state = @to, changed = @now, text = coalesce(@text, text), version = coalesce(@version, version), report = coalesce(@report, report) WHERE id = @id AND state = @from",
            new { id, from, to, text, version, report, now = Now }) > 0);

    /// <summary>Notes a sentence with a calibration.</summary>
    public Task NoteAsync(string id, string text) => database.WriteAsync(session => session.Execute("UPDATE calibrations SET text = @text WHERE id = @id", new { id, text }));

    /// <summary>Marks what is to go: everything of a person, or one.</summary>
    public Task MarkAsync(string person, string? id) => database.WriteAsync(session => Mark(session, person, id));

    /// <inheritdoc cref="MarkAsync"/>
    public static void Mark(WriteSession session, string person, string? id) =>
        session.Execute($"UPDATE calibrations SET state = 'erasing' WHERE person = @person {(id is null ? "" : "AND id = @id")}", new { person, id });

    /// <summary>Removes a row whose files are gone.</summary>
    public Task RemoveAsync(string id) => database.WriteAsync(session => session.Execute("DELETE FROM calibrations WHERE id = @id AND state = 'erasing'", new { id }));
}
