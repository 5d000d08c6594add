using System.Data.Common;

namespace Saki.Server.Storage;

/// <summary>The statements of one connection that are made once and run often; their parameters are named <c>@0</c>, <c>@1</c>, … One thread at a time.</summary>
internal sealed class PreparedStatements(DbConnection connection) : IDisposable
{
    private readonly Dictionary<string, DbCommand> _bySql = [];

    /// <summary>The statement with these values in place; null stands for SQL's NULL.</summary>
    public DbCommand Get(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_bySql.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"@{i}";
                command.Parameters.Add(parameter);
            }
            _bySql.Add(sql, command);
        }
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _bySql.Values) command.Dispose();
    }
}
