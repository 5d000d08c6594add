using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Tracking.Search;

namespace Saki.Server.RunPages;

/// <summary>Which columns the table can have, and which it has when nobody chose.</summary>
internal sealed class RunColumnReader(Database database)
{
    /// <summary>Most names of each kind that the chooser lists; the others are found by typing.</summary>
    public const int MostListed = 60;

    private const int RunsLookedAt = 5, UsualOfEachKind = 4;

    private static readonly string[] Telling = ["val_acc", "test_acc", "acc", "f1", "auc", "val_loss", "loss"];

    /// <summary>The columns of a view: the chosen ones, else the telling metrics of the newest runs and the settings in which they differ.</summary>
    public IReadOnlyList<RunColumn> Of(RunListQuery query) => query.Columns.Count > 0 ? query.Columns : database.Read(connection =>
    {
        var runs = Newest(connection, query);
        var settings = connection.Query<(string Key, long Values, long Runs)>("SELECT key, count(DISTINCT value), count(*) FROM run_params WHERE run IN @runs GROUP BY key", new { runs })
            .OrderByDescending(key => key.Values > 1 || key.Runs < runs.Length).ThenBy(key => key.Key, StringComparer.Ordinal);
        return (IReadOnlyList<RunColumn>)[
            .. MetricsOf(connection, runs).OrderBy(Rank).ThenBy(name => name, StringComparer.Ordinal).Take(UsualOfEachKind).Select(name => new RunColumn(SearchEntity.Metric, name)),
            .. settings.Take(UsualOfEachKind).Select(key => new RunColumn(SearchEntity.Param, key.Key)),
        ];
    });

    /// <summary>What can be chosen: columns whose name holds <see cref="RunListQuery.Find"/>, at most <see cref="MostListed"/> of each kind, and whether there are more.</summary>
    public RunColumnChoice Choices(RunListQuery query) => database.Read(connection =>
    {
        var pattern = $"%{query.Find}%";
        var like = string.Format(CultureInfo.InvariantCulture, database.Dialect.ILike, "name", "@pattern");
        var metrics = connection.Query<string>($"SELECT name FROM metric_keys WHERE {like} ORDER BY name LIMIT {MostListed + 1}", new { pattern }).AsList();
        var (runs, key) = (Newest(connection, query), string.Format(CultureInfo.InvariantCulture, database.Dialect.ILike, "key", "@pattern"));
        List<string> Keys(string table, string but) =>
            connection.Query<string>($"SELECT DISTINCT key FROM {table} WHERE run IN @runs AND {key}{but} ORDER BY key LIMIT {MostListed + 1}", new { runs, pattern }).AsList();
        var (settings, tags) = (Keys("run_params", ""), Keys("run_tags", " AND key NOT LIKE 'mlflow.%'"));
        return new RunColumnChoice(
            [
                .. metrics.Take(MostListed).Select(name => new RunColumn(SearchEntity.Metric, name)),
                .. settings.Take(MostListed).Select(name => new RunColumn(SearchEntity.Param, name)),
                .. tags.Take(MostListed).Select(name => new RunColumn(SearchEntity.Tag, name)),
                new RunColumn(SearchEntity.Attribute, "user_id"),
            ],
            metrics.Count > MostListed || settings.Count > MostListed || tags.Count > MostListed);
    });

    /// <summary>Metrics that tell most about a training come first: accuracy on held-out data, then loss.</summary>
    public static int Rank(string metric)
    {
        if (metric.StartsWith("system/", StringComparison.Ordinal)) return Telling.Length + 1;
        var at = Array.FindIndex(Telling, word => metric.Contains(word, StringComparison.OrdinalIgnoreCase));
        return at < 0 ? Telling.Length : at;
    }

    private static long[] Newest(DbConnection connection, RunListQuery query)
    {
        var experiment = query.Experiment is { } id ? long.Parse(id, CultureInfo.InvariantCulture) : 0;
        return [.. connection.Query<long>(
            $"SELECT r.id FROM runs r WHERE r.lifecycle = 'active'{(query.Experiment is null ? "" : " AND r.experiment = @experiment")} ORDER BY r.start_time DESC, r.run_id LIMIT {RunsLookedAt}", new { experiment })];
    }

    private static IEnumerable<string> MetricsOf(DbConnection connection, long[] runs) =>
        connection.Query<string>("SELECT name FROM metric_keys WHERE id IN (SELECT DISTINCT key FROM metrics WHERE run IN @runs)", new { runs });
}

/// <summary>What the column chooser lists.</summary>
public sealed record RunColumnChoice(IReadOnlyList<RunColumn> Columns, bool HasMore);
