using System.Globalization;
using Saki.Server.Storage;
using Saki.Server.Tests.Storage;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Garbage;
using Saki.Server.Tracking.Runs;
using Saki.Server.Tracking.Runs.Scan;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Tracking.Scan;

/// <summary>The scan in memory and SQL are two ways to one answer.</summary>
public sealed class RunScanTests : IDisposable
{
    private static readonly string[] Filters =
    [
        "", "metrics.acc > 0.5", "metrics.acc >= 0", "metrics.acc < 0.4 AND metrics.loss != 1", "metrics.acc = 0", "metrics.never > 0", "params.lr = '0.1'", "params.lr != '0.1'", "params.lr IS NULL",
        "params.lr IS NOT NULL AND metrics.acc <= 0.7", "tags.note LIKE '%b_'", "tags.note ILIKE 'É%'", "tags.note LIKE 'é%'", "tags.`mlflow.runName` LIKE 'run-1%'", "attributes.status = 'FINISHED'",
        "attributes.status != 'RUNNING'", "run_name ILIKE 'RUN-_'", "start_time > 3", "end_time > 0", "end_time <= 12", "user_id = 'ada'", "run_name LIKE '%' AND tags.note = ''", "tags.note LIKE '_'",
    ];

    private static readonly string[][] Orders =
    [
        [], ["metrics.acc DESC"], ["metrics.acc ASC"], ["metrics.never DESC"], ["params.lr DESC", "metrics.loss ASC"], ["tags.note ASC"], ["tags.note DESC"], ["start_time ASC"], ["end_time ASC"], ["end_time DESC"],
        ["attributes.run_name ASC"], ["status DESC", "tags.note ASC"],
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Scan_and_SQL_give_the_same_runs_in_the_same_order(string store)
    {
        using var database = await OpenAsync(store);
        var runs = new RunTable(database, TimeProvider.System);
        var (scan, sql) = (new RunReader(database, new RunScan(database, runs.Changes)), new RunReader(database));
        for (var i = 0; i < 40; i++) await LogAsync(runs, i);
        foreach (var filter in Filters)
            foreach (var order in Orders)
                Same(sql, scan, filter, order);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Every_acknowledged_change_is_in_the_next_search(string store)
    {
        using var database = await OpenAsync(store);
        var (runs, experiments) = (new RunTable(database, TimeProvider.System), new ExperimentStore(database, TimeProvider.System));
        var (scan, sql) = (new RunReader(database, new RunScan(database, runs.Changes)), new RunReader(database));
        var ids = new List<string>();
        for (var i = 0; i < 12; i++) ids.Add(await LogAsync(runs, i));
        void Check()
        {
            foreach (var filter in (string[])["", "metrics.acc > 0.5", "tags.note = 'new'", "params.late = 'x'", "status = 'FAILED'"])
                foreach (var view in Enum.GetValues<ViewType>())
                    Same(sql, scan, filter, ["metrics.acc DESC"], view);
        }
        Check();
        await runs.LogAsync(new LogBatch { RunId = ids[0], Metrics = [new Metric("acc", 0.99, 50, 50)] });
        Check();
        await runs.LogAsync(new LogBatch { RunId = ids[1], Tags = [new Tag("note", "new")], Params = [new Param("late", "x")] });
        Check();
        await runs.DeleteTagAsync(ids[1], "note");
        await runs.UpdateAsync(new UpdateRun { RunId = ids[2], Status = RunStatus.Failed, EndTime = 5, RunName = "renamed" });
        await runs.DeleteAsync(ids[3]);
        Check();
        await LogAsync(runs, 40);
        await Assert.ThrowsAsync<MlflowException>(() => runs.LogAsync(new LogBatch { RunId = ids[4], Params = [new Param("seed", "another")], Tags = [new Tag("note", "new")] }));
        Check();
        await experiments.DeleteAsync("0");
        Check();
        await experiments.RestoreAsync("0");
        Check();
        await runs.DeleteAsync(ids[5]);
        await database.WriteAsync(session => new GarbageRows(session, 1).Remove([ids[5]], 0));
        Check();
        Assert.Equal(12, scan.Search(["0"], null, [], ViewType.All, 100, null).Runs.Count);
    }

    [Fact]
    public async Task Searches_while_runs_are_logged_see_what_was_acknowledged_before()
    {
        using var database = await OpenAsync(Stores.Sqlite);
        var runs = new RunTable(database, TimeProvider.System);
        var reader = new RunReader(database, new RunScan(database, runs.Changes));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var id = await runs.CreateAsync(new CreateRun { StartTime = writer });
            for (var step = 1; step <= 60; step++)
            {
                await runs.LogAsync(new LogBatch { RunId = id, Metrics = [new Metric("acc", step, step, step)] });
                var found = reader.Search(["0"], $"metrics.acc >= {step} AND start_time = {writer}", [], ViewType.ActiveOnly, 10, null);
                Assert.Equal([id], found.Runs.Select(run => run.Info.RunId));
            }
        })));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", "%", true)]
    [InlineData("abc", "a%c", true)]
    [InlineData("abc", "a_c", true)]
    [InlineData("abc", "a_", false)]
    [InlineData("aXbXc", "%X%c", true)]
    [InlineData("mississippi", "%iss%ip%", true)]
    [InlineData("mississippi", "m%iss%x", false)]
    [InlineData("a😀c", "a_c", true)]
    [InlineData("50%", "50%", true)]
    [InlineData("ABC", "abc", false)]
    public void Patterns_match_as_in_SQL(string text, string pattern, bool matches) => Assert.Equal(matches, LikePattern.Matches(text, pattern));

    private async Task<Database> OpenAsync(string store)
    {
        var database = Database.Open(Stores.New(store, _folder), TimeProvider.System);
        await new ExperimentStore(database, TimeProvider.System).EnsureDefaultAsync();
        return database;
    }

    private static async Task<string> LogAsync(RunTable runs, int i)
    {
        string[] notes = ["", "abc", "Éclair", "éclair", "xbz", "b", "\uFFFDz", "😀"];
        double[] values = [0.1, 0.9, double.NaN, 0, -1, 0.5, 1, double.PositiveInfinity];
        var id = await runs.CreateAsync(new CreateRun { RunName = $"run-{i}", UserId = i % 2 == 0 ? "ada" : "bob", StartTime = i / 3 });
        await runs.LogAsync(new LogBatch
        {
            RunId = id,
            Metrics = i % 5 == 0 ? [] : [new Metric("acc", values[i % 8], i, i), new Metric("loss", i % 4, i, 0)],
            Params = i % 3 == 0 ? [new Param("seed", $"{i}")] : [new Param("lr", i % 2 == 0 ? "0.1" : "0.01"), new Param("seed", i.ToString(CultureInfo.InvariantCulture))],
            Tags = i % 4 == 1 ? [] : [new Tag("note", notes[i % 8])],
        });
        if (i % 2 == 1) await runs.UpdateAsync(new UpdateRun { RunId = id, Status = RunStatus.Finished, EndTime = 20 - i });
        return id;
    }

    private static void Same(RunReader sql, RunReader scan, string filter, string[] order, ViewType view = ViewType.ActiveOnly)
    {
        for (string? token = null, last; ; token = last)
        {
            var (expected, got) = (sql.Search(["0"], filter, order, view, 7, token), scan.Search(["0"], filter, order, view, 7, token));
            Assert.True(expected.Runs.Select(run => run.Info.RunId).SequenceEqual(got.Runs.Select(run => run.Info.RunId)),
                $"{filter} | {string.Join(", ", order)} | {view}\nSQL:  {Names(expected)}\nscan: {Names(got)}");
            Assert.Equal(expected.NextPageToken, got.NextPageToken);
            if ((last = got.NextPageToken) is null) return;
        }
    }

    private static string Names(RunPage page) => string.Join(' ', page.Runs.Select(run => run.Info.RunName));
}
