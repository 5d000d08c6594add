using System.Data;
using System.Data.Common;
using Dapper;

namespace Saki.Server.Storage;

/// <summary>The writer's connection inside one transaction. Used on the writer's thread only.</summary>
internal sealed class WriteSession(DbConnection connection, Dialect dialect) : IDisposable
{
    private const int RowsAtOnce = 500;
    private DbConnection _connection = connection;
    private PreparedStatements _prepared = new(connection);

    /// <summary>Work that several writes of one commit share (metric points), done once before the commit.</summary>
    public event Action<WriteSession>? Committing;

    /// <summary>Raised when changes were undone, or made to many rows: what was remembered of the database may be wrong.</summary>
    public event Action? Forgotten;

    /// <summary>Raised when the whole transaction was given up.</summary>
    public event Action? Discarded;

    public int Execute(string sql, object? values = null) => _connection.Execute(sql, values);

    public T Scalar<T>(string sql, object? values = null) => _connection.ExecuteScalar<T>(sql, values)!;

    public T? First<T>(string sql, object? values = null) => _connection.QueryFirstOrDefault<T>(sql, values);

    public List<T> Query<T>(string sql, object? values = null) => _connection.Query<T>(sql, values).AsList();

    /// <summary>A prepared statement for the hot path, made once; its parameters are named <c>@0</c>, <c>@1</c>, …</summary>
    public DbCommand Prepare(string sql, params ReadOnlySpan<object?> values) => _prepared.Get(sql, values);

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
            using var batch = _connection.CreateBatch();
            foreach (var row in part) batch.BatchCommands.Add(Command(batch, sql, row));
            batch.ExecuteNonQuery();
        }
    }

    /// <summary>Wakes those who wait for <see cref="Database.NextNews"/> once this transaction is on disk.</summary>
    public void Tell() => HasNews = true;

    /// <summary>Drops what was remembered of the database, after a change to many rows.</summary>
    public void Forget() => Forgotten?.Invoke();

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
    }

    internal void Rollback()
    {
        try { if (!Broken) Prepare("ROLLBACK").ExecuteNonQuery(); }
        catch (DbException) { } // SQLite has rolled back by itself, as it does when the disk is full
        Forgotten?.Invoke();
        Discarded?.Invoke();
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
