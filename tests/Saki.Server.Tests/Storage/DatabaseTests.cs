using Dapper;
using Microsoft.Data.Sqlite;
using Saki.Server.Storage;
using Saki.Testing;

namespace Saki.Server.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File => _folder.At("t.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Failure_of_one_write_undoes_only_itself()
    {
        using var database = Database.Open(File, TimeProvider.System);
        var writes = Enumerable.Range(0, 50).Select(i => database.WriteAsync(session =>
        {
            session.Execute("INSERT INTO metric_keys (name) VALUES (@name)", new { name = $"k{i}" });
            if (i % 10 == 3) throw new InvalidOperationException("no");
        })).ToList();
        foreach (var (write, i) in writes.Select((write, i) => (write, i)))
        {
            if (i % 10 == 3) await Assert.ThrowsAsync<InvalidOperationException>(() => write);
            else await write;
        }
        Assert.Equal(45, database.Read(connection => connection.ExecuteScalar<int>("SELECT count(*) FROM metric_keys")));
    }

    [Fact]
    public void Migration_that_is_cut_off_leaves_nothing_and_is_done_at_the_next_start()
    {
        var file = new SqliteFile(File);
        using (var connection = file.OpenWriter())
        {
            IReadOnlyList<Migration> broken = [Migrations.All[0], Migrations.All[1] with { Sql = $"{Migrations.All[1].Sql}; SELECT no_such_function();" }];
            Assert.Throws<SqliteException>(() => Migrations.Apply(connection, Dialect.Sqlite, broken, _ => { }, 0));
            Assert.Equal(1, connection.ExecuteScalar<long>("SELECT max(number) FROM schema_migrations"));
            Assert.Equal(0, connection.ExecuteScalar<long>("SELECT count(*) FROM sqlite_master WHERE name = 'registered_models'"));
        }
        using (Database.Open(File, TimeProvider.System)) { }
        Assert.True(System.IO.File.Exists($"{File}.schema-1.backup"));
        using var backup = new SqliteFile($"{File}.schema-1.backup").OpenWriter();
        Assert.Equal(1, backup.ExecuteScalar<long>("SELECT max(number) FROM schema_migrations"));
    }

    [Fact]
    public async Task Newer_schema_is_refused_with_a_sentence()
    {
        using (var database = Database.Open(File, TimeProvider.System)) await database.WriteAsync(session => session.Execute("INSERT INTO schema_migrations (number, name, applied) VALUES (9999, 'later', 0)"));
        var refusal = Assert.Throws<SakiException>(() => Database.Open(File, TimeProvider.System));
        Assert.Contains("written by a newer Saki", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_database_is_refused_with_a_sentence()
    {
        _folder.Write("t.db", new string('x', 5000));
        Assert.Contains("SQLite file", Assert.Throws<SakiException>(() => Database.Open(File, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reader_sees_one_state_and_never_waits()
    {
        using var database = Database.Open(File, TimeProvider.System);
        await database.WriteAsync(session => session.Execute("INSERT INTO metric_keys (name) VALUES ('a')"));
        var (before, after) = database.Read(connection =>
        {
            var first = connection.ExecuteScalar<int>("SELECT count(*) FROM metric_keys");
            database.WriteAsync(session => session.Execute("INSERT INTO metric_keys (name) VALUES ('b')")).Wait();
            return (first, connection.ExecuteScalar<int>("SELECT count(*) FROM metric_keys"));
        });
        Assert.Equal((1, 1), (before, after));
        Assert.Equal(2, database.Read(connection => connection.ExecuteScalar<int>("SELECT count(*) FROM metric_keys")));
    }
}
