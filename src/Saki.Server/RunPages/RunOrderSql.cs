using Dapper;
using Saki.Tracking.Search;

namespace Saki.Server.RunPages;

/// <summary>An order of runs as SQL: by rank, value, then the newest start, then the id, so that each run has one place and a page can begin behind any of them.</summary>
internal sealed class RunOrderSql(RunOrder order)
{
    private const string Columns = "r.id AS Id, r.run_id AS RunId, r.experiment AS Experiment, r.name AS Name, r.user_id AS UserId, r.status AS State, r.start_time AS StartTime, r.end_time AS EndTime";

    // In ORDER BY a number would be the number of a column.
    private const string NoRank = "0";

    // By start alone the indexes on (experiment, lifecycle, start) and (lifecycle, start) serve the page without sorting.
    private readonly bool _plain = order == RunOrder.Newest;

    /// <summary>The rows with their places, up to WHERE.</summary>
    public string Select => $"SELECT {Columns}, {Rank} AS Rank, {Value} AS Sort FROM runs r{Join}";

    /// <summary>Their numbers alone, up to WHERE.</summary>
    public string SelectIds => $"SELECT r.id FROM runs r{Join}";

    private string Join => order.By.Entity switch
    {
        SearchEntity.Metric => " LEFT JOIN metrics o ON o.run = r.id AND o.key = (SELECT id FROM metric_keys WHERE name = @orderKey)",
        SearchEntity.Param => " LEFT JOIN run_params o ON o.run = r.id AND o.key = @orderKey",
        SearchEntity.Tag => " LEFT JOIN run_tags o ON o.run = r.id AND o.key = @orderKey",
        _ => "",
    };

    private string Rank => order.By.Entity switch
    {
        // NaN behind the numbers, what was not measured behind NaN, whichever way they are ordered.
        SearchEntity.Metric => "coalesce(o.nan, 2)",
        SearchEntity.Attribute when order.By.Key != "duration" => NoRank,
        _ => $"(CASE WHEN {Value} IS NULL THEN 1 ELSE 0 END)",
    };

    private string Value => order.By.Entity switch
    {
        SearchEntity.Attribute => order.By.Key switch
        {
            "name" => "r.name",
            "status" => "r.status",
            "user_id" => "r.user_id",
            "duration" => "(r.end_time - r.start_time)",
            _ => "r.start_time",
        },
        _ => "o.value",
    };

    /// <summary>ORDER BY; <paramref name="backwards"/> to find the rows before a place, nearest first.</summary>
    public string By(bool backwards)
    {
        var (up, down) = backwards ? ("DESC", "ASC") : ("ASC", "DESC");
        var tie = $"r.start_time {down}, r.run_id {up}";
        return _plain ? tie : $"{(Rank == NoRank ? "" : $"{Rank} {up}, ")}{Value} {(order.Descending ? down : up)}, {tie}";
    }

    /// <summary>The condition for rows behind the place that <see cref="AddTo"/> gave; before it when <paramref name="backwards"/>.</summary>
    public string Behind(bool backwards)
    {
        var (more, less) = backwards ? ("<", ">") : (">", "<");
        var tie = $"(r.start_time {less} @placeStart OR (r.start_time = @placeStart AND r.run_id {more} @placeRun))";
        // The first condition is where the index begins; the second is exact.
        if (_plain) return $" AND r.start_time {less}= @placeStart AND {tie}";
        var same = $"({Value} = @placeValue OR ({Value} IS NULL AND @placeValue IS NULL))";
        return $" AND ({Rank} {more} @placeRank OR ({Rank} = @placeRank AND ({Value} {(order.Descending ? less : more)} @placeValue OR ({same} AND {tie}))))";
    }

    /// <summary>Adds the values of the parameters that <see cref="Select"/> and <see cref="Behind"/> name.</summary>
    public void AddTo(DynamicParameters values, RunCursor? place)
    {
        values.Add("orderKey", order.By.Key);
        values.Add("placeRank", place?.Rank);
        values.Add("placeValue", place?.Value);
        values.Add("placeStart", place?.Start);
        values.Add("placeRun", place?.RunId);
    }
}
