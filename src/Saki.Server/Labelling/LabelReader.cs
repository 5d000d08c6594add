using System.Data.Common;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Saki.Labelling;
using Saki.Server.Http;
using Saki.Server.Storage;

namespace Saki.Server.Labelling;

/// <summary>Reads queues, tasks and answers.</summary>
internal sealed class LabelReader(Database database)
{
    // Gold questions are no tasks of the queue's own. Both are read out of an index alone.
    private const string Counts = """
        SELECT queue AS Queue, count(*) AS Tasks, coalesce(sum(CASE WHEN open = 0 THEN 1 ELSE 0 END), 0) AS Done FROM label_tasks WHERE arm IN ('strategy', 'control')
        """;

    private const string Pictures = "SELECT t.queue AS Queue, count(*) AS Pictures FROM label_pictures p JOIN label_tasks t ON t.id = p.task WHERE t.arm IN ('strategy', 'control')";

    /// <summary>All queues, the newest first.</summary>
    public IReadOnlyList<LabelQueueView> All() => database.Read(connection =>
    {
        var counts = connection.Query<CountRow>($"{Counts} GROUP BY queue").ToDictionary(row => row.Queue);
        var pictures = connection.Query<CountRow>($"{Pictures} GROUP BY t.queue").ToDictionary(row => row.Queue, row => row.Pictures);
        return connection.Query<QueueRow>($"SELECT {QueueRow.Columns} FROM label_queues ORDER BY id DESC").Select(row => View(row, counts.GetValueOrDefault(row.Id), pictures.GetValueOrDefault(row.Id))).ToList();
    });

    /// <summary>One queue with its counts.</summary>
    public LabelQueueView View(QueueRow queue) => database.Read(connection =>
        View(queue, Count(connection, queue.Id), connection.QueryFirstOrDefault<CountRow>($"{Pictures} AND t.queue = @Id GROUP BY t.queue", new { queue.Id })?.Pictures ?? 0));

    /// <summary>The same without the number of pictures, which costs a walk over all of them: for every answer.</summary>
    public LabelQueueView Progress(QueueRow queue) => database.Read(connection => View(queue, Count(connection, queue.Id), 0));

    /// <summary>The queue of this name.</summary>
    /// <exception cref="RequestException">404: there is none.</exception>
    public QueueRow Get(string name) => Find(name) ?? throw new RequestException(StatusCodes.Status404NotFound, "Finding the queue", "the name of a queue", $"\"{name}\"",
        DidYouMean.Hint(name, [.. All().Select(queue => queue.Name)]));

    /// <summary>The queue of this name; null when there is none.</summary>
    public QueueRow? Find(string name) => database.Read(connection => connection.QueryFirstOrDefault<QueueRow>($"SELECT {QueueRow.Columns} FROM label_queues WHERE name = @name", new { name }));

    /// <summary>Tasks as labellers see them.</summary>
    public IReadOnlyList<LabelTaskView> Views(IReadOnlyList<TaskRow> rows)
    {
        if (rows.Count == 0) return [];
        var pictures = database.Read(connection => connection.Query<(long Task, long Count)>("SELECT task, count(*) FROM label_pictures WHERE task IN @ids GROUP BY task", new { ids = rows.Select(row => row.Id) }).ToDictionary(row => row.Task, row => row.Count));
        return [.. rows.Select(row => row.View((int)pictures.GetValueOrDefault(row.Id)))];
    }

    /// <summary>A task of a queue; null when there is none.</summary>
    public TaskRow? Task(long queue, long task) => database.Read(connection => connection.QueryFirstOrDefault<TaskRow>($"SELECT {TaskRow.Columns} FROM label_tasks t WHERE t.id = @task AND t.queue = @queue", new { queue, task }));

    /// <summary>A picture of a task, by its number; null when there is none.</summary>
    public TaskPicture? Picture(long task, long number) => database.Read(connection => connection.QueryFirstOrDefault<PictureRow>(
        "SELECT origin AS Origin, path AS Path, picture AS Picture FROM label_pictures WHERE task = @task ORDER BY number LIMIT 1 OFFSET @number", new { task, number })?.Of());

    /// <summary>The task of a queue that shows this picture from outside; null when there is none.</summary>
    public long? TaskOf(long queue, TaskPicture picture) => database.Read(connection => connection.QueryFirstOrDefault<long?>(
        "SELECT t.id FROM label_pictures p JOIN label_tasks t ON t.id = p.task WHERE t.queue = @queue AND p.picture = @Picture AND p.path = @Path", new { queue, picture.Picture, picture.Path }));

    /// <summary>Which task and annotator an entry from outside is about; null when it is not known.</summary>
    public AnswerRow? Outside(long queue, string outside) => database.Read(connection => connection.QueryFirstOrDefault<AnswerRow>(
        "SELECT task AS Task, annotator AS Annotator FROM label_history WHERE outside = @outside AND queue = @queue ORDER BY id DESC LIMIT 1", new { queue, outside }));

    /// <summary>Every answer that counts, in the order in which they were given.</summary>
    public IReadOnlyList<AnswerRow> Answers(long queue) => database.Read(connection => connection.Query<AnswerRow>("""
        SELECT a.task AS Task, a.annotator AS Annotator, a.entry AS Entry, a.kind AS Kind, a.label AS Label, t.arm AS Arm, t.gold AS Gold, t.guess AS Guess, t.blind AS Blind, h.took AS Took
        FROM label_answers a JOIN label_tasks t ON t.id = a.task JOIN label_history h ON h.id = a.entry WHERE a.queue = @queue ORDER BY a.entry
        """, new { queue }).AsList());

    /// <summary>The labels that count and were given after a time for any version of a data set, gold questions left out.</summary>
    /// <param name="dataset">Its name.</param>
    /// <param name="after">Milliseconds since 1970.</param>
    public IReadOnlyList<GivenLabel> GivenAfter(string dataset, long after) => database.Read(connection => connection.Query<GivenRow>("""
        SELECT a.annotator AS Annotator, a.label AS Label, t.guesses AS Guesses, (SELECT min(p.picture) FROM label_pictures p WHERE p.task = t.id) AS Picture
        FROM label_history h JOIN label_answers a ON a.entry = h.id JOIN label_tasks t ON t.id = a.task JOIN label_queues q ON q.id = a.queue
        WHERE h.time > @after AND a.kind = 'label' AND t.arm <> 'gold' AND (q.data = @dataset OR substr(q.data, 1, length(@version)) = @version)
        """, new { after, dataset, version = $"{dataset}@" }).Select(row => row.Of()).ToList());

    /// <summary>The pictures of all tasks that have an answer.</summary>
    public ILookup<long, TaskPicture> AnsweredPictures(long queue) => database.Read(connection => connection.Query<PictureRow>("""
        SELECT p.task AS Task, p.origin AS Origin, p.path AS Path, p.picture AS Picture FROM label_pictures p JOIN label_tasks t ON t.id = p.task
        WHERE t.queue = @queue AND t.answers > 0 AND t.arm <> 'gold' ORDER BY p.task, p.number
        """, new { queue }).ToLookup(row => row.Task, row => row.Of()));

    /// <summary>Digests of pictures that some queue asks about already or has asked.</summary>
    public HashSet<string> Asked(string origin) => database.Read(connection => connection.Query<string>("SELECT DISTINCT picture FROM label_pictures WHERE origin = @origin", new { origin }).ToHashSet(StringComparer.Ordinal));

    /// <summary>The history after an entry, the oldest first.</summary>
    public IReadOnlyList<LabelEntry> History(long queue, long after, int most) => database.Read(connection => connection.Query<EntryRow>(
        "SELECT id AS Number, time AS Time, task AS Task, annotator AS Annotator, kind AS Kind, label AS Label, took AS Took FROM label_history WHERE queue = @queue AND id > @after ORDER BY id LIMIT @most", new { queue, after, most })
        .Select(row => new LabelEntry(row.Number, row.Time, row.Task, row.Annotator, row.Kind, row.Label, row.Took)).ToList());

    /// <summary>How many answers of a person count in a queue.</summary>
    public long CountOf(long queue, string who) => database.Read(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM label_answers WHERE queue = @queue AND annotator = @who", new { queue, who }));

    private static CountRow? Count(DbConnection connection, long queue) => connection.QueryFirstOrDefault<CountRow>($"{Counts} AND queue = @queue GROUP BY queue", new { queue });

    private static LabelQueueView View(QueueRow row, CountRow? counts, long pictures) => row.View(counts?.Tasks ?? 0, counts?.Done ?? 0, pictures);

    private sealed record GivenRow
    {
        public string Annotator { get; init; } = "";
        public string Label { get; init; } = "";
        public string Guesses { get; init; } = "";
        public string? Picture { get; init; }

        public GivenLabel Of() => new(Annotator, Label, Picture ?? "", Guesses.Length == 0 ? [] : JsonSerializer.Deserialize(Guesses, LabelJson.Default.IReadOnlyListLabelGuess)!);
    }

    private sealed record CountRow
    {
        public long Queue { get; init; }
        public long Tasks { get; init; }
        public long Done { get; init; }
        public long Pictures { get; init; }
    }

    private sealed record PictureRow
    {
        public long Task { get; init; }
        public string Origin { get; init; } = "";
        public string Path { get; init; } = "";
        public string Picture { get; init; } = "";

        public TaskPicture Of() => new(Origin, Path, Picture);
    }

    private sealed record EntryRow
    {
        public long Number { get; init; }
        public long Time { get; init; }
        public long Task { get; init; }
        public string Annotator { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Label { get; init; } = "";
        public long Took { get; init; }
    }
}
