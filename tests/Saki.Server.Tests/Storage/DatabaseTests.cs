using System.Data.Common;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Storage;

public sealed class DatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Failure_of_one_write_undoes_only_itself(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        var writes = Enumerable.Range(0, 50).Select(i => database.WriteAsync(session =>
        {
            session.Execute("INSERT INTO metric_keys (name) VALUES (@name)", new { name = $"k{i}" });
            if (i % 10 == 3) throw new InvalidOperationException("no");
            if (i % 10 == 4) session.Execute("INSERT INTO no_such_table VALUES (1)");
        })).ToList();
        foreach (var (write, i) in writes.Select((write, i) => (write, i)))
        {
            if (i % 10 == 3) await Assert.ThrowsAsync<InvalidOperationException>(() => write);
            else if (i % 10 == 4) await Assert.ThrowsAnyAsync<DbException>(() => write);
            else await write;
        }
        Assert.Equal(40, database.Read(connection => connection.ExecuteScalar<int>("SELECT count(*) FROM metric_keys")));
    }

    [Theory, OnSqlite, OnPostgres]
    public void Migration_that_is_cut_off_leaves_nothing_and_is_done_at_the_next_start(string store)
    {
        var location = Stores.New(store, _folder);
        using (var engine = DatabaseEngine.Of(location))
        using (var connection = engine.OpenWriter())
        {
            IReadOnlyList<Migration> broken = [Migrations.All[0], Migrations.All[1] with { Sql = $"{Migrations.All[1].Sql}; SELECT no_such_function();" }];
            Assert.ThrowsAny<DbException>(() => Migrations.Apply(connection, engine.Dialect, broken, _ => { }, 0));
            Assert.Equal(1, connection.ExecuteScalar<long>("SELECT max(number) FROM schema_migrations"));
            Assert.ThrowsAny<DbException>(() => connection.ExecuteScalar<long>("SELECT count(*) FROM registered_models"));
        }
        using (var database = Database.Open(location, TimeProvider.System))
            Assert.Equal(0, database.Read(connection => connection.ExecuteScalar<long>("SELECT count(*) FROM registered_models")));
        if (store != Stores.Sqlite) return;
        using var file = new SqliteFile($"{location}.schema-1.backup");
        using var backup = file.OpenWriter();
        Assert.Equal(1, backup.ExecuteScalar<long>("SELECT max(number) FROM schema_migrations"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Database_of_every_past_schema_is_brought_up_to_date_with_what_it_holds(string store)
    {
        for (var schema = 1; schema < Migrations.All.Count; schema++)
        {
            using var folder = new TemporaryFolder();
            var location = Stores.New(store, folder);
            using (var engine = DatabaseEngine.Of(location))
            using (var connection = engine.OpenWriter())
            {
                Migrations.Apply(connection, engine.Dialect, [.. Migrations.All.Take(schema)], _ => { }, 0);
                connection.Execute("""
                    INSERT INTO experiments (id, name, artifact_location, lifecycle, created, updated) VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active', 1, 1);
                    INSERT INTO runs (run_id, experiment, name, user_id, status, start_time, lifecycle, artifact_uri) VALUES ('0123456789abcdef0123456789abcdef', 0, 'old', 'ada', 'FINISHED', 1, 'active', 'x');
                    INSERT INTO run_params (run, key, value) SELECT id, 'lr', '0.1' FROM runs;
                    """);
            }
            using var database = Database.Open(location, TimeProvider.System);
            var old = new RunReader(database).Get("0123456789abcdef0123456789abcdef");
            Assert.Equal(("old", "lr", "0.1"), (old.Info.RunName, old.Data.Params[0].Key, old.Data.Params[0].Value));
            await new RunTable(database, TimeProvider.System).LogAsync(new LogBatch { RunId = old.Info.RunId, Metrics = [new Metric("a", 1, 1)] });
            Assert.Single(new RunReader(database).Get(old.Info.RunId).Data.Metrics);
        }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Newer_schema_is_refused_with_a_sentence(string store)
    {
        var location = Stores.New(store, _folder);
        using (var database = Database.Open(location, TimeProvider.System)) await database.WriteAsync(session => session.Execute("INSERT INTO schema_migrations (number, name, applied) VALUES (9999, 'later', 0)"));
        var refusal = Assert.Throws<SakiException>(() => Database.Open(location, TimeProvider.System));
        Assert.Contains("written by a newer Saki", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_database_is_refused_with_a_sentence()
    {
        _folder.Write("t.db", new string('x', 5000));
        Assert.Contains("SQLite file", Assert.Throws<SakiException>(() => Database.Open(_folder.At("t.db"), TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite]
    public void Second_writer_is_refused_and_let_in_when_the_first_has_ended(string store)
    {
        var location = Stores.New(store, _folder);
        using (Database.Open(location, TimeProvider.System))
            Assert.Contains("no other process writes", Assert.Throws<SakiException>(() => Database.Open(location, TimeProvider.System)).Message, StringComparison.Ordinal);
        using (Database.Open(location, TimeProvider.System)) { }
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Reader_sees_one_state_and_never_waits(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
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

    [Theory, OnSqlite, OnPostgres]
    public async Task Audit_rows_can_neither_be_changed_nor_removed(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        await database.WriteAsync(session => session.Execute("INSERT INTO registry_evidence (digest, time, json) VALUES ('d', 1, '{}')"));
        foreach (var change in (string[])["UPDATE registry_evidence SET json = ''", "DELETE FROM registry_evidence"])
            Assert.Contains("append-only", (await Assert.ThrowsAnyAsync<DbException>(() => database.WriteAsync(session => session.Execute(change)))).Message, StringComparison.Ordinal);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Texts_are_compared_by_bytes_and_matched_without_case_in_all_alphabets(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        var experiments = new ExperimentStore(database, TimeProvider.System);
        foreach (var name in (string[])["b", "A", "a", "ÉTÉ", "100%", @"back\slash"]) await experiments.CreateAsync(name, null, []);
        IReadOnlyList<string> Found(string? filter) => [.. experiments.Search(filter, ["name ASC"], Saki.Server.Tracking.ViewType.ActiveOnly, 100, null).Experiments.Select(experiment => experiment.Name)];
        Assert.Equal(["100%", "A", "a", "b", @"back\slash", "ÉTÉ"], Found(null));
        Assert.Equal(["ÉTÉ"], Found("name ILIKE 'été'"));
        Assert.Equal(["A"], Found("name LIKE 'A'"));
        Assert.Equal([@"back\slash"], Found(@"name LIKE 'back\sl%'"));
    }
}
