using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Experiments;

/// <summary>Experiments in the database.</summary>
internal sealed class ExperimentStore(Database database, TimeProvider time)
{
    private const int LongestName = 500;

    private static readonly SearchSql.Shape Shape = new()
    {
        Id = "e.id",
        Fields = new() { ["name"] = "e.name", ["creation_time"] = "e.created", ["last_update_time"] = "e.updated", ["experiment_id"] = "e.id" },
        Places = new() { [SearchEntity.Tag] = new("experiment_tags", "experiment") },
    };

    /// <summary>Makes experiment 0, "Default", in a new database.</summary>
    public Task EnsureDefaultAsync() => database.WriteAsync(session =>
    {
        if (session.Scalar<long>("SELECT count(*) FROM experiments") == 0) Insert(session, 0, "Default", ArtifactLocation.OfExperiment(0));
    });

    /// <summary>Makes one and gives its number.</summary>
    public Task<long> CreateAsync(string name, string? location, IReadOnlyList<Tag> tags)
    {
        CheckName(name);
        var where = location is null ? null : ArtifactLocation.Checked(location);
        foreach (var tag in tags) CheckTag(tag);
        return database.WriteAsync(session =>
        {
            CheckFree(session, name);
            var id = Insert(session, null, name, where ?? "");
            if (where is null) session.Execute("UPDATE experiments SET artifact_location = @where WHERE id = @id", new { where = ArtifactLocation.OfExperiment(id), id });
            foreach (var tag in tags) SetTag(session, id, tag);
            return id;
        });
    }

    /// <summary>One of any lifecycle stage.</summary>
    public Experiment Get(string id) => database.Read(connection => Find(connection, "e.id = @id", new { id = Number(id) })) ?? throw None(id);

    /// <summary>One of any lifecycle stage; null when there is none.</summary>
    public Experiment? GetByName(string name) => database.Read(connection => Find(connection, "e.name = @name", new { name }));

    /// <summary>A page of them, newest first unless ordered otherwise.</summary>
    public ExperimentPage Search(string? filter, IReadOnlyList<string> orderBy, ViewType view, int page, string? token)
    {
        var orders = SearchParser.Order(orderBy, SearchSubject.Experiments);
        var sql = new SearchSql(Shape, database.Dialect).Filter(SearchParser.Filter(filter, SearchSubject.Experiments)).OrderBy(orders);
        var offset = PageToken.Read(token);
        var order = orders.Count == 0 ? "e.created DESC, e.id ASC" : $"{sql.Order}e.id DESC";
        sql.Values.AddDynamicParams(new { limit = page + 1, offset });
        return database.Read(connection =>
        {
            var rows = connection.Query<Row>($"{Select} WHERE {view.Condition("e")}{sql.Where} ORDER BY {order} LIMIT @limit OFFSET @offset", sql.Values).AsList();
            var next = PageToken.Cut(rows, page, offset);
            return new ExperimentPage(Complete(connection, rows), next);
        });
    }

    /// <summary>Gives it another name.</summary>
    public Task RenameAsync(string id, string name)
    {
        CheckName(name);
        return database.WriteAsync(session =>
        {
            var number = Number(id);
            if (Stage(session, number, id) != "active")
                throw new MlflowException(MlflowException.WrongState, $"The experiment {id} must be in the 'active' state. Current state is deleted.");
            if (session.Scalar<string?>("SELECT name FROM experiments WHERE id = @number", new { number }) == name) return;
            CheckFree(session, name);
            session.Execute("UPDATE experiments SET name = @name, updated = @now WHERE id = @number", new { name, number, now = Now });
        });
    }

    /// <summary>Marks it and its runs deleted.</summary>
    public Task DeleteAsync(string id) => MoveAsync(id, "active", "deleted");

    /// <summary>Brings it and its runs back.</summary>
    public Task RestoreAsync(string id) => MoveAsync(id, "deleted", "active");

    public Task SetTagAsync(string id, Tag tag)
    {
        CheckTag(tag);
        return database.WriteAsync(session =>
        {
            var number = Active(session, id);
            SetTag(session, number, tag);
        });
    }

    public Task DeleteTagAsync(string id, string key) => database.WriteAsync(session =>
    {
        if (session.Execute("DELETE FROM experiment_tags WHERE experiment = @number AND key = @key", new { number = Active(session, id), key }) == 0)
            throw MlflowException.Missing($"No tag with name: {key} in experiment with id {id}");
    });

    /// <summary>Data sets that runs of these experiments read, each with its context.</summary>
    public IReadOnlyList<DatasetSummary> Datasets(IReadOnlyList<string> experiments) => database.Read(connection => connection.Query<DatasetRow>("""
        SELECT DISTINCT d.experiment AS Experiment, d.name AS Name, d.digest AS Digest, t.value AS Context
        FROM datasets d JOIN run_datasets i ON i.dataset = d.id JOIN runs r ON r.id = i.run AND r.lifecycle = 'active'
        LEFT JOIN run_dataset_tags t ON t.run = i.run AND t.dataset = d.id AND t.key = 'mlflow.data.context'
        WHERE d.experiment IN @numbers ORDER BY d.name, d.digest, t.value LIMIT 1000
        """, new { numbers = experiments.Select(Number).ToArray() })
        .Select(row => new DatasetSummary(row.Experiment.ToString(CultureInfo.InvariantCulture), row.Name, row.Digest, row.Context)).ToList());

    /// <summary>The number that a text names.</summary>
    /// <exception cref="MlflowException">It names none.</exception>
    public static long Number(string id) => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw MlflowException.BadValue($"Invalid experiment ID '{(id.Length > 40 ? $"{id[..40]}…" : id)}'. It must be a whole number.");

    /// <summary>The refusal for one that is not there.</summary>
    public static MlflowException None(string id) => MlflowException.Missing($"No Experiment with id={id} exists");

    private const string Select = "SELECT e.id AS Id, e.name AS Name, e.artifact_location AS Location, e.lifecycle AS Lifecycle, e.created AS Created, e.updated AS Updated FROM experiments e";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Insert(WriteSession session, long? id, string name, string where) => session.Scalar<long>(
        $"INSERT INTO experiments ({(id is null ? "" : "id, ")}name, artifact_location, lifecycle, created, updated) VALUES ({(id is null ? "" : "@id, ")}@name, @where, 'active', @now, @now) RETURNING id",
        new { id, name, where, now = Now });

    private static Experiment? Find(DbConnection connection, string condition, object values) =>
        Complete(connection, connection.Query<Row>($"{Select} WHERE {condition}", values).AsList()).FirstOrDefault();

    private static List<Experiment> Complete(DbConnection connection, List<Row> rows)
    {
        var tags = rows.Count == 0 ? null : connection.Query<TagRow>("SELECT experiment AS Owner, key AS Key, value AS Value FROM experiment_tags WHERE experiment IN @ids ORDER BY experiment, key",
            new { ids = rows.Select(row => row.Id).ToArray() }).ToLookup(tag => tag.Owner, tag => new Tag(tag.Key, tag.Value));
        return [.. rows.Select(row => new Experiment
        {
            ExperimentId = row.Id.ToString(CultureInfo.InvariantCulture),
            Name = row.Name,
            ArtifactLocation = row.Location,
            LifecycleStage = row.Lifecycle,
            CreationTime = row.Created,
            LastUpdateTime = row.Updated,
            Tags = [.. tags![row.Id]],
        })];
    }

    private Task MoveAsync(string id, string from, string to) => database.WriteAsync(session =>
    {
        var (number, now) = (Number(id), Now);
        if (session.Execute("UPDATE experiments SET lifecycle = @to, updated = @now WHERE id = @number AND lifecycle = @from", new { to, from, number, now }) == 0) throw None(id);
        session.Execute("UPDATE runs SET lifecycle = @to, deleted = @deleted WHERE experiment = @number AND lifecycle = @from", new { to, from, number, deleted = to == "deleted" ? now : (long?)null });
        session.Forget();
    });

    private static long Active(WriteSession session, string id)
    {
        var number = Number(id);
        return Stage(session, number, id) == "active" ? number : throw MlflowException.BadValue($"The experiment {id} must be in the 'active' state. Current state is deleted.");
    }

    private static string Stage(WriteSession session, long number, string id) => session.Scalar<string?>("SELECT lifecycle FROM experiments WHERE id = @number", new { number }) ?? throw None(id);

    private static void SetTag(WriteSession session, long id, Tag tag) =>
        session.Execute("INSERT INTO experiment_tags (experiment, key, value) VALUES (@id, @Key, @Value) ON CONFLICT (experiment, key) DO UPDATE SET value = excluded.value", new { id, tag.Key, tag.Value });

    private static void CheckFree(WriteSession session, string name)
    {
        var stage = session.Scalar<string?>("SELECT lifecycle FROM experiments WHERE name = @name", new { name });
        if (stage is null) return;
        throw new MlflowException(MlflowException.Exists, stage == "active" ? $"Experiment(name={name}) already exists." : $"Experiment '{name}' already exists in deleted state. Restore it, or delete it for good.");
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw MlflowException.BadValue("Invalid experiment name: ''. It must not be blank");
        if (name.Length > LongestName) throw MlflowException.BadValue($"Experiment name exceeds the maximum length of {LongestName} characters");
    }

    private static void CheckTag(Tag tag)
    {
        LogLimits.Key(tag.Key, "tag");
        if (tag.Value.Length > 5000) throw MlflowException.BadValue("Tag value exceeds the maximum length of 5000 characters");
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Location { get; init; } = "";
        public string Lifecycle { get; init; } = "";
        public long Created { get; init; }
        public long Updated { get; init; }
    }

    private sealed record DatasetRow
    {
        public long Experiment { get; init; }
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public string? Context { get; init; }
    }
}
