using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Saki.Storage;

namespace Saki.Server.Storage;

/// <summary>Opens connections to one SQLite file in WAL mode: a writer, and readers that never wait for it.</summary>
internal sealed class SqliteFile(string path) : IDisposable
{
    private readonly ConcurrentBag<ReadSession> _idle = [];

    static SqliteFile() => SQLitePCL.Batteries_V2.Init();

    /// <summary>The connection that writes; the caller owns it. Every commit is on disk (fsync of the WAL) before it returns.</summary>
    public SqliteConnection OpenWriter()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Open(SqliteOpenMode.ReadWriteCreate, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536");
    }

    /// <summary>A reader; give it back with <see cref="Return"/>.</summary>
    public ReadSession Rent()
    {
        if (_idle.TryTake(out var idle)) return idle;
        return new ReadSession(Open(SqliteOpenMode.ReadOnly, "PRAGMA query_only = ON; PRAGMA cache_size = -8192"));
    }

    /// <summary>Takes a reader back.</summary>
    public void Return(ReadSession reader) => _idle.Add(reader);

    /// <summary>Copies the whole file beside itself, as <c>NAME.schema-N.backup</c>, unless that copy is there already.</summary>
    public void Backup(SqliteConnection connection, int schema)
    {
        var target = string.Create(CultureInfo.InvariantCulture, $"{path}.schema-{schema}.backup");
        if (File.Exists(target)) return;
        var temporary = $"{target}.tmp";
        DurableFile.TryDelete(temporary);
        using (var command = connection.CreateCommand())
        {
            command.CommandText = "VACUUM INTO $target";
            command.Parameters.AddWithValue("$target", temporary);
            command.ExecuteNonQuery();
        }
        File.Move(temporary, target);
        DurableFile.SyncFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var reader)) reader.Dispose();
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
