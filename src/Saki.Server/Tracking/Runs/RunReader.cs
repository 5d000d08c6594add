using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs.Scan;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs;

/// <summary>Runs as they are answered: one, or a page of a search.</summary>
/// <param name="database">Where they are.</param>
/// <param name="scan">Finds them; null: SQL does.</param>
internal sealed class RunReader(Database database, RunScan? scan = null)
{
    private const string Select = """
        SELECT r.id AS Id, r.run_id AS RunId, r.experiment AS Experiment, r.name AS Name, r.user_id AS UserId, r.status AS Status, r.start_time AS StartTime, r.end_time AS EndTime,
        r.lifecycle AS Lifecycle, r.artifact_uri AS ArtifactUri FROM runs r
        """;

    /// <summary>Where the fields and items of the run <c>r</c> lie.</summary>
    public static SearchSql.Shape Shape { get; } = new()
    {
        Id = "r.id",
        Fields = new()
        {
            ["run_id"] = "r.run_id",
            ["run_name"] = "r.name",
            ["status"] = "r.status",
            ["artifact_uri"] = "r.artifact_uri",
            ["user_id"] = "r.user_id",
            ["start_time"] = "r.start_time",
            ["end_time"] = "r.end_time",
        },
        Places = new()
        {
            [SearchEntity.Metric] = new("metrics", "run", KeyNames: "metric_keys"),
            [SearchEntity.Param] = new("run_params", "run"),
            [SearchEntity.Tag] = new("run_tags", "run"),
        },
        Datasets = """
            SELECT 1 FROM run_datasets i JOIN datasets d ON d.id = i.dataset
            LEFT JOIN run_dataset_tags t ON t.run = i.run AND t.dataset = i.dataset AND t.key = 'mlflow.data.context' WHERE i.run = r.id
            """,
    };

    /// <summary>A run with all that was logged, deleted or not.</summary>
    public Run Get(string id) => database.ReadPrepared(reader => OneRun.Read(reader, id)) ?? throw RunTable.None(id);

    /// <summary>Its number and where its artifacts are.</summary>
    public (long Row, string ArtifactUri) Find(string id) => database.Read(connection =>
        connection.QueryFirstOrDefault<Row>($"{Select} WHERE r.run_id = @id", new { id })) is { } row ? (row.Id, row.ArtifactUri) : throw RunTable.None(id);

    /// <summary>A page of runs.</summary>
    public RunPage Search(IReadOnlyList<string> experiments, string? filter, IReadOnlyList<string> orderBy, ViewType view, int page, string? token)
    {
        var (clauses, orders) = (SearchParser.Filter(filter, SearchSubject.Runs), SearchParser.Order(orderBy, SearchSubject.Runs));
        var offset = PageToken.Read(token);
        if (experiments.Count == 0) return new RunPage([]);
        var numbers = experiments.Select(Experiments.ExperimentStore.Number).ToArray();
        var found = scan?.Search(new ScanQuery { Experiments = numbers, View = view, Filter = clauses, Order = orders, Offset = offset, Limit = page + 1 });
        if (found is not null) return Page([.. found.Ids], page, offset);
        var sql = new SearchSql(Shape, database.Dialect).Filter(clauses).OrderBy(orders);
        sql.Values.AddDynamicParams(new { limit = page + 1, offset, experiments = numbers });
        return database.Read(connection =>
        {
            var rows = connection.Query<Row>(
                $"{Select} WHERE r.experiment IN @experiments AND {view.Condition("r")}{sql.Where} ORDER BY {sql.Order}r.start_time DESC, r.run_id ASC LIMIT @limit OFFSET @offset", sql.Values).AsList();
            var next = PageToken.Cut(rows, page, offset);
            return new RunPage(Complete(connection, rows), next);
        });
    }

    private RunPage Page(List<long> ids, int page, long offset)
    {
        var next = PageToken.Cut(ids, page, offset);
        return database.Read(connection =>
        {
            // By nothing but their numbers: a condition on the life cycle makes SQLite walk the index that begins with it.
            var rows = new Dictionary<long, Row>(ids.Count);
            foreach (var part in ids.Chunk(500))
                foreach (var row in connection.Query<Row>($"{Select} WHERE r.id IN @part", new { part })) rows.Add(row.Id, row);
            return new RunPage(Complete(connection, [.. ids.Where(rows.ContainsKey).Select(id => rows[id])]), next);
        });
    }

    private static List<Run> Complete(DbConnection connection, List<Row> rows)
    {
        var runs = new List<Run>(rows.Count);
        // SQLite takes at most 32,766 parameters, and a bounded list keeps the statement's text bounded.
        foreach (var part in rows.Chunk(500)) AddRuns(connection, part, runs);
        return runs;
    }

    private static void AddRuns(DbConnection connection, Row[] rows, List<Run> into)
    {
        var of = new { ids = rows.Select(row => row.Id).ToArray() };
        var metrics = connection.Query<MetricRow>("""
            SELECT m.run AS Owner, k.name AS Key, m.value AS Value, m.nan AS Nan, m.time AS Time, m.step AS Step FROM metrics m JOIN metric_keys k ON k.id = m.key WHERE m.run IN @ids
            """, of).ToLookup(row => row.Owner);
        var settings = connection.Query<TagRow>("SELECT run AS Owner, key AS Key, value AS Value FROM run_params WHERE run IN @ids", of).ToLookup(row => row.Owner);
        var tags = connection.Query<TagRow>("SELECT run AS Owner, key AS Key, value AS Value FROM run_tags WHERE run IN @ids", of).ToLookup(row => row.Owner);
        var links = RunLinks.Read(connection, of.ids);
        foreach (var row in rows)
        {
            into.Add(new Run(row.Info(), new RunData
            {
                Metrics = [.. metrics[row.Id].OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => metric.Metric())],
                Params = [.. settings[row.Id].Select(item => new Param(item.Key, item.Value))],
                Tags = [.. tags[row.Id].Select(tag => new Tag(tag.Key, tag.Value))],
            }, links.Inputs(row.Id), links.Outputs(row.Id)));
        }
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public string RunId { get; init; } = "";
        public long Experiment { get; init; }
        public string Name { get; init; } = "";
        public string UserId { get; init; } = "";
        public string Status { get; init; } = "";
        public long StartTime { get; init; }
        public long? EndTime { get; init; }
        public string Lifecycle { get; init; } = "";
        public string ArtifactUri { get; init; } = "";

        public RunInfo Info() => new()
        {
            RunId = RunId,
            RunName = Name,
            ExperimentId = Experiment.ToString(CultureInfo.InvariantCulture),
            UserId = UserId,
            Status = Enum.Parse<RunStatus>(Status, ignoreCase: true),
            StartTime = StartTime,
            EndTime = EndTime,
            LifecycleStage = Lifecycle,
            ArtifactUri = ArtifactUri,
        };
    }
}
