using System.Data.Common;
using System.Globalization;
using System.Runtime.InteropServices;
using Dapper;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>All runs in the order of their numbers, and the columns that searches asked for. One thread at a time.</summary>
internal sealed class ScanTable
{
    private const int RowsAtOnce = 500;
    private readonly List<long> _ids = [], _experiments = [], _starts = [];
    private readonly List<bool> _active = [];
    private readonly List<int> _renewed = [];
    private readonly List<UInt128> _runIds = [];
    private readonly Dictionary<(SearchEntity, string), ScanColumn> _columns = [];

    /// <summary>How many runs.</summary>
    public int Count => _ids.Count;

    public IEnumerable<ScanColumn> Columns => _columns.Values;

    /// <summary>Reads all runs; null when an id is not of 32 hex digits, which only other programs' imports bring.</summary>
    public static ScanTable? Read(DbConnection connection)
    {
        var table = new ScanTable();
        return table.Update(connection, "", new { }) ? table : null;
    }

    /// <summary>The order of two places: by their starts, newest first, then by the ids.</summary>
    public int Compare(int one, int other)
    {
        var starts = _starts[other].CompareTo(_starts[one]);
        return starts != 0 ? starts : _runIds[one].CompareTo(_runIds[other]);
    }

    /// <summary>As <see cref="Compare(int, int)"/>, with a run of these values.</summary>
    public int Compare(int one, long start, UInt128 runId)
    {
        var starts = start.CompareTo(_starts[one]);
        return starts != 0 ? starts : _runIds[one].CompareTo(runId);
    }

    /// <summary>The number of the run at a place.</summary>
    public long Id(int at) => _ids[at];

    /// <summary>The places of the runs of these experiments and life cycles whose numbers are greater than <paramref name="since"/>.</summary>
    public int[] Places(IReadOnlyList<long>? experiments, ViewType view, long since)
    {
        var wanted = experiments?.ToHashSet();
        var (places, count) = (new int[_ids.Count], 0);
        var of = CollectionsMarshal.AsSpan(_experiments);
        var active = CollectionsMarshal.AsSpan(_active);
        var (last, isIn) = (long.MinValue, false);
        var first = since <= 0 ? 0 : _ids.BinarySearch(since) is >= 0 and var at ? at + 1 : ~_ids.BinarySearch(since);
        for (var i = first; i < places.Length; i++)
        {
            if (view != ViewType.All && active[i] != (view == ViewType.ActiveOnly)) continue;
            if (wanted is not null && of[i] != last) (last, isIn) = (of[i], wanted.Contains(of[i])); // runs of one experiment lie beside each other
            if (wanted is null || isIn) places[count++] = i;
        }
        return places[..count];
    }

    /// <summary>Brings these runs, and those that are new, to the state of the database.</summary>
    /// <returns>False when the whole table must be read anew.</returns>
    public bool Refresh(DbConnection connection, IEnumerable<long> runs)
    {
        var last = Count == 0 ? 0 : _ids[^1];
        foreach (var ids in runs.Where(id => id <= last).Order().Chunk(RowsAtOnce))
        {
            if (!Renew(connection, " WHERE r.id IN @ids", new { ids })) return false;
        }
        return Renew(connection, " WHERE r.id > @last", new { last });
    }

    /// <summary>A column, read at first use; null when it is too large to be kept.</summary>
    public ScanColumn? Column(DbConnection connection, SearchEntity entity, string key)
    {
        if (_columns.TryGetValue((entity, key), out var known) && known is not TextColumn { Stale: true }) return known.TooLarge ? null : known;
        ScanColumn column = entity == SearchEntity.Metric ? new NumberColumn(metric: true)
            : entity == SearchEntity.Attribute && key is "start_time" or "end_time" or "duration" ? new NumberColumn(metric: false) : new TextColumn();
        column.Grow(Count);
        Fill(connection, entity, key, column, "", new { key });
        _columns[(entity, key)] = column;
        return column.TooLarge ? null : column;
    }

    /// <summary>Lets go of a column.</summary>
    public void Drop(ScanColumn column)
    {
        foreach (var (name, known) in _columns)
            if (known == column) _columns.Remove(name);
    }

    private bool Renew(DbConnection connection, string where, object values)
    {
        _renewed.Clear();
        if (!Update(connection, where, values)) return false;
        if (_renewed.Count == 0) return true;
        foreach (var ((entity, key), column) in _columns)
        {
            foreach (var at in _renewed) column.Clear(at);
            var named = new DynamicParameters(values);
            named.Add("key", key);
            Fill(connection, entity, key, column, where, named);
        }
        return true;
    }

    private bool Update(DbConnection connection, string where, object values)
    {
        using var rows = connection.ExecuteReader($"SELECT r.id, r.run_id, r.experiment, r.start_time, r.lifecycle FROM runs r{where} ORDER BY r.id", values);
        var at = -1;
        while (rows.Read())
        {
            var id = rows.GetInt64(0);
            if (rows.GetString(1) is not { Length: 32 } text || !UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var runId)) return false;
            at = Place(id, at + 1);
            if (at < 0)
            {
                if (Count > 0 && id < _ids[^1]) return false;
                at = Add(id, runId);
            }
            if (where.Length > 0) _renewed.Add(at);
            (_experiments[at], _starts[at], _active[at]) = (rows.GetInt64(2), rows.GetInt64(3), rows.GetString(4) == "active");
        }
        foreach (var column in _columns.Values) column.Grow(Count);
        return true;
    }

    private int Add(long id, UInt128 runId)
    {
        _ids.Add(id);
        _runIds.Add(runId);
        _experiments.Add(0);
        _starts.Add(0);
        _active.Add(false);
        return _ids.Count - 1;
    }

    private void Fill(DbConnection connection, SearchEntity entity, string key, ScanColumn column, string where, object values)
    {
        if (column.TooLarge) return;
        using var rows = connection.ExecuteReader($"{Sql(entity, key)}{where}", values);
        var at = -1;
        while (rows.Read())
        {
            at = Place(rows.GetInt64(0), at + 1);
            if (at >= 0) column.Set(at, rows);
        }
    }

    private static string Sql(SearchEntity entity, string key) => entity switch
    {
        SearchEntity.Metric => "SELECT m.run, m.value, m.nan FROM runs r JOIN metrics m ON m.run = r.id AND m.key = (SELECT id FROM metric_keys WHERE name = @key)",
        SearchEntity.Param => "SELECT t.run, t.value FROM runs r JOIN run_params t ON t.run = r.id AND t.key = @key",
        SearchEntity.Tag => "SELECT t.run, t.value FROM runs r JOIN run_tags t ON t.run = r.id AND t.key = @key",
        _ => $"SELECT r.id, {(key == "duration" ? "r.end_time - r.start_time" : RunReader.Shape.Fields[key])} FROM runs r",
    };

    // Rows mostly come in the order of the runs: the next place is tried first.
    private int Place(long id, int next) => next >= 0 && next < _ids.Count && _ids[next] == id ? next : _ids.BinarySearch(id);
}
