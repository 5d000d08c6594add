using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tests.Storage;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Tracking;

public sealed class MetricStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Points_survive_their_encoding()
    {
        KeyedPoint[] points = [new(1, new(0, 0, 0)), new(1, new(long.MaxValue, long.MinValue, double.NaN)), new(5_000_000_000, new(5, -7, -0.0)), new(2, new(1, long.MaxValue, double.MaxValue))];
        var back = new List<KeyedPoint>();
        PointCodec.DecodeKeyed(PointCodec.Encode(points), back);
        Assert.Equal(points, back);
        back.Clear();
        PointCodec.DecodeKeyed(PointCodec.Encode(points), back, only: 2);
        Assert.Equal([points[3]], back);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task History_is_the_same_before_and_after_folding_and_reopening(string store)
    {
        var location = Stores.New(store, _folder);
        var id = "";
        var expected = new List<MetricPoint>();
        var random = new SeededRandom(3);
        for (var round = 0; round < 3; round++)
        {
            using var database = Database.Open(location, TimeProvider.System);
            await new ExperimentStore(database, TimeProvider.System).EnsureDefaultAsync();
            var runs = new RunTable(database, TimeProvider.System);
            if (round == 0) id = await runs.CreateAsync(new CreateRun());
            for (var batch = 0; batch < 60; batch++)
            {
                var metrics = Enumerable.Range(0, 1000).Select(i => new Metric($"k{i % 4}", random.Next(50), random.Next(200_000), random.Next(40))).ToList();
                expected.AddRange(metrics.Where(metric => metric.Key == "k2").Select(metric => new MetricPoint(metric.Timestamp, metric.Step, metric.Value)));
                await runs.LogAsync(new LogBatch { RunId = id, Metrics = metrics });
            }
            var (row, _) = new RunReader(database).Find(id);
            var sorted = expected.Distinct().Order().ToList();
            database.Read(connection =>
            {
                var key = MetricReader.KeyOf(connection, "k2")!.Value;
                Assert.Equal(sorted, MetricReader.History(connection, row, key));
                Assert.Equal(sorted.Skip(777), MetricReader.History(connection, row, key, sorted[776]));
                Assert.Equal(round, connection.ExecuteScalar<int>("SELECT count(*) FROM metric_folds") is var folds and > 0 ? Math.Min(round, folds) : 0);
                var newest = connection.QuerySingle<(double Min, double Max)>("SELECT min, max FROM metrics WHERE key = @key", new { key });
                Assert.Equal((sorted.Min(point => point.Value), sorted.Max(point => point.Value)), newest);
                return true;
            });
        }
    }
}
