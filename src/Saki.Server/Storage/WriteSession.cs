using System.Data;
using System.Data.Common;
using Dapper;

namespace Saki.Server.Storage;

/// <summary>The writer's connection inside one transaction. Used on the writer's thread only.</summary>
internal sealed class WriteSession(DbConnection connection, Dialect dialect) : IDisposable
{
    private const int RowsAtOnce = 500;
    private DbConnection _connection = connection;
    private readonly List<LaterStatement> _later = [];
    private PreparedStatements _prepared = new(connection);

    /// <summary>Work that several writes of one commit share (metric points), done once before the commit.</summary>
    public event Action<WriteSession>? Committing;

    /// <summary>Raised when changes were undone, or made to many rows: what was remembered of the database may be wrong.</summary>
    public event Action? Forgotten;

    /// <summary>Raised when the whole transaction was given up.</summary>
    public event Action? Discarded;

    /// <summary>Raised by <see cref="Forget"/>: this transaction changes more rows than are named.</summary>
    public event Action? Overturned;

    /// <summary>Raised when the transaction is committed, before anyone is answered, or given up.</summary>
    public event Action? Settled;

    public int Execute(string sql, object? values = null) => Connection.Execute(sql, values);

    public T Scalar<T>(string sql, object? values = null) => Connection.ExecuteScalar<T>(sql, values)!;

    public T? First<T>(string sql, object? values = null) => Connection.QueryFirstOrDefault<T>(sql, values);

    public List<T> Query<T>(string sql, object? values = null) => Connection.Query<T>(sql, values).AsList();

    /// <summary>A prepared statement for the hot path, made once; its parameters are named <c>@0</c>, <c>@1</c>, …</summary>
    public DbCommand Prepare(string sql, params ReadOnlySpan<object?> values)
    {
        SendLater();
        return _prepared.Get(sql, values);
    }

    /// <summary>
    /// Runs statements whose outcome nobody waits for, at a database server together with those of other writes of this commit: in one round trip before the next
    /// statement that is not of this kind. They must not fail; a text that the database cannot hold is refused at once, before any of them counts.
    /// </summary>
    public void Later(params ReadOnlySpan<LaterStatement> statements)
    {
        if (!_connection.CanCreateBatch)
        {
            foreach (var (sql, values) in statements) _prepared.Get(sql, values).ExecuteNonQuery();
            return;
        }
        var held = new List<LaterStatement>(statements.Length);
        foreach (var (sql, values) in statements) held.Add(new LaterStatement(sql, Array.ConvertAll(values, PostgresText.Checked)));
        _later.AddRange(held);
        if (_later.Count >= RowsAtOnce) SendLater();
    }

    /// <summary>Runs a statement once for each row of numbers and bytes; at a database server many in one round trip.</summary>
    public void Each(string sql, IEnumerable<object?[]> rows)
    {
        if (!_connection.CanCreateBatch)
        {
            foreach (var row in rows) Prepare(sql, row).ExecuteNonQuery();
            return;
        }
        foreach (var part in rows.Chunk(RowsAtOnce))
        {
            using var batch = Connection.CreateBatch();
            foreach (var row in part) batch.BatchCommands.Add(Command(batch, sql, row));
            batch.ExecuteNonQuery();
        }
    }

    /// <summary>Wakes those who wait for <see cref="Database.NextNews"/> once this transaction is on disk.</summary>
    public void Tell() => HasNews = true;

    /// <summary>Drops what was remembered of the database, after a change to many rows.</summary>
    public void Forget()
    {
        Forgotten?.Invoke();
        Overturned?.Invoke();
    }

    /// <summary>Whether this transaction has what others wait for.</summary>
    internal bool HasNews { get; private set; }

    /// <summary>Whether its connection is lost.</summary>
    internal bool Broken => _connection.State != ConnectionState.Open;

    /// <summary>Goes on with another connection, which it owns from now on.</summary>
    internal void Reopen(DbConnection connection)
    {
        Dispose();
        (_connection, _prepared) = (connection, new PreparedStatements(connection));
        Forgotten?.Invoke();
    }

    internal void Begin()
    {
        HasNews = false;
        Prepare(dialect.BeginWrite).ExecuteNonQuery();
    }

    internal void Commit()
    {
        Committing?.Invoke(this);
        Prepare("COMMIT").ExecuteNonQuery();
        Settled?.Invoke();
    }

    internal void Rollback()
    {
        _later.Clear();
        try { if (!Broken) Prepare("ROLLBACK").ExecuteNonQuery(); }
        catch (DbException) { } // SQLite has rolled back by itself, as it does when the disk is full
        Forgotten?.Invoke();
        Discarded?.Invoke();
        Settled?.Invoke();
    }

    /// <summary>Runs <paramref name="work"/> so that its failure undoes only itself.</summary>
    internal void Attempt(Action work)
    {
        Prepare("SAVEPOINT one").ExecuteNonQuery();
        try
        {
            work();
            Prepare("RELEASE one").ExecuteNonQuery();
        }
        catch
        {
            Forgotten?.Invoke();
            try
            {
                Prepare("ROLLBACK TO one").ExecuteNonQuery();
                Prepare("RELEASE one").ExecuteNonQuery();
            }
            catch (DbException) { } // the whole transaction is gone; what says why is the first failure
            throw;
        }
    }

    private DbConnection Connection
    {
        get
        {
            SendLater();
            return _connection;
        }
    }

    private void SendLater()
    {
        if (_later.Count == 0) return;
        using var batch = _connection.CreateBatch();
        foreach (var (sql, values) in _later) batch.BatchCommands.Add(Command(batch, sql, values));
        _later.Clear();
        batch.ExecuteNonQuery();
    }

    private static DbBatchCommand Command(DbBatch batch, string sql, object?[] row)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = sql;
        for (var i = 0; i < row.Length; i++)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@{i}", row[i] ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prepared.Dispose();
        _connection.Dispose();
    }
}

/// <summary>A statement of <see cref="WriteSession.Later"/>; its parameters are named <c>@0</c>, <c>@1</c>, …</summary>
internal readonly record struct LaterStatement(string Sql, object?[] Values);
