using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.LoggedModels;

/// <summary>Logged models as they are answered: one, or a page of a search.</summary>
internal sealed class LoggedModelReader(Database database)
{
    private const string Select = """
        SELECT m.id AS Id, m.model_id AS ModelId, m.experiment AS Experiment, m.name AS Name, m.created AS Created, m.updated AS Updated, m.artifact_uri AS ArtifactUri, m.status AS Status,
        m.model_type AS ModelType, m.source_run_id AS SourceRunId FROM logged_models m
        """;

    private static readonly SearchSql.Shape Shape = new()
    {
        Id = "m.id",
        Fields = new()
        {
            ["name"] = "m.name",
            ["model_id"] = "m.model_id",
            ["model_type"] = "m.model_type",
            ["status"] = "m.status",
            ["source_run_id"] = "m.source_run_id",
            ["creation_timestamp"] = "m.created",
            ["last_updated_timestamp"] = "m.updated",
        },
        Places = new()
        {
            [SearchEntity.Metric] = new("(SELECT * FROM (SELECT l.*, row_number() OVER (PARTITION BY model, key ORDER BY step DESC, time DESC) AS place FROM logged_model_metrics l) ranked WHERE place = 1) newest", "model"),
            [SearchEntity.Param] = new("logged_model_params", "model"),
            [SearchEntity.Tag] = new("logged_model_tags", "model"),
        },
    };

    /// <summary>A model; a deleted one only when asked for.</summary>
    public LoggedModel Get(string id, bool deleted = false) => database.Read(connection =>
        Complete(connection, connection.Query<Row>($"{Select} WHERE m.model_id = @id{(deleted ? "" : " AND m.lifecycle = 'active'")}", new { id }).AsList()).FirstOrDefault()) ?? throw LoggedModelTable.None(id);

    /// <summary>A page of models of these experiments.</summary>
    public LoggedModelPage Search(IReadOnlyList<string> experiments, string? filter, IReadOnlyList<(string Field, bool Ascending)> orderBy, int page, string? token)
    {
        var orders = SearchParser.Order([.. orderBy.Select(order => $"{order.Field} {(order.Ascending ? "ASC" : "DESC")}")], SearchSubject.LoggedModels);
        var sql = new SearchSql(Shape, database.Dialect).Filter(SearchParser.Filter(filter, SearchSubject.LoggedModels)).OrderBy(orders);
        var bound = string.Join('\n', [.. experiments, filter ?? "", .. orderBy.Select(order => $"{order.Field} {order.Ascending}")]);
        var offset = BoundToken.Read(token, bound);
        sql.Values.AddDynamicParams(new { limit = page + 1, offset, experiments = experiments.Select(ExperimentStore.Number).ToArray() });
        return database.Read(connection =>
        {
            var rows = connection.Query<Row>($"{Select} WHERE m.experiment IN @experiments AND m.lifecycle = 'active'{sql.Where} ORDER BY {sql.Order}m.created DESC, m.model_id ASC LIMIT @limit OFFSET @offset", sql.Values).AsList();
            var more = PageToken.Cut(rows, page, offset) is not null;
            return new LoggedModelPage(Complete(connection, rows), more ? BoundToken.Of(offset + page, bound) : null);
        });
    }

    private static List<LoggedModel> Complete(DbConnection connection, List<Row> rows)
    {
        var of = new { ids = rows.Select(row => row.Id).ToArray() };
        var tags = connection.Query<TagRow>("SELECT model AS Owner, key AS Key, value AS Value FROM logged_model_tags WHERE model IN @ids", of).ToLookup(tag => tag.Owner);
        var items = connection.Query<TagRow>("SELECT model AS Owner, key AS Key, value AS Value FROM logged_model_params WHERE model IN @ids", of).ToLookup(item => item.Owner);
        var metrics = connection.Query<ModelMetricRow>("""
            SELECT model AS Owner, key AS Key, value AS Value, nan AS Nan, time AS Time, step AS Step, run_id AS RunId, dataset_name AS DatasetName, dataset_digest AS DatasetDigest
            FROM logged_model_metrics WHERE model IN @ids ORDER BY model, key, step, time
            """, of).ToLookup(metric => metric.Owner);
        return [.. rows.Select(row => new LoggedModel(row.Info([.. tags[row.Id].Select(tag => new Tag(tag.Key, tag.Value))]), new LoggedModelData
        {
            Params = [.. items[row.Id].Select(item => new Param(item.Key, item.Value))],
            Metrics = [.. metrics[row.Id].GroupBy(metric => (metric.Key, metric.DatasetName, metric.DatasetDigest)).Select(points => points.Last().Of(row.ModelId))],
        }))];
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public string ModelId { get; init; } = "";
        public long Experiment { get; init; }
        public string Name { get; init; } = "";
        public long Created { get; init; }
        public long Updated { get; init; }
        public string ArtifactUri { get; init; } = "";
        public string Status { get; init; } = "";
        public string? ModelType { get; init; }
        public string? SourceRunId { get; init; }

        public LoggedModelInfo Info(IReadOnlyList<Tag> tags) => new()
        {
            ModelId = ModelId,
            ExperimentId = Experiment.ToString(CultureInfo.InvariantCulture),
            Name = Name,
            CreationTimestampMs = Created,
            LastUpdatedTimestampMs = Updated,
            ArtifactUri = ArtifactUri,
            Status = Status,
            ModelType = ModelType,
            SourceRunId = SourceRunId,
            Tags = tags,
        };
    }

    private sealed record ModelMetricRow : MetricRow
    {
        public string RunId { get; init; } = "";
        public string? DatasetName { get; init; }
        public string? DatasetDigest { get; init; }

        public Metric Of(string model) => Metric() with { ModelId = model, RunId = RunId, DatasetName = DatasetName, DatasetDigest = DatasetDigest };
    }
}
