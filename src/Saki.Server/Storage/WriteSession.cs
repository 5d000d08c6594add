using System.Data.Common;
using Dapper;

namespace Saki.Server.Storage;

/// <summary>The writer's connection inside one transaction. Used on the writer's thread only.</summary>
internal sealed class WriteSession(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = [];

    /// <summary>Work that several writes of one commit share (metric points), done once before the commit. </summary>
    public event Action<WriteSession>? Committing;

    /// <summary>Raised when changes were undone, or made to many rows: what was remembered of the database may be wrong.</summary>
    public event Action? Forgotten;

    /// <summary>Raised when the whole transaction was given up.</summary>
    public event Action? Discarded;

    public DbTransaction? Transaction { get; private set; }

    public int Execute(string sql, object? values = null) => connection.Execute(sql, values, Transaction);

    public T Scalar<T>(string sql, object? values = null) => connection.ExecuteScalar<T>(sql, values, Transaction)!;

    public T? First<T>(string sql, object? values = null) => connection.QueryFirstOrDefault<T>(sql, values, Transaction);

    public List<T> Query<T>(string sql, object? values = null) => connection.Query<T>(sql, values, Transaction).AsList();

    /// <summary>A prepared statement for the hot path, made once; its parameters are named <c>@0</c>, <c>@1</c>, …</summary>
    public DbCommand Prepare(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"@{i}";
                command.Parameters.Add(parameter);
            }
            _prepared.Add(sql, command);
        }
        command.Transaction = Transaction;
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    /// <summary>Drops what was remembered of the database, after a change to many rows.</summary>
    public void Forget() => Forgotten?.Invoke();

    internal void Begin() => Transaction = connection.BeginTransaction();

    internal void Commit()
    {
        Committing?.Invoke(this);
        Transaction!.Commit();
        End();
    }

    internal void Rollback()
    {
        try { Transaction?.Rollback(); }
        catch (DbException) { } // the database rolled back by itself (disk full)
        catch (InvalidOperationException) { }
        End();
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
            Prepare("ROLLBACK TO one").ExecuteNonQuery();
            Prepare("RELEASE one").ExecuteNonQuery();
            Forgotten?.Invoke();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        connection.Dispose();
    }

    private void End()
    {
        Transaction?.Dispose();
        Transaction = null;
    }
}
