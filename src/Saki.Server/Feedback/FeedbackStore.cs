using System.Data.Common;
using System.Text.Json;
using Dapper;
using Saki.Pipelines;
using Saki.Server.Storage;
using Saki.Storage;

namespace Saki.Server.Feedback;

/// <summary>
/// The pictures, answers and words that people agreed to have kept. Nothing is kept without a consent that holds at that moment. Thread-safe.
/// Whoever keeps more about a picture or a person (labelling tasks, calibrated models) hangs its removal on <see cref="Erasure"/>.
/// </summary>
internal sealed class FeedbackStore
{
    /// <summary>Most pictures that are kept of one person; who reaches it deletes some first.</summary>
    public const int MostOfPerson = 2000;

    private const string Columns = """
        prediction AS Id, person AS Person, time AS Time, picture AS Picture, media_type AS MediaType, width AS Width, height AS Height, bytes AS Bytes, box AS Box, source AS Source,
        model AS Model, version AS Version, pipeline AS Pipeline, arm AS Arm, class AS Class, probability AS Probability, top AS Top, verdict AS Verdict, label AS Label, labelled AS Labelled
        """;

    private readonly Database _database;
    private readonly PictureFolder _pictures;
    private readonly TimeProvider _time;

    /// <param name="database">Holds the rows; the caller owns it.</param>
    /// <param name="folder">Holds the pictures: <see cref="SakiHome.Feedback"/>; need not exist.</param>
    /// <param name="time">For all times kept.</param>
    public FeedbackStore(Database database, string folder, TimeProvider time)
    {
        (_database, _time) = (database, time);
        _pictures = new PictureFolder(folder);
        Erasure = new Erasure(database, _pictures, Path.Combine(folder, "erased.txt"), time);
    }

    /// <summary>Removes what people no longer agree to.</summary>
    public Erasure Erasure { get; }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What the person agrees to now; null: to nothing, or to words that have changed since.</summary>
    public Consent? ConsentOf(string person) => _database.Read(connection => Agreed(connection.QueryFirstOrDefault<ConsentRow>(ConsentRow.Select, new { person })));

    /// <summary>Notes that the person agrees to the present words.</summary>
    public Task AgreeAsync(string person, ConsentExtent extent) => _database.WriteAsync(session => session.Execute("""
        INSERT INTO consents (person, given, revoked, extent, statement) VALUES (@person, @now, 0, @extent, @statement)
        ON CONFLICT (person) DO UPDATE SET given = excluded.given, revoked = 0, extent = excluded.extent, statement = excluded.statement
        """, new { person, now = Now, extent = Name(extent), statement = ConsentStatement.Number }));

    /// <summary>Takes the consent back: from now on nothing more is kept. What is kept already stays until it is erased.</summary>
    public Task RevokeAsync(string person) => _database.WriteAsync(session => session.Execute("UPDATE consents SET revoked = @now WHERE person = @person AND revoked = 0", new { person, now = Now }));

    /// <summary>Keeps an answer and its picture; nothing changes when that answer is kept already.</summary>
    /// <param name="prediction">Its <see cref="StoredPrediction.Picture"/>, <see cref="StoredPrediction.Bytes"/> and <see cref="StoredPrediction.MediaType"/> are those of <paramref name="picture"/>.</param>
    /// <param name="picture">Without what a camera wrote into it.</param>
    /// <exception cref="SakiException">(of the task) The person has not agreed, or has too many pictures here.</exception>
    public Task KeepAsync(StoredPrediction prediction, ReadOnlyMemory<byte> picture) => _database.WriteAsync(session =>
    {
        var person = prediction.Person;
        if (Agreed(session.First<ConsentRow>(ConsentRow.Select, new { person })) is null)
            throw new SakiException("Keeping a picture", "the consent of the person whose it is", "none", "Agree first; nothing was kept.");
        if (session.Scalar<long>("SELECT count(*) FROM feedback_predictions WHERE person = @person", new { person }) >= MostOfPerson)
            throw new SakiException("Keeping a picture", $"at most {MostOfPerson} pictures of one person", "more", "Delete some on Your data; nothing was kept.");
        // Here and not before: everything that adds or removes files runs on this thread, one after the other.
        var digest = _pictures.Write(picture.Span).ToString();
        if (session.Execute("DELETE FROM erased_pictures WHERE picture = @digest", new { digest }) > 0) Erasure.WriteList(session);
        session.Execute("""
            INSERT INTO feedback_predictions (prediction, person, time, picture, media_type, width, height, bytes, box, source, model, version, pipeline, arm, class, probability, top, verdict, label, labelled)
            VALUES (@Id, @Person, @Time, @Picture, @MediaType, @Width, @Height, @Bytes, @Box, @Source, @Model, @Version, @Pipeline, @Arm, @Class, @Probability, @Top, 'open', '', 0)
            ON CONFLICT (prediction) DO NOTHING
            """, Row.Of(prediction with { Picture = digest }));
    });

    /// <summary>Notes what the person says of an answer of theirs; earlier words stay in its history.</summary>
    /// <exception cref="SakiException">(of the task) It is not kept, or not theirs.</exception>
    public Task LabelAsync(string id, string person, Verdict verdict, string label) => _database.WriteAsync(session =>
    {
        if (session.Scalar<string?>("SELECT person FROM feedback_predictions WHERE prediction = @id", new { id }) != person)
            throw new SakiException("Noting what you said", "an answer of yours that is kept", "another one", "Ask about the picture again.");
        var row = new { id, person, now = Now, verdict = Name(verdict), label, number = session.Scalar<long>("SELECT count(*) FROM feedback_labels WHERE prediction = @id", new { id }) + 1 };
        session.Execute("INSERT INTO feedback_labels (prediction, number, person, time, verdict, label) VALUES (@id, @number, @person, @now, @verdict, @label)", row);
        session.Execute("UPDATE feedback_predictions SET verdict = @verdict, label = @label, labelled = @now WHERE prediction = @id", row);
    });

    /// <summary>The kept answers that fit, the newest first.</summary>
    public IReadOnlyList<StoredPrediction> Search(FeedbackSearch search) => _database.Read(connection =>
    {
        List<string> where = ["1 = 1"];
        if (search.Model is not null) where.Add("model = @Model");
        if (search.Person is not null) where.Add("person = @Person");
        if (search.Commented is { } commented) where.Add(commented ? "verdict <> 'open'" : "verdict = 'open'");
        if (search.After is not null) where.Add("(time < @time OR (time = @time AND prediction < @id))");
        return connection.Query<Row>($"SELECT {Columns} FROM feedback_predictions WHERE {string.Join(" AND ", where)} ORDER BY time DESC, prediction DESC LIMIT @most",
            new { search.Model, search.Person, time = search.After?.Time ?? 0, id = search.After?.Id ?? "", most = Math.Clamp(search.Most, 1, 1000) }).Select(row => row.Stored()).ToList();
    });

    /// <summary>One answer; null when it is not kept (any more).</summary>
    public StoredPrediction? Find(string id) =>
        _database.Read(connection => connection.QueryFirstOrDefault<Row>($"SELECT {Columns} FROM feedback_predictions WHERE prediction = @id", new { id })?.Stored());

    /// <summary>What was said of an answer, the oldest first.</summary>
    public IReadOnlyList<GivenLabel> History(string id) => _database.Read(connection =>
        connection.Query<LabelRow>("SELECT time AS Time, person AS Person, verdict AS Verdict, label AS Label FROM feedback_labels WHERE prediction = @id ORDER BY number", new { id })
            .Select(row => new GivenLabel(row.Time, row.Person, Enum.Parse<Verdict>(row.Verdict, ignoreCase: true), row.Label)).ToList());

    /// <summary>The bytes of a kept picture; null when it is not kept (any more).</summary>
    /// <param name="picture">Its digest.</param>
    public byte[]? ReadPicture(string picture) => Digest.TryParse(picture, out var digest) ? _pictures.Read(digest) : null;

    /// <summary>Those of these pictures that were erased and that nobody has agreed to since: a new version of a data set leaves them out.</summary>
    /// <param name="pictures">Digests.</param>
    public IReadOnlySet<string> Erased(IEnumerable<string> pictures) => _database.Read(connection =>
    {
        var erased = connection.Query<string>("SELECT picture FROM erased_pictures", buffered: false).ToHashSet(StringComparer.Ordinal);
        return erased.Count == 0 ? erased : [.. pictures.Where(erased.Contains)];
    });

    /// <summary>How much is kept of a person.</summary>
    public (long Pictures, long Bytes) Of(string person) => _database.Read(connection =>
        connection.QuerySingle<(long, long)>("SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM feedback_predictions WHERE person = @person", new { person }));

    private static Consent? Agreed(ConsentRow? row) =>
        row is { Revoked: 0, Statement: ConsentStatement.Number } ? new Consent(Enum.Parse<ConsentExtent>(row.Extent, ignoreCase: true), row.Given, row.Statement) : null;

    private static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private sealed record ConsentRow
    {
        public const string Select = "SELECT given AS Given, revoked AS Revoked, extent AS Extent, statement AS Statement FROM consents WHERE person = @person";

        public long Given { get; init; }
        public long Revoked { get; init; }
        public string Extent { get; init; } = "";
        public long Statement { get; init; }
    }

    private sealed record LabelRow
    {
        public long Time { get; init; }
        public string Person { get; init; } = "";
        public string Verdict { get; init; } = "";
        public string Label { get; init; } = "";
    }

    // Numbers as the databases give them, enums and lists as text.
    private sealed record Row
    {
        public string Id { get; init; } = "";
        public string Person { get; init; } = "";
        public long Time { get; init; }
        public string Picture { get; init; } = "";
        public string MediaType { get; init; } = "";
        public long Width { get; init; }
        public long Height { get; init; }
        public long Bytes { get; init; }
        public string Box { get; init; } = "";
        public string Source { get; init; } = "";
        public string Model { get; init; } = "";
        public string Version { get; init; } = "";
        public string Pipeline { get; init; } = "";
        public string Arm { get; init; } = "";
        public string Class { get; init; } = "";
        public double Probability { get; init; }
        public string Top { get; init; } = "";
        public string Verdict { get; init; } = "";
        public string Label { get; init; } = "";
        public long Labelled { get; init; }

        public static Row Of(StoredPrediction prediction) => new()
        {
            Id = prediction.Id,
            Person = prediction.Person,
            Time = prediction.Time,
            Picture = prediction.Picture,
            MediaType = prediction.MediaType,
            Width = prediction.Width,
            Height = prediction.Height,
            Bytes = prediction.Bytes,
            Box = prediction.Box,
            Source = prediction.Source,
            Model = prediction.Model,
            Version = prediction.Version,
            Pipeline = prediction.Pipeline,
            Arm = prediction.Arm,
            Class = prediction.Class,
            Probability = prediction.Probability,
            Top = JsonSerializer.Serialize(prediction.Top, FeedbackJson.Default.IReadOnlyListClassProbability),
        };

        public StoredPrediction Stored() => new()
        {
            Id = Id,
            Person = Person,
            Time = Time,
            Picture = Picture,
            MediaType = MediaType,
            Width = (int)Width,
            Height = (int)Height,
            Bytes = Bytes,
            Box = Box,
            Source = Source,
            Model = Model,
            Version = Version,
            Pipeline = Pipeline,
            Arm = Arm,
            Class = Class,
            Probability = Probability,
            Top = JsonSerializer.Deserialize(Top, FeedbackJson.Default.IReadOnlyListClassProbability) ?? [],
            Verdict = Enum.Parse<Verdict>(Verdict, ignoreCase: true),
            Label = Label,
            Labelled = Labelled,
        };
    }
}
