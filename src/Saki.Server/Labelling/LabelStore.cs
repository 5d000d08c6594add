using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Saki.Labelling;
using Saki.Server.Feedback;
using Saki.Server.Http;
using Saki.Server.Storage;

namespace Saki.Server.Labelling;

/// <summary>
/// Writes queues and answers. An answer is on disk when its task completes; the history keeps every one, also those taken back. Who asks for tasks holds them for
/// <see cref="Held"/>, and meanwhile nobody else gets them.
/// </summary>
internal sealed class LabelStore(Database database, LabelReader reader, TimeProvider time)
{
    /// <summary>Answers to a gold question that are wanted: everybody's.</summary>
    public const long Everybody = 1_000_000;

    private const int TasksInOneWrite = 500;
    private const long LongestTook = 3_600_000;

    /// <summary>How long a task stays with the person who was given it.</summary>
    public static readonly TimeSpan Held = TimeSpan.FromMinutes(10);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Notes a queue that is being made.</summary>
    /// <exception cref="SakiException">(of the task) The name is taken.</exception>
    public Task<long> AddAsync(LabelQueueAsk ask, string who, string state = "making", IReadOnlyList<string>? classes = null) => database.WriteAsync(session =>
    {
        if (session.Scalar<long>("SELECT count(*) FROM label_queues WHERE name = @Name", new { ask.Name }) > 0)
            throw new RequestException(StatusCodes.Status409Conflict, "Making a queue", "a name that no queue has", $"\"{ask.Name}\"", "Choose another name.");
        return session.Scalar<long>("""
            INSERT INTO label_queues (name, created, who, state, problem, settings, data, classes, model) VALUES (@Name, @Now, @who, @state, '', @settings, @Data, @labels, '') RETURNING id
            """, new { ask.Name, Now, who, state, settings = JsonSerializer.Serialize(ask, LabelJson.Default.LabelQueueAsk), ask.Data, labels = JsonSerializer.Serialize(classes ?? [], LabelJson.Default.IReadOnlyListString) });
    });

    /// <summary>Puts the tasks in, in order, and opens the queue.</summary>
    public async Task FillAsync(long queue, IReadOnlyList<NewTask> tasks, string data, IReadOnlyList<string> classes, string model)
    {
        for (var from = 0; from < tasks.Count; from += TasksInOneWrite)
        {
            var first = from;
            await database.WriteAsync(session =>
            {
                for (var i = first; i < Math.Min(first + TasksInOneWrite, tasks.Count); i++) Insert(session, queue, i, tasks[i]);
            });
        }
        await database.WriteAsync(session => session.Execute("UPDATE label_queues SET state = 'open', data = @data, classes = @labels, model = @model WHERE id = @queue",
            new { queue, data, model, labels = JsonSerializer.Serialize(classes, LabelJson.Default.IReadOnlyListString) }));
    }

    /// <summary>Notes that a queue could not be made.</summary>
    public Task FailAsync(long queue, string problem) => database.WriteAsync(session =>
    {
        session.Execute("DELETE FROM label_tasks WHERE queue = @queue", new { queue });
        session.Execute("UPDATE label_queues SET state = 'failed', problem = @problem WHERE id = @queue", new { queue, problem });
    });

    /// <summary>Queues that were being made when the server ended can be asked for again.</summary>
    public Task FailUnfinishedAsync() => database.WriteAsync(session =>
    {
        foreach (var queue in session.Query<long>("SELECT id FROM label_queues WHERE state = 'making'"))
        {
            session.Execute("DELETE FROM label_tasks WHERE queue = @queue", new { queue });
            session.Execute("UPDATE label_queues SET state = 'failed', problem = 'The server ended while it was made.' WHERE id = @queue", new { queue });
        }
    });

    /// <summary>Ends a queue, or takes a failed one away so that its name is free; the answers and their history stay.</summary>
    public Task CloseAsync(QueueRow queue) => database.WriteAsync(session => queue.State == "failed"
        ? session.Execute("DELETE FROM label_queues WHERE id = @Id", new { queue.Id })
        : session.Execute("UPDATE label_queues SET state = 'closed' WHERE id = @Id", new { queue.Id }));

    /// <summary>Gives a person the next tasks, which stay with them for a while; those that they hold already come first.</summary>
    public async Task<IReadOnlyList<LabelTaskView>> LeaseAsync(QueueRow queue, string who, int count)
    {
        CheckOpen(queue);
        var rows = await database.WriteAsync(session => Lease(session, queue.Id, who, count));
        return reader.Views(rows);
    }

    /// <summary>Keeps an answer. Sent again, it counts once; another answer of the same person replaces the first, which stays in the history.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="who">Whose answer.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="outside">What it is called where it came from; empty for one given here.</param>
    /// <exception cref="SakiException">(of the task) No such task or label, or others have finished the task.</exception>
    public Task AnswerAsync(QueueRow queue, string who, LabelAnswerAsk answer, string outside = "")
    {
        CheckOpen(queue);
        if (answer.Kind is not ("label" or "skip" or "flag"))
            throw new RequestException(StatusCodes.Status400BadRequest, "Labelling", "label, skip or flag", $"\"{answer.Kind}\"");
        if (answer.Kind == "label" && !queue.Labels.Contains(answer.Label))
            throw new SakiException("Labelling", string.Join(", ", queue.Labels.Take(20)), $"\"{answer.Label}\"", DidYouMean.Hint(answer.Label, [.. queue.Labels]));
        return database.WriteAsync(session => Answer(session, queue.Id, who, answer, outside));
    }

    /// <summary>Takes back the newest answer of a person that still counts, and gives them the task again.</summary>
    /// <returns>The task; null when there is nothing to take back.</returns>
    public Task<long?> UndoAsync(QueueRow queue, string who) => database.WriteAsync(session =>
    {
        var last = session.First<AnswerRow>("SELECT task AS Task, kind AS Kind, label AS Label FROM label_answers WHERE queue = @Id AND annotator = @who ORDER BY entry DESC LIMIT 1", new { queue.Id, who });
        if (last is null) return (long?)null;
        TakeBack(session, queue.Id, last.Task, who, last.Kind, last.Label, "");
        Hold(session, last.Task, who);
        return last.Task;
    });

    /// <summary>Takes back one answer; nothing happens when it does not count any more.</summary>
    public Task TakeBackAsync(QueueRow queue, long task, string who, string outside) => database.WriteAsync(session =>
    {
        if (session.First<AnswerRow>("SELECT kind AS Kind, label AS Label FROM label_answers WHERE task = @task AND annotator = @who", new { task, who }) is { } answer)
            TakeBack(session, queue.Id, task, who, answer.Kind, answer.Label, outside);
    });

    /// <summary>Adds one task at the end.</summary>
    public Task<long> AppendAsync(long queue, NewTask task) => database.WriteAsync(session => Insert(session, queue, session.Scalar<long>("SELECT count(*) FROM label_tasks WHERE queue = @queue", new { queue }), task));

    /// <summary>Notes that a version was made of a queue's labels.</summary>
    public Task NoteVersionAsync(long queue, string who, string before, string after, int labelled) => database.WriteAsync(session =>
        session.Execute("INSERT INTO label_versions (queue, time, who, before, after, labelled) VALUES (@queue, @Now, @who, @before, @after, @labelled)", new { queue, Now, who, before, after, labelled }));

    /// <summary>Takes erased pictures out of all queues, with the tasks that then show nothing.</summary>
    public static void Erase(WriteSession session, Erased erased)
    {
        foreach (var picture in erased.Pictures)
        {
            var tasks = session.Query<long>("SELECT task FROM label_pictures WHERE picture = @picture", new { picture });
            session.Execute("DELETE FROM label_pictures WHERE picture = @picture", new { picture });
            foreach (var task in tasks)
                if (session.Scalar<long>("SELECT count(*) FROM label_pictures WHERE task = @task", new { task }) == 0) session.Execute("DELETE FROM label_tasks WHERE id = @task", new { task });
        }
    }

    private static void CheckOpen(QueueRow queue)
    {
        if (queue.State != "open") throw new RequestException(StatusCodes.Status409Conflict, "Labelling", "an open queue", $"{queue.Name}, which is {queue.State}", "Choose another queue.");
    }

    private static long Insert(WriteSession session, long queue, long place, NewTask task)
    {
        var id = session.Scalar<long>("""
            INSERT INTO label_tasks (queue, place, arm, score, reason, given, gold, guess, guesses, blind, needed, answers, open)
            VALUES (@queue, @place, @Arm, @Score, @Reason, @Given, @Gold, @guess, @guesses, @blind, @Needed, 0, 1) RETURNING id
            """, new
        {
            queue,
            place,
            task.Arm,
            task.Score,
            task.Reason,
            task.Given,
            task.Gold,
            guess = task.Guesses.Count == 0 ? "" : task.Guesses[0].Label,
            guesses = task.Guesses.Count == 0 ? "" : JsonSerializer.Serialize(task.Guesses, LabelJson.Default.IReadOnlyListLabelGuess),
            blind = task.Blind ? 1 : 0,
            task.Needed,
        });
        foreach (var (picture, number) in task.Pictures.Select((picture, number) => (picture, number)))
            session.Execute("INSERT INTO label_pictures (task, number, origin, path, picture) VALUES (@id, @number, @Origin, @Path, @Picture)", new { id, number, picture.Origin, picture.Path, picture.Picture });
        return id;
    }

    private List<TaskRow> Lease(WriteSession session, long queue, string who, int count)
    {
        var now = Now;
        session.Execute("DELETE FROM label_leases WHERE expires < @now", new { now });
        var rows = session.Query<TaskRow>($"""
            SELECT {TaskRow.Columns} FROM label_tasks t WHERE t.queue = @queue AND t.open = 1
            AND NOT EXISTS (SELECT 1 FROM label_answers a WHERE a.task = t.id AND a.annotator = @who)
            AND t.answers + (SELECT count(*) FROM label_leases l WHERE l.task = t.id AND l.annotator <> @who) < t.needed
            ORDER BY t.place LIMIT @count
            """, new { queue, who, count });
        foreach (var row in rows) Hold(session, row.Id, who);
        return rows;
    }

    private void Hold(WriteSession session, long task, string who) => session.Execute(
        "INSERT INTO label_leases (task, annotator, expires) VALUES (@task, @who, @expires) ON CONFLICT (task, annotator) DO UPDATE SET expires = excluded.expires",
        new { task, who, expires = Now + (long)Held.TotalMilliseconds });

    private void Answer(WriteSession session, long queue, string who, LabelAnswerAsk answer, string outside)
    {
        var task = session.First<TaskRow>($"SELECT {TaskRow.Columns} FROM label_tasks t WHERE t.id = @Task AND t.queue = @queue", new { answer.Task, queue })
            ?? throw new RequestException(StatusCodes.Status404NotFound, "Labelling", "a task of this queue", "another one", "Ask for the next task.");
        var mine = session.First<AnswerRow>("SELECT kind AS Kind, label AS Label FROM label_answers WHERE task = @Id AND annotator = @who", new { task.Id, who });
        var label = answer.Kind == "label" ? answer.Label : "";
        if (mine is not null && mine.Kind == answer.Kind && mine.Label == label) return; // sent twice
        var held = session.Scalar<long>("SELECT count(*) FROM label_leases WHERE task = @Id AND annotator <> @who AND expires >= @Now", new { task.Id, who, Now });
        if (mine is null && task.Answers + held >= task.Needed)
            throw new RequestException(StatusCodes.Status409Conflict, "Labelling", "a task that is still open", "one that somebody else has finished or holds", "Ask for the next task.");
        var entry = Note(session, queue, task.Id, who, answer.Kind, label, Math.Clamp(answer.Took, 0, LongestTook), outside);
        session.Execute("""
            INSERT INTO label_answers (task, annotator, queue, entry, kind, label) VALUES (@Id, @who, @queue, @entry, @Kind, @label)
            ON CONFLICT (task, annotator) DO UPDATE SET entry = excluded.entry, kind = excluded.kind, label = excluded.label
            """, new { task.Id, who, queue, entry, answer.Kind, label });
        session.Execute("DELETE FROM label_leases WHERE task = @Id AND annotator = @who", new { task.Id, who });
        Recount(session, task.Id);
    }

    private void TakeBack(WriteSession session, long queue, long task, string who, string kind, string label, string outside)
    {
        Note(session, queue, task, who, "undo", kind == "label" ? label : kind, 0, outside);
        session.Execute("DELETE FROM label_answers WHERE task = @task AND annotator = @who", new { task, who });
        Recount(session, task);
    }

    private long Note(WriteSession session, long queue, long task, string annotator, string kind, string label, long took, string outside) => session.Scalar<long>(
        "INSERT INTO label_history (time, queue, task, annotator, kind, label, took, outside) VALUES (@Now, @queue, @task, @annotator, @kind, @label, @took, @outside) RETURNING id",
        new { Now, queue, task, annotator, kind, label, took, outside });

    // A skipped task still waits for somebody else.
    private static void Recount(WriteSession session, long task)
    {
        session.Execute("UPDATE label_tasks SET answers = (SELECT count(*) FROM label_answers a WHERE a.task = label_tasks.id AND a.kind <> 'skip') WHERE id = @task", new { task });
        session.Execute("UPDATE label_tasks SET open = CASE WHEN answers < needed THEN 1 ELSE 0 END WHERE id = @task", new { task });
    }
}
