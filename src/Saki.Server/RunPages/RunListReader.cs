using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Runs;
using Saki.Server.Tracking.Runs.Scan;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.RunPages;

/// <summary>Reads what the table of runs shows and nothing else: of 12,000 metrics those of the chosen columns, of 100,000 runs one page.</summary>
internal sealed class RunListReader(Database database, RunScan? scan = null)
{
    /// <summary>Counting looks at so many runs: nobody reads a larger number, and it would cost a look at every run.</summary>
    public const int MostCounted = 10_000;

    private const int LongestCell = 200, RowsOfExport = 20_000, RowsAtOnce = 500;

    /// <summary>The page that a view asks for.</summary>
    /// <exception cref="MlflowException">Its filter is not of the grammar.</exception>
    public RunRowPage Read(RunListQuery query, IReadOnlyList<RunColumn> columns) => Read(query, columns, RunListQuery.Page, counted: true);

    private RunRowPage Read(RunListQuery query, IReadOnlyList<RunColumn> columns, int page, bool counted)
    {
        var clauses = SearchParser.Filter(query.Filter, SearchSubject.Runs);
        return scan?.Search(Scanned(query, clauses, page + 1)) is { } found ? Found(query, columns, page, found) : Looked(query, clauses, columns, page, counted);
    }

    private static ScanQuery Scanned(RunListQuery query, IReadOnlyList<SearchClause> clauses, int limit)
    {
        var by = query.Order.By;
        var status = query.Status is { } state ? new SearchClause(SearchEntity.Attribute, "status", SearchOperator.Equal) { Text = state.ToString().ToUpperInvariant() } : null;
        var place = query.After ?? query.Before;
        return new ScanQuery
        {
            Experiments = query.Experiment is { } id ? [long.Parse(id, CultureInfo.InvariantCulture)] : null,
            Filter = status is null ? clauses : [.. clauses, status],
            Order = query.Order == RunOrder.Newest ? [] : [new SearchOrder(by.Entity, by is { Entity: SearchEntity.Attribute, Key: "name" } ? "run_name" : by.Key, query.Order.Descending)],
            Place = place is null ? null : new ScanPlace(place.Rank, place.Value, place.Start, place.RunId),
            Backwards = query.Before is not null,
            Limit = limit,
        };
    }

    private RunRowPage Found(RunListQuery query, IReadOnlyList<RunColumn> columns, int page, ScanPage found) => database.Read(connection =>
    {
        var values = new DynamicParameters();
        var order = new RunOrderSql(query.Order);
        order.AddTo(values, null);
        var rows = new List<RunRow>(found.Ids.Count);
        foreach (var part in found.Ids.Take(page).Chunk(RowsAtOnce))
        {
            values.Add("part", part);
            var read = connection.Query<RunRow>($"{order.Select} WHERE r.id IN @part", values).ToDictionary(row => row.Id);
            rows.AddRange(part.Where(read.ContainsKey).Select(id => read[id]));
        }
        var (more, backwards) = (found.Ids.Count > page, query.Before is not null);
        if (backwards) rows.Reverse();
        foreach (var part in rows.Chunk(RowsAtOnce)) Fill(connection, part, columns);
        return new RunRowPage(rows, backwards ? more : query.After is not null, backwards || more, found.Matches, AtLeast: false);
    });

    private RunRowPage Looked(RunListQuery query, IReadOnlyList<SearchClause> clauses, IReadOnlyList<RunColumn> columns, int page, bool counted) => database.Read(connection =>
    {
        var sql = new SearchSql(RunReader.Shape, database.Dialect).Filter(clauses);
        var order = new RunOrderSql(query.Order);
        var where = Where(query, sql);
        order.AddTo(sql.Values, query.After ?? query.Before);
        sql.Values.AddDynamicParams(new { limit = page + 1 });
        var backwards = query.Before is not null;
        // Which rows is answered from the index on starts alone; only those are then read whole.
        var chosen = $"{order.SelectIds} WHERE {where}{((query.After ?? query.Before) is null ? "" : order.Behind(backwards))} ORDER BY {order.By(backwards)} LIMIT @limit";
        var rows = connection.Query<RunRow>($"{order.Select} WHERE r.id IN ({chosen}) ORDER BY {order.By(backwards)}", sql.Values).AsList();
        var more = rows.Count > page;
        if (more) rows.RemoveAt(rows.Count - 1);
        if (backwards) rows.Reverse();
        Fill(connection, rows, columns);
        // A first page that is not full has counted itself: a rare match is not looked for twice.
        var whole = !more && (query.After ?? query.Before) is null;
        var (matches, atLeast) = !counted || whole ? (rows.Count, false) : Count(connection, query, sql);
        return new RunRowPage(rows, backwards ? more : query.After is not null, backwards || more, Math.Max(matches, rows.Count), atLeast);
    });

    /// <summary>The number of the newest run there is; 0 for none.</summary>
    public long Newest() => database.Read(connection => connection.ExecuteScalar<long>("SELECT coalesce(max(id), 0) FROM runs"));

    /// <summary>How many runs of a view came after run number <paramref name="since"/>.</summary>
    public long CountNew(RunListQuery query, long since)
    {
        var clauses = SearchParser.Filter(query.Filter, SearchSubject.Runs);
        if (scan?.Search(Scanned(query.FromStart() with { Order = RunOrder.Newest }, clauses, 1) with { Since = since }) is { } found) return found.Matches;
        return database.Read(connection =>
        {
            var sql = new SearchSql(RunReader.Shape, database.Dialect).Filter(clauses);
            var where = Where(query, sql);
            sql.Values.AddDynamicParams(new { since });
            return connection.ExecuteScalar<long>($"SELECT count(*) FROM runs r WHERE r.id > @since AND {where}", sql.Values);
        });
    }

    /// <summary>These runs, in no order: what running rows became since they were sent.</summary>
    public IReadOnlyList<RunRow> Read(IReadOnlyList<string> runIds, IReadOnlyList<RunColumn> columns) => database.Read(connection =>
    {
        var rows = connection.Query<RunRow>($"{new RunOrderSql(RunOrder.Newest).Select} WHERE r.run_id IN @runIds", new { runIds }).AsList();
        Fill(connection, rows, columns);
        return rows;
    });

    /// <summary>All rows of a view, page after page, so that neither memory nor one reader holds them all.</summary>
    public IEnumerable<RunRow> All(RunListQuery query, IReadOnlyList<RunColumn> columns)
    {
        for (var part = query.FromStart(); ;)
        {
            var page = Read(part, columns, RowsOfExport, counted: false);
            foreach (var row in page.Rows) yield return row;
            if (!page.HasNext || page.Rows.Count == 0) yield break;
            part = part with { After = page.Rows[^1].Cursor };
        }
    }

    // What a filter asks of metrics or settings is looked up run by run: among the newest runs only, so that a count never costs more than its page.
    private static (long Matches, bool AtLeast) Count(DbConnection connection, RunListQuery query, SearchSql sql)
    {
        var among = $"SELECT r.id FROM runs r WHERE {Where(query)} ORDER BY r.start_time DESC, r.run_id LIMIT {MostCounted}";
        var candidates = connection.ExecuteScalar<long>($"SELECT count(*) FROM ({among}) counted", sql.Values);
        if (sql.Where.Length == 0) return (candidates, candidates >= MostCounted);
        return (connection.ExecuteScalar<long>($"SELECT count(*) FROM runs r WHERE r.id IN ({among}){sql.Where}", sql.Values), candidates >= MostCounted);
    }

    private static string Where(RunListQuery query, SearchSql sql)
    {
        sql.Values.AddDynamicParams(new
        {
            experiment = query.Experiment is { } id ? long.Parse(id, CultureInfo.InvariantCulture) : 0,
            status = query.Status?.ToString().ToUpperInvariant(),
        });
        return $"{Where(query)}{sql.Where}";
    }

    private static string Where(RunListQuery query) =>
        $"r.lifecycle = 'active'{(query.Experiment is null ? "" : " AND r.experiment = @experiment")}{(query.Status is null ? "" : " AND r.status = @status")}";

    private static void Fill(DbConnection connection, IReadOnlyCollection<RunRow> rows, IReadOnlyList<RunColumn> columns)
    {
        var of = rows.ToDictionary(row => row.Id);
        foreach (var row in rows) row.Cells = new object?[columns.Count];
        if (rows.Count == 0) return;
        foreach (var kind in columns.Select((column, at) => (column, at)).GroupBy(pair => pair.column.Entity))
        {
            var place = kind.ToDictionary(pair => pair.column.Key, pair => pair.at, StringComparer.Ordinal);
            foreach (var cell in Cells(connection, kind.Key, [.. of.Keys], [.. place.Keys])) of[cell.Run].Cells[place[cell.Key]] = cell.Value;
        }
    }

    private static IEnumerable<(long Run, string Key, object Value)> Cells(DbConnection connection, SearchEntity kind, long[] runs, string[] keys)
    {
        if (kind == SearchEntity.Metric)
        {
            return connection.Query<(long Run, string Key, double Value, long Nan)>("""
                SELECT m.run, k.name, m.value, m.nan FROM metric_keys k JOIN metrics m ON m.key = k.id WHERE k.name IN @keys AND m.run IN @runs
                """, new { keys, runs }).Select(cell => (cell.Run, cell.Key, (object)(cell.Nan == 1 ? double.NaN : cell.Value)));
        }
        var table = kind switch { SearchEntity.Param => "run_params", SearchEntity.Tag => "run_tags", _ => null };
        return table is null ? [] : connection.Query<(long Run, string Key, string Value)>(
            $"SELECT run, key, substr(value, 1, {LongestCell}) FROM {table} WHERE run IN @runs AND key IN @keys", new { keys, runs }).Select(cell => (cell.Run, cell.Key, (object)cell.Value));
    }
}
