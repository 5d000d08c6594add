using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Npgsql;

namespace Saki.Server.Storage;

/// <summary>A command of <see cref="PostgresConnection"/>: evens out what SQLite takes and PostgreSQL does not.</summary>
internal sealed partial class PostgresCommand(PostgresConnection connection, NpgsqlCommand inner) : DbCommand
{
    /// <inheritdoc/>
    [AllowNull]
    // Dapper writes an empty list as a query whose only value has no type.
    public override string CommandText { get => inner.CommandText; set => inner.CommandText = EmptyList().Replace(value ?? "", "(NULL)"); }

    /// <inheritdoc/>
    public override int CommandTimeout { get => inner.CommandTimeout; set => inner.CommandTimeout = value; }

    /// <inheritdoc/>
    public override CommandType CommandType { get => inner.CommandType; set => inner.CommandType = value; }

    /// <inheritdoc/>
    public override UpdateRowSource UpdatedRowSource { get => inner.UpdatedRowSource; set => inner.UpdatedRowSource = value; }

    /// <inheritdoc/>
    public override bool DesignTimeVisible { get => false; set { } }

    /// <inheritdoc/>
    protected override DbConnection? DbConnection { get => connection; set { } }

    /// <inheritdoc/>
    protected override DbParameterCollection DbParameterCollection => inner.Parameters;

    /// <inheritdoc/>
    protected override DbTransaction? DbTransaction { get => inner.Transaction; set => inner.Transaction = (NpgsqlTransaction?)value; }

    /// <inheritdoc/>
    public override void Cancel() => inner.Cancel();

    /// <inheritdoc/>
    public override int ExecuteNonQuery() => Checked().ExecuteNonQuery();

    /// <inheritdoc/>
    public override object? ExecuteScalar() => Checked().ExecuteScalar();

    /// <inheritdoc/>
    public override void Prepare() => inner.Prepare();

    /// <inheritdoc/>
    protected override DbParameter CreateDbParameter() => inner.CreateParameter();

    /// <inheritdoc/>
    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Checked().ExecuteReader(behavior);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private NpgsqlCommand Checked()
    {
        foreach (NpgsqlParameter parameter in inner.Parameters)
        {
            // A value that is set makes Npgsql find its type anew: only one that changes is.
            if (parameter.Value is string text && PostgresText.Checked(text) is { } changed && !ReferenceEquals(text, changed)) parameter.Value = changed;
        }
        return inner;
    }

    [GeneratedRegex(@"\(SELECT @\w+ WHERE 1 = 0\)")]
    private static partial Regex EmptyList();
}
