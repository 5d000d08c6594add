using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Storage;

public sealed class PostgresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, OnPostgres]
    public async Task Lost_connections_are_replaced_and_nothing_acknowledged_is_missing(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        await new ExperimentStore(database, TimeProvider.System).EnsureDefaultAsync();
        var (runs, reader) = (new RunTable(database, TimeProvider.System), new RunReader(database));
        var id = await runs.CreateAsync(new CreateRun());
        await runs.LogAsync(new LogBatch { RunId = id, Metrics = [new Metric("a", 1, 1)] });
        Assert.Single(reader.Get(id).Data.Metrics);

        int[] connections = [await database.WriteAsync(session => session.Scalar<int>("SELECT pg_backend_pid()")), database.Read(connection => connection.ExecuteScalar<int>("SELECT pg_backend_pid()"))];
        using (var other = Database.Open(Stores.New(store, _folder), TimeProvider.System))
            other.Read(connection => connection.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN @connections", new { connections }));
        await Assert.ThrowsAsync<StorageAwayException>(() => runs.LogAsync(new LogBatch { RunId = id, Metrics = [new Metric("b", 1, 1)] }));
        await runs.LogAsync(new LogBatch { RunId = id, Metrics = [new Metric("c", 1, 1)] });
        Assert.Equal(["a", "c"], reader.Get(id).Data.Metrics.Select(metric => metric.Key));
    }

    [Theory, OnPostgres]
    public async Task Text_that_the_database_cannot_hold_is_refused_and_half_a_sign_is_replaced(string store)
    {
        using var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        await new ExperimentStore(database, TimeProvider.System).EnsureDefaultAsync();
        var (runs, reader) = (new RunTable(database, TimeProvider.System), new RunReader(database));
        var id = await runs.CreateAsync(new CreateRun());
        await Assert.ThrowsAsync<SakiException>(() => runs.LogAsync(new LogBatch { RunId = id, Tags = [new Tag("k", "a\0b")] }));
        await runs.LogAsync(new LogBatch { RunId = id, Tags = [new Tag("k", "a\uD83Db")] });
        Assert.Equal("a\uFFFDb", reader.Get(id).Data.Tags.Single(tag => tag.Key == "k").Value);
    }

    [Theory]
    [InlineData("postgres://ada:p%40ss@db.example:6543/saki?sslmode=require", "db.example", 6543, "saki", "ada", "p@ss")]
    [InlineData("postgresql://ada@localhost/saki", "localhost", 5432, "saki", "ada", null)]
    public void Address_is_read(string text, string host, int port, string name, string user, string? password)
    {
        var address = PostgresAddress.Read(text);
        Assert.Equal((host, port, name, user, password), (address.Host, address.Port, address.Database, address.Username, address.Password));
    }

    [Theory]
    [InlineData("postgres://ada:secret@localhost/")]
    [InlineData("postgres://ada:secret@localhost/db?schema=a;drop")]
    [InlineData("postgres://ada:secret@localhost/db?options=-c%20fsync=off")]
    public void Wrong_address_is_refused_without_its_password(string text) =>
        Assert.DoesNotContain("secret", Assert.Throws<SakiException>(() => PostgresAddress.Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Server_that_is_away_is_named_without_the_password()
    {
        var refusal = Assert.Throws<SakiException>(() => Database.Open("postgres://ada:secret@127.0.0.1:1/db", TimeProvider.System));
        Assert.Contains("127.0.0.1:1", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, refusal.ExitCode);
    }
}
