using System.Globalization;
using Saki.Server.Registry;
using Saki.Server.Tests.Storage;
using Saki.Server.Tracking;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Tracking;

public sealed class GarbageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SakiHome Home => new(_folder.Root);

    public void Dispose() => _folder.Dispose();

    [Theory, OnSqlite, OnPostgres]
    public async Task Deleted_run_goes_with_rows_and_files_when_it_is_old_enough_and_the_others_stay(string store)
    {
        var clock = new Accounts.SettableClock { Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000) };
        await using var site = await TrackingSite.OpenAsync(Home, clock, Stores.New(store, _folder));
        string[] runs = [await LogAsync(site), await LogAsync(site), await LogAsync(site)];
        await site.Runs.DeleteAsync(runs[0]);
        clock.Now += TimeSpan.FromDays(20);
        await site.Runs.DeleteAsync(runs[1]);
        clock.Now += TimeSpan.FromDays(15);

        var asked = new CollectGarbage();
        Assert.Equal(1, (await site.Garbage.CollectAsync(asked with { DryRun = true }, default)).Runs);
        Assert.Equal(4, site.RunReader.Get(runs[0]).Data.Metrics.Count);
        var report = await site.Garbage.CollectAsync(asked, default);
        Assert.Equal((1, 1, 0, 0), (report.Runs, report.ArtifactFolders, report.Orphans, report.Kept.Count));
        Assert.Throws<MlflowException>(() => site.RunReader.Get(runs[0]));
        foreach (var table in (string[])["metrics", "metric_segments", "run_params", "run_tags", "run_datasets"])
            Assert.Equal(2, site.Database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(connection, $"SELECT count(DISTINCT run) FROM {table}")));
        Assert.False(Directory.Exists(Path.Combine(Home.Tracking, "artifacts/0", runs[0])));
        await site.Runs.RestoreAsync(runs[1]);
        foreach (var run in runs[1..])
        {
            Assert.Equal(4, site.RunReader.Get(run).Data.Metrics.Count);
            Assert.Equal(5, await site.Artifacts.SizeAsync($"0/{run}/artifacts/a.txt"));
        }
    }

    [Fact]
    public async Task Run_that_a_version_stands_on_is_kept_and_said()
    {
        await using var site = await TrackingSite.OpenAsync(Home, TimeProvider.System);
        var run = await LogAsync(site);
        await site.Registry.CreateAsync("m", null, []);
        await site.Registry.AddVersionAsync(new ModelVersion { Name = "m", Version = "", Source = $"mlflow-artifacts:/0/{run}/artifacts/model", RunId = run }, "ada");
        await site.Runs.DeleteAsync(run);
        var report = await site.Garbage.CollectAsync(new CollectGarbage { OlderThanDays = 0 }, default);
        Assert.Equal([$"Run {run}: version m 1 stands on its files"], report.Kept);
        Assert.Equal(5, await site.Artifacts.SizeAsync($"0/{run}/artifacts/a.txt"));
        await site.Registry.MoveAsync(new RegistryMove("m", 1, MoveKind.Delete) { Who = "ada" }, default);
        Assert.Equal(1, (await site.Garbage.CollectAsync(new CollectGarbage { OlderThanDays = 0 }, default)).Runs);
    }

    [Fact]
    public async Task Experiment_goes_with_its_runs_and_its_name_is_free_again()
    {
        await using var site = await TrackingSite.OpenAsync(Home, TimeProvider.System);
        var id = (await site.Experiments.CreateAsync("birds", null, [new Tag("a", "b")])).ToString(CultureInfo.InvariantCulture);
        await LogAsync(site, id);
        await site.Experiments.DeleteAsync(id);
        var report = await site.Garbage.CollectAsync(new CollectGarbage { OlderThanDays = 0 }, default);
        Assert.Equal((1, 1), (report.Runs, report.Experiments));
        Assert.NotEqual(id, (await site.Experiments.CreateAsync("birds", null, [])).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_a_cut_off_collection_or_upload_left_goes_at_the_next_time_and_what_people_put_there_stays()
    {
        string run;
        await using (var site = await TrackingSite.OpenAsync(Home, TimeProvider.System))
        {
            run = await LogAsync(site);
            // As after a kill -9 between the commit and the files.
            await site.Database.WriteAsync(session =>
            {
                session.Execute("DELETE FROM runs");
                session.Execute("INSERT INTO garbage (uri, noted) VALUES (@uri, 0)", new { uri = $"mlflow-artifacts:/0/{run}" });
            });
        }
        var orphan = $"0/{new string('a', 32)}";
        _folder.Write($"tracking/artifacts/{orphan}/artifacts/b.txt", "b");
        _folder.Write("tracking/artifacts/0/.saki-upload-1", "b");
        _folder.Write("tracking/artifacts/0/by-hand/c.txt", "c");
        File.SetLastWriteTimeUtc(_folder.At("tracking/artifacts/0/.saki-upload-1"), DateTime.UnixEpoch);
        await using (var site = await TrackingSite.OpenAsync(Home, TimeProvider.System))
        {
            var report = await site.Garbage.CollectAsync(new CollectGarbage(), default);
            Assert.Equal((1, 2), (report.ArtifactFolders, report.Orphans));
        }
        Assert.Equal(["by-hand"], Directory.EnumerateFileSystemEntries(_folder.At("tracking/artifacts/0")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Local_run_that_was_removed_for_good_does_not_come_back()
    {
        string run;
        using (var log = new RunStore(Home, TimeProvider.System).Create(new CreateRun { RunName = "mine" }))
        {
            run = log.RunId;
            log.LogMetric("a", 1);
            log.End(RunStatus.Finished);
        }
        await using (var home = await HomeTracking.OpenAsync(Home, null, null))
        {
            await home.DeleteAsync(run);
            Assert.Equal("deleted", new RunStore(Home, TimeProvider.System).Find(run).ReadInfo().LifecycleStage);
            await home.RestoreAsync(run);
            Assert.Equal("active", home.Get(run).Info.LifecycleStage);
            await home.DeleteAsync(run);
            await home.CollectAsync(new CollectGarbage { RunIds = [run] }, default);
        }
        Assert.False(Directory.Exists(Path.Combine(Home.Runs, run)));
        await using (var home = await HomeTracking.OpenAsync(Home, null, null)) Assert.Throws<MlflowException>(() => home.Get(run));
    }

    [Fact]
    public async Task Named_run_must_be_deleted_first()
    {
        await using var server = await MlflowServer.StartAsync();
        var run = await server.NewRunAsync();
        var refusal = await server.RefusalAsync(HttpMethod.Post, "/api/2.0/saki/gc", $$"""{"run_ids":["{{run}}"]}""");
        Assert.Contains("must be in the 'deleted' state", refusal.Message, StringComparison.Ordinal);
        await server.PostAsync("runs/delete", $$"""{"run_id":"{{run}}"}""");
        Assert.Equal(1, (int)(await server.PostAsync("/api/2.0/saki/gc", $$"""{"run_ids":["{{run}}"]}"""))["runs"]!);
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Get, $"runs/get?run_id={run}")).Status);
    }

    private static async Task<string> LogAsync(TrackingSite site, string experiment = "0")
    {
        var run = await site.Runs.CreateAsync(new CreateRun { ExperimentId = experiment });
        await site.Runs.LogAsync(new LogBatch { RunId = run, Metrics = [.. Enumerable.Range(0, 4).Select(i => new Metric($"m{i}", i, 1))], Params = [new Param("p", "1")] });
        await site.Database.WriteAsync(session => Saki.Server.Tracking.Runs.RunLinks.Add(session, session.Scalar<long>("SELECT id FROM runs WHERE run_id = @run", new { run }),
            [new DatasetInput([new Tag("k", "v")], new Dataset("d", run, "local", "x"))]));
        await site.Artifacts.SaveAsync($"{experiment}/{run}/artifacts/a.txt", new MemoryStream("12345"u8.ToArray()), default);
        return run;
    }
}
