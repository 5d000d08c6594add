using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Saki.Storage;

namespace Saki.Server.Storage;

/// <summary>Opens connections to one SQLite file in WAL mode: a writer, and readers that never wait for it.</summary>
internal sealed class SqliteFile(string path) : DatabaseEngine
{
    private FileStream? _lock;

    static SqliteFile() => SQLitePCL.Batteries_V2.Init();

    /// <inheritdoc/>
    public override Dialect Dialect => Dialect.Sqlite;

    /// <inheritdoc/>
    public override DbConnection OpenWriter()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!Shared) _lock ??= Lock();
        return Open(SqliteOpenMode.ReadWriteCreate, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768");
    }

    /// <summary>Copies the whole file beside itself, as <c>NAME.schema-N.backup</c>, unless that copy is there already.</summary>
    public override void Backup(DbConnection connection, int schema)
    {
        var target = string.Create(CultureInfo.InvariantCulture, $"{path}.schema-{schema}.backup");
        if (File.Exists(target)) return;
        var temporary = $"{target}.tmp";
        DurableFile.TryDelete(temporary);
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "VACUUM INTO $target";
            command.Parameters.Add(new SqliteParameter("$target", temporary));
            command.ExecuteNonQuery();
        }
        File.Move(temporary, target);
        DurableFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <inheritdoc/>
    public override SakiException? Explain(Exception failure) => failure is SqliteException { SqliteErrorCode: 13 or 10 or 8 } ? new StorageFullException(failure) : null;

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _lock?.Dispose();
    }

    /// <inheritdoc/>
    protected override DbConnection OpenReader() => Open(SqliteOpenMode.ReadOnly, "PRAGMA query_only = ON; PRAGMA cache_size = -2048");

    // The writer remembers what it wrote, so there is one. The operating system lets go of the lock when the process ends, however it ends.
    private FileStream Lock()
    {
        try
        {
            return new FileStream($"{path}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new SakiException("Opening the tracking database", $"that no other process writes to {path}", "one that does (saki up, an import or a clean-up)",
                "Wait for it or stop it, or let it do the work: --server URL.", taken);
        }
    }

    private SqliteConnection Open(SqliteOpenMode mode, string pragmas)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false }.ToString());
        try
        {
            connection.Open();
            connection.CreateFunction("fold", (string? text) => text?.ToLowerInvariant(), isDeterministic: true);
            Pragmas(connection, $"PRAGMA case_sensitive_like = ON; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY; {pragmas}");
            Pragmas(connection, "SELECT count(*) FROM sqlite_master"); // reads the file, and so finds out whether it is a database
            return connection;
        }
        catch (SqliteException failure)
        {
            connection.Dispose();
            throw new SakiException("Opening the tracking database", $"an SQLite file that can be read and written at {path}", failure.Message.TrimEnd('.'),
                "Move the file away to begin a new one, or take a backup that lies beside it.", failure);
        }
    }

    private static void Pragmas(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
