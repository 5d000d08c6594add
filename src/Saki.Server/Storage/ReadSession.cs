using System.Data;
using System.Data.Common;

namespace Saki.Server.Storage;

/// <summary>A reader's connection with the statements that it has prepared. One thread at a time.</summary>
internal sealed class ReadSession(DbConnection connection, Dialect dialect) : IDisposable
{
    private readonly PreparedStatements _prepared = new(connection);

    /// <summary>For statements that are put together anew each time.</summary>
    public DbConnection Connection => connection;

    /// <summary>Whether its connection is lost.</summary>
    public bool Broken => connection.State != ConnectionState.Open;

    /// <summary>Reads inside one snapshot, so that several queries of one answer see the same state.</summary>
    public T InSnapshot<T>(Func<ReadSession, T> work)
    {
        _prepared.Get(dialect.BeginRead).ExecuteNonQuery();
        try
        {
            return work(this);
        }
        finally
        {
            if (!Broken) _prepared.Get("COMMIT").ExecuteNonQuery();
        }
    }

    /// <summary>Runs a statement that is prepared once; its parameters are <c>@0</c>, <c>@1</c>, …</summary>
    public void Each(string sql, Action<DbDataReader> row, params ReadOnlySpan<object> values)
    {
        using var reader = _prepared.Get(sql, values).ExecuteReader();
        while (reader.Read()) row(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _prepared.Dispose();
        connection.Dispose();
    }
}
