using System.Data.Common;
using Dapper;
using Npgsql;

namespace Saki.Server.Storage;

/// <summary>
/// Opens connections to one PostgreSQL database. The one that writes holds an advisory lock for as long as it is open, so that a second server on the same database
/// is refused instead of confused; the database lets go of it when the connection ends, however it ends.
/// </summary>
internal sealed class PostgresServer(string location) : DatabaseEngine
{
    private const int LockName = 0x53414B49, MostReaders = 40;
    private static readonly TimeSpan PatienceForLock = TimeSpan.FromSeconds(10), PatienceForReader = TimeSpan.FromSeconds(30);
    private readonly NpgsqlConnectionStringBuilder _address = PostgresAddress.Read(location);
    private readonly SemaphoreSlim _readers = new(MostReaders);

    /// <inheritdoc/>
    public override Dialect Dialect => Dialect.Postgres;

    /// <inheritdoc/>
    public override DbConnection OpenWriter()
    {
        var connection = Open();
        try
        {
            connection.Execute("SET synchronous_commit = on; SET client_min_messages = warning");
            if (_address.SearchPath is { } schema) connection.Execute($"CREATE SCHEMA IF NOT EXISTS {schema}");
            if (!Shared) Lock(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Nothing: a copy of a server's database is the business of <c>pg_dump</c>. Each migration is one transaction.</summary>
    public override void Backup(DbConnection connection, int schema)
    {
    }

    /// <inheritdoc/>
    public override SakiException? Explain(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.InsufficientResources } => new StorageFullException(failure),
        PostgresException refused => refused.SqlState.StartsWith("57P", StringComparison.Ordinal) || refused.SqlState.StartsWith("08", StringComparison.Ordinal) ? new StorageAwayException(failure) : null,
        NpgsqlException => new StorageAwayException(failure),
        SakiException { InnerException: NpgsqlException } => new StorageAwayException(failure),
        _ => null,
    };

    /// <inheritdoc/>
    public override ReadSession Rent()
    {
        if (!_readers.Wait(PatienceForReader)) throw new StorageAwayException(new TimeoutException("all readers are busy"));
        try
        {
            return base.Rent();
        }
        catch
        {
            _readers.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Return(ReadSession reader)
    {
        base.Return(reader);
        _readers.Release();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _readers.Dispose();
    }

    /// <inheritdoc/>
    protected override int MostIdle => MostReaders;

    /// <inheritdoc/>
    protected override DbConnection OpenReader()
    {
        var connection = Open();
        connection.Execute("SET default_transaction_read_only = on");
        return connection;
    }

    private PostgresConnection Open()
    {
        var connection = new PostgresConnection(new NpgsqlConnection(_address.ToString()));
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException)
        {
            connection.Dispose();
            // Npgsql's text names host and user, never the password.
            throw new SakiException("Opening the tracking database", $"a PostgreSQL server at {_address.Host}:{_address.Port} that lets \"{_address.Username}\" into \"{_address.Database}\"",
                failure.Message.ReplaceLineEndings(" ").TrimEnd('.'), "Start it, or correct --database.", failure)
            { ExitCode = 3 };
        }
    }

    // Another's lock outlives it by the moment that the database takes to notice its end.
    private void Lock(DbConnection connection)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!connection.ExecuteScalar<bool>("SELECT pg_try_advisory_lock(@LockName, hashtext(coalesce(current_schema(), '')))", new { LockName }))
        {
            if (TimeProvider.System.GetElapsedTime(start) > PatienceForLock)
            {
                throw new SakiException("Opening the tracking database", $"that no other process writes to \"{_address.Database}\" at {_address.Host}:{_address.Port}", "one that does (saki up, an import or a clean-up)",
                    "Stop it, or give this one a schema of its own: --database '…?schema=NAME'.");
            }
            Thread.Sleep(200);
        }
    }
}
