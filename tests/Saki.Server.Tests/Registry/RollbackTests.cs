using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Registry;

public sealed class RollbackTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task Rollback_restores_what_was_in_production_step_by_step(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 4);
        foreach (var version in (int[])[1, 2, 3]) await server.MoveAsync("m", version, "Production", archive: true);
        await server.RollbackAsync("""{"name":"m","why":"complaints"}""");
        Assert.Equal("1 Archived, 2 Production production, 3 Archived, 4 None", await server.StateAsync("m"));
        var row = (await server.HistoryAsync("m"))[0];
        Assert.Equal(("rollback", 2L, 3L, 2L, "3", "complaints"), (row.Action, row.Version, row.ProductionBefore, row.ProductionAfter, row.Archived, row.Why));
        await server.RollbackAsync("""{"name":"m"}""");
        Assert.Equal("1 Production production, 2 Archived, 3 Archived, 4 None", await server.StateAsync("m"));

        var (status, _, message) = await server.RefusalAsync(HttpMethod.Post, Calls.Rollback, """{"name":"m"}""");
        Assert.Equal((400, true), (status, message.Contains("got none", StringComparison.Ordinal)));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Rollback_goes_only_to_versions_that_were_in_production_and_are_there(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 5);
        foreach (var version in (int[])[1, 2, 3, 4]) await server.MoveAsync("m", version, "Production", archive: true);
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"3"}""");
        var (status, _, message) = await server.RefusalAsync(HttpMethod.Post, Calls.Rollback, """{"name":"m","to":"5"}""");
        Assert.Equal((400, true), (status, message.Contains("(2, 1), got 5", StringComparison.Ordinal)));
        await server.RollbackAsync("""{"name":"m","to":"1"}""");
        Assert.Equal("1 Production production, 2 Archived, 4 Archived, 5 None", await server.StateAsync("m"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Rollback_brings_back_a_version_that_was_withdrawn(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 2);
        await server.MoveAsync("m", 1, "Production");
        await server.MoveAsync("m", 2, "Production", archive: true);
        await server.CallAsync(HttpMethod.Delete, "model-versions/delete", """{"name":"m","version":"2"}""");
        await server.RollbackAsync("""{"name":"m"}""");
        Assert.Equal("1 Production production", await server.StateAsync("m"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Of_two_who_roll_back_at_once_one_does(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.WithVersionsAsync("m", 3);
        foreach (var version in (int[])[1, 2, 3]) await server.MoveAsync("m", version, "Production", archive: true);
        var replies = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.SendAsync(HttpMethod.Post, Calls.Rollback, """{"name":"m","from":"3"}""")));
        Assert.Equal([200, 409, 409, 409, 409, 409], replies.Select(reply => (int)reply.StatusCode).Order());
        Assert.Equal("1 Archived, 2 Production production, 3 Archived", await server.StateAsync("m"));
    }
}
