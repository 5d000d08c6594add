using System.Data.Common;

namespace Saki.Server.Storage;

/// <summary>A reader's connection with the statements that it has prepared. One thread at a time.</summary>
internal sealed class ReadSession(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _prepared = [];

    /// <summary>For statements that are put together anew each time.</summary>
    public DbConnection Connection => connection;

    /// <summary>Reads inside one snapshot, so that several queries of one answer see the same state.</summary>
    public T InSnapshot<T>(Func<ReadSession, T> work)
    {
        Prepare("BEGIN").ExecuteNonQuery();
        try
        {
            return work(this);
        }
        finally
        {
            Prepare("COMMIT").ExecuteNonQuery();
        }
    }

    /// <summary>Runs a statement that is prepared once; its parameters are <c>@0</c>, <c>@1</c>, …</summary>
    public void Each(string sql, Action<DbDataReader> row, params ReadOnlySpan<object> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        while (reader.Read()) row(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values) command.Dispose();
        connection.Dispose();
    }

    private DbCommand Prepare(string sql, params ReadOnlySpan<object> values)
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
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command;
    }
}
