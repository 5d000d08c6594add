using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>
/// Searches runs in columns that are kept in memory (docs/decisions/0066): whatever is filtered and ordered by, a search looks at every run in a few milliseconds.
/// What was written since the last search is read again first, so that every acknowledged change is seen.
/// </summary>
internal sealed class RunScan(Database database, RunChanges changes)
{
    /// <summary>With more runs, SQL answers.</summary>
    public const int MostRuns = 500_000;

    private const long MostBytes = 64 << 20;
    private const int WorthWarming = 5000, MetricsToWarm = 20, Gap = 50; // milliseconds
    private readonly Lock _turn = new();
    private ScanTable? _table;
    private bool _unfit;
    private long _searches;

    /// <summary>The runs that are asked for; null when SQL must answer: by data sets or by what is not kept in columns.</summary>
    public ScanPage? Search(ScanQuery query)
    {
        if (!Knows(query)) return null;
        lock (_turn)
        {
            // Before the reader's snapshot begins: what is on the list is then in the snapshot.
            var changed = changes.Take();
            return Guarded(connection => Ready(connection, changed) is { } table ? Scan(connection, table, query) : null);
        }
    }

    /// <summary>Reads the runs and the metrics of the newest one, so that the first search need not; nothing when there are few.</summary>
    public void Warm(CancellationToken stop)
    {
        string[] keys = [];
        lock (_turn)
        {
            var changed = changes.Take();
            Guarded(connection =>
            {
                if (connection.ExecuteScalar<long>("SELECT count(*) FROM runs") < WorthWarming || Ready(connection, changed) is null) return true;
                keys = [.. connection.Query<string>("SELECT k.name FROM metrics m JOIN metric_keys k ON k.id = m.key WHERE m.run = (SELECT max(run) FROM metrics) LIMIT @MetricsToWarm", new { MetricsToWarm })];
                return true;
            });
        }
        foreach (var key in keys)
        {
            // One at a time, with a gap: the lock is not fair, and a search that comes meanwhile shall wait for one column at most.
            if (stop.WaitHandle.WaitOne(Gap)) return;
            Search(new ScanQuery { Order = [new SearchOrder(SearchEntity.Metric, key, Descending: true)], Limit = 1 });
        }
    }

    private T Guarded<T>(Func<DbConnection, T> work)
    {
        try
        {
            return database.Read(work);
        }
        catch
        {
            _table = null; // what was taken from the list of changes is lost
            throw;
        }
    }

    private ScanTable? Ready(DbConnection connection, HashSet<long>? changed)
    {
        if (changed is null || (_table is not null && !_table.Refresh(connection, changed))) (_table, _unfit) = (null, false);
        if (_table is null && !_unfit)
        {
            _unfit = connection.ExecuteScalar<long>("SELECT count(*) FROM runs") > MostRuns;
            if (!_unfit) _table = ScanTable.Read(connection);
            _unfit |= _table is null;
        }
        return _table;
    }

    private ScanPage? Scan(DbConnection connection, ScanTable table, ScanQuery query)
    {
        var (now, named) = (++_searches, new Dictionary<(SearchEntity, string), ScanColumn>());
        foreach (var name in query.Filter.Select(clause => (clause.Entity, clause.Key)).Concat(query.Order.Select(order => (order.Entity, order.Key))))
        {
            if (table.Column(connection, name.Entity, name.Key) is not { } column) return null;
            (named[name], column.Used) = (column, now);
        }
        MakeRoom(table, now);
        var places = table.Places(query.Experiments, query.View, query.Since);
        var matches = places.Length;
        foreach (var clause in query.Filter) matches = named[(clause.Entity, clause.Key)].Keep(clause, places.AsSpan(0, matches));
        var order = new ScanOrder(table, [.. query.Order.Select(key => (named[(key.Entity, key.Key)], key.Descending))]);
        return new ScanPage(order.Page(places.AsSpan(0, matches), query), matches);
    }

    private static void MakeRoom(ScanTable table, long now)
    {
        while (table.Columns.Sum(column => column.Bytes) > MostBytes && table.Columns.Where(column => column.Used != now && !column.TooLarge).MinBy(column => column.Used) is { } oldest) table.Drop(oldest);
    }

    // Ids and addresses are different for every run: SQL has an index on the first, and nobody orders by the second.
    private static bool Knows(ScanQuery query) =>
        query.Filter.All(clause => IsColumn(clause.Entity, clause.Key) && (clause.Operator is not (SearchOperator.Like or SearchOperator.ILike) || clause.Text!.Length <= LikePattern.Longest))
        && query.Order.All(key => IsColumn(key.Entity, key.Key))
        && (query.Place is null || UInt128.TryParse(query.Place.RunId, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _));

    private static bool IsColumn(SearchEntity entity, string key) => entity != SearchEntity.Dataset && (entity != SearchEntity.Attribute || key is not ("run_id" or "artifact_uri"));
}
