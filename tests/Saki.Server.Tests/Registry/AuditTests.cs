using Dapper;
using Microsoft.Data.Sqlite;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Registry;

public sealed class AuditTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Every_move_is_one_row_that_says_who_what_and_from_where(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 2);
        await server.MoveAsync("m", 1, "Production");
        await server.MoveAsync("m", 2, "Production", archive: true);
        await server.PostAsync("registered-models/alias", """{"name":"m","alias":"blue","version":"1"}""");
        await server.CallAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"m","alias":"blue"}""");
        await server.CallAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"m","alias":"blue"}""");
        await server.PostAsync("model-versions/set-tag", """{"name":"m","version":"1","key":"empty","value":""}""");
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete-tag", """{"name":"m","version":"1","key":"empty"}""");
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"1"}""");
        await server.PostAsync("registered-models/rename", """{"name":"m","new_name":"n"}""");

        var rows = (await server.HistoryAsync("n")).Reverse().ToList();
        Assert.Equal([
            "create 1 : >s3://bucket/0 0>0", "create 2 : >s3://bucket/1 0>0",
            "stage 1 : None>Production 0>1", "stage 2 : None>Production 1>2 archived 1",
            "alias 1 blue: >1 2>2", "alias 0 blue: 1> 2>2", "tag 1 empty: > 2>2", "tag 1 empty: > 2>2", "delete 1 : Archived> 2>2", "rename 0 : m>n 2>2",
        ], rows.Select(Line));
        Assert.All(rows, row => Assert.Equal("local", row.Who));
        Assert.Equal(new AuditCheck(10, rows[^1].Hash), await server.CheckAsync());
    }

    [Fact]
    public async Task Row_that_was_changed_or_taken_out_of_the_file_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("tracking.db");
        using (var database = Database.Open(path, TimeProvider.System))
            for (var i = 1; i <= 5; i++) await database.WriteAsync(session => AuditChain.Append(session, 1, new AuditEntry { Who = "ada", Model = "m", Version = i, Action = "stage", To = "Staging" }));

        Assert.Contains("append-only", Assert.Throws<SqliteException>(() => Tamper(path, "UPDATE registry_audit SET who = 'bob'")).Message, StringComparison.Ordinal);
        const string Open = "DROP TRIGGER registry_audit_keeps_rows; DROP TRIGGER registry_audit_keeps_all;";
        Tamper(path, $"{Open} UPDATE registry_audit SET who = 'bob' WHERE number = 3");
        Assert.Equal((2, 3L), Broken(path));
        Tamper(path, "UPDATE registry_audit SET who = 'ada' WHERE number = 3");
        Assert.Equal((5, null), Broken(path));
        Tamper(path, "DELETE FROM registry_audit WHERE number = 2");
        Assert.Equal((1, 2L), Broken(path));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Production_and_its_alias_are_one_thing_whichever_is_moved(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 3);
        await server.MoveAsync("m", 1, "Production");
        Assert.Equal("1 Production production, 2 None, 3 None", await server.StateAsync("m"));
        await server.PostAsync("registered-models/alias", """{"name":"m","alias":"production","version":"2"}""");
        Assert.Equal("1 Archived, 2 Production production, 3 None", await server.StateAsync("m"));
        await server.MoveAsync("m", 3, "Production"); // as MLflow has it, two may be there; the alias is at the last that came
        Assert.Equal("1 Archived, 2 Production, 3 Production production", await server.StateAsync("m"));
        await server.MoveAsync("m", 3, "Staging");
        Assert.Equal("1 Archived, 2 Production production, 3 Staging staging", await server.StateAsync("m"));
        await server.CallAsync(HttpMethod.Delete, "registered-models/alias", """{"name":"m","alias":"staging"}""");
        Assert.Equal("1 Archived, 2 Production production, 3 Archived", await server.StateAsync("m"));
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"2"}""");
        Assert.Equal("1 Archived, 3 Archived", await server.StateAsync("m"));
        Assert.Equal(400, (await server.RefusalAsync(HttpMethod.Post, "registered-models/alias", """{"name":"m","alias":"Production","version":"1"}""")).Status);
    }

    [Fact]
    public async Task Older_database_has_its_aliases_follow_its_stages()
    {
        using var folder = new TemporaryFolder();
        var path = folder.At("tracking.db");
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync();
            Migrations.Apply(connection, Dialect.Sqlite, [.. Migrations.All.Take(2)], _ => { }, 0);
            await connection.ExecuteAsync("""
                INSERT INTO registered_models (id, name, created, updated) VALUES (1, 'm', 0, 0);
                INSERT INTO model_versions SELECT 1, value, 0, 0, CASE value WHEN 2 THEN 'Production' ELSE 'None' END, '', '', '', '', '', '', NULL, 0 FROM json_each('[1,2,3]');
                INSERT INTO registered_model_aliases VALUES (1, 'staging', 3);
                """);
        }
        using var database = Database.Open(path, TimeProvider.System);
        Assert.Equal(["production 2 Production", "staging 3 Staging"], database.Read(connection => connection.Query<string>(
            "SELECT a.alias || ' ' || a.version || ' ' || v.stage FROM registered_model_aliases a JOIN model_versions v ON v.model = a.model AND v.version = a.version ORDER BY a.alias").AsList()));
    }

    private static string Line(AuditEntry row) =>
        FormattableString.Invariant($"{row.Action} {row.Version} {row.Subject}: {row.From}>{row.To} {row.ProductionBefore}>{row.ProductionAfter}{(row.Archived.Length > 0 ? $" archived {row.Archived}" : "")}");

    private static (long Rows, long? Broken) Broken(string path)
    {
        using var database = Database.Open(path, TimeProvider.System);
        var check = new AuditReader(database).Check();
        return (check.Rows, check.Broken);
    }

    private static void Tamper(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Execute(sql);
    }
}
