using Saki.Server.Import;
using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Runs;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Import;

public sealed class MlflowImportTests : IDisposable
{
    private readonly TemporaryFolder _source = new(), _folder = new();

    private SakiHome Home => new(_folder.At("home"));

    public void Dispose()
    {
        _source.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(2, Stores.Sqlite)]
    [InlineData(3, Stores.Sqlite)]
    public async Task File_of_mlflow_is_here_whole_under_its_own_ids(int version, string store)
    {
        var report = await ImportAsync(MlflowFile.Make(_source, version), store);
        Assert.Equal((4, 3, 53, version == 3 ? 3 : 2), (report.Experiments, report.Runs, report.Points, report.Versions));
        Assert.Empty(report.Notes);

        await using var site = await OpenAsync(store);
        var first = site.RunReader.Get(MlflowFile.First);
        Assert.Equal(("first", "ada", RunStatus.Finished, 2000L, (long?)3000L, "active"), (first.Info.RunName, first.Info.UserId, first.Info.Status, first.Info.StartTime, first.Info.EndTime, first.Info.LifecycleStage));
        Assert.Equal(["acc NaN 2", "loss 0.02 49"], first.Data.Metrics.Select(point => FormattableString.Invariant($"{point.Key} {point.Value} {point.Step}")));
        Assert.Equal("größe", first.Data.Tags.Single(tag => tag.Key == "note").Value);
        Assert.Equal(("train", "training"), (first.Inputs!.DatasetInputs[0].Dataset.Name, first.Inputs.DatasetInputs[0].Tags[0].Value));
        Assert.Equal("second", site.RunReader.Get(MlflowFile.Second).Info.RunName);
        var gone = site.RunReader.Get(MlflowFile.Deleted).Info;
        Assert.Equal(("deleted", $"s3://bucket/x/{MlflowFile.Deleted}/artifacts", RunStatus.Running), (gone.LifecycleStage, gone.ArtifactUri, gone.Status));

        Assert.Equal(("birds", "deleted", "s3://bucket/x"), (site.Experiments.GetByName("birds")!.Name, site.Experiments.GetByName("old")!.LifecycleStage, site.Experiments.GetByName("far")!.ArtifactLocation));
        Assert.Equal(["team"], site.Experiments.GetByName("birds")!.Tags.Select(tag => tag.Key));
        Assert.Equal(70_000, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(first.Info.ArtifactUri, "model/weights.bin")));
        Assert.Equal(6, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(site.RunReader.Get(MlflowFile.Second).Info.ArtifactUri, "plot.svg")));
    }

    [Fact]
    public async Task Models_keep_numbers_stages_and_aliases_and_point_to_the_files_that_came_along()
    {
        await ImportAsync(MlflowFile.Make(_source, 3), Stores.Sqlite);
        await using var site = await OpenAsync(Stores.Sqlite);
        var model = site.RegistryReader.Get("finch");
        Assert.Equal("champ 3, old-one 1, production 3", string.Join(", ", model.Aliases.Select(alias => $"{alias.Alias} {alias.Version}")));
        var versions = site.RegistryReader.SearchVersions("name = 'finch'", ["version_number ASC"], 10, null).ModelVersions;
        Assert.Equal(["1 Archived 4001 4101", "3 Production 4003 4103", "4 None 4004 4104"], versions.Select(version => $"{version.Version} {version.CurrentStage} {version.CreationTimestamp} {version.LastUpdatedTimestamp}"));
        Assert.Equal($"{site.RunReader.Get(MlflowFile.First).Info.ArtifactUri}/model", versions[0].Source);
        Assert.Equal("yes", versions[0].Tags.Single().Value);
        Assert.Equal(11, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(site.RegistryReader.Storage("finch", 4), "MLmodel")));
        Assert.Equal(("cnn", "20", 0.5), (site.LoggedModelReader.Get(MlflowFile.Model).Info.Tags[0].Value, site.LoggedModelReader.Get(MlflowFile.Model).Data.Params[0].Value, site.LoggedModelReader.Get(MlflowFile.Model).Data.Metrics[0].Value));
        Assert.Equal(7, site.RunReader.Get(MlflowFile.First).Outputs!.ModelOutputs[0].Step);
        Assert.All(site.Audit.History("finch", 100), row => Assert.Equal("import", row.Who));
        Assert.Null(site.Audit.Check().Broken);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Import_that_was_cut_off_goes_on_and_brings_nothing_twice(string store)
    {
        var file = MlflowFile.Make(_source, 3, points: 45_000);
        var location = Stores.New(store, _folder);
        var attempts = 0;
        for (ImportReport? report = null; report is null;)
        {
            using var cut = new CancellationTokenSource();
            try
            {
                report = await MlflowImport.RunAsync(Options(file, location), new CutAfter(attempts++, cut), cut.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }
        Assert.True(attempts > 2);
        await using var site = await TrackingSite.OpenAsync(Home, TimeProvider.System, location);
        var points = site.Database.Read(connection => MetricReader.History(connection, site.RunReader.Find(MlflowFile.First).Row, MetricReader.KeyOf(connection, "loss")!.Value).Select(point => point.Step).ToList());
        Assert.Equal(Enumerable.Range(0, 45_000).Select(step => (long)step), points);
        var segments = site.Database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(connection, "SELECT sum(points) FROM metric_segments"));
        Assert.Equal(45_003, segments);
        Assert.Equal(3, site.RegistryReader.SearchVersions("name = 'finch'", [], 10, null).ModelVersions.Count);
    }

    [Fact]
    public async Task Second_import_brings_only_what_is_new()
    {
        var file = MlflowFile.Make(_source, 2);
        await ImportAsync(file, Stores.Sqlite);
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
        {
            Dapper.SqlMapper.Execute(other, $"INSERT INTO metrics VALUES ('acc', 0.75, 9, '{MlflowFile.Deleted}', 1, 0); UPDATE runs SET status = 'FINISHED', end_time = 99 WHERE run_uuid = '{MlflowFile.Deleted}'");
        }
        var report = await ImportAsync(file, Stores.Sqlite);
        Assert.Equal((1, 2, 1, 0, 0), (report.Runs, report.RunsHereBefore, report.Points, report.Versions, report.Files));
        await using var site = await OpenAsync(Stores.Sqlite);
        Assert.Equal((0.75, 99L), (site.RunReader.Get(MlflowFile.Deleted).Data.Metrics[0].Value, site.RunReader.Get(MlflowFile.Deleted).Info.EndTime));
    }

    [Fact]
    public async Task Folder_elsewhere_on_the_machine_is_not_read_unless_it_is_allowed()
    {
        var file = MlflowFile.Make(_source, 2);
        using var elsewhere = new TemporaryFolder();
        elsewhere.Write("secret.txt", "s");
        using (var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False"))
            Dapper.SqlMapper.Execute(other, "UPDATE runs SET artifact_uri = @Root WHERE run_uuid = @Second", new { elsewhere.Root, MlflowFile.Second });
        File.CreateSymbolicLink(Path.Combine(_source.Root, $"mlruns/1/{MlflowFile.First}/artifacts/link"), elsewhere.Root);
        var report = await ImportAsync(file, Stores.Sqlite);
        Assert.Contains($"--artifact-root {elsewhere.Root}", Assert.Single(report.Notes).Key, StringComparison.Ordinal);
        await using (var site = await OpenAsync(Stores.Sqlite))
        {
            Assert.Empty(await site.Artifacts.ListUnderAsync(site.RunReader.Get(MlflowFile.Second).Info.ArtifactUri, null));
            Assert.DoesNotContain(await site.Artifacts.ListUnderAsync(site.RunReader.Get(MlflowFile.First).Info.ArtifactUri, null), entry => entry.Path == "link");
        }
    }

    [Fact]
    public async Task What_is_no_mlflow_is_refused_with_a_sentence()
    {
        _source.Write("a.db", new string('x', 5000));
        Assert.Contains("SQLite file of an MLflow", (await Assert.ThrowsAsync<SakiException>(() => ImportAsync(_source.At("a.db"), Stores.Sqlite))).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", (await Assert.ThrowsAsync<SakiException>(() => ImportAsync(_source.At("none.db"), Stores.Sqlite))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_is_imported_through_its_api_and_exported_to_another()
    {
        await ImportAsync(MlflowFile.Make(_source, 3), Stores.Sqlite);
        await using var first = await RunningServer.StartAsync(new ServerOptions { Home = Home, Database = _folder.At("t.db") });

        var copy = new SakiHome(_folder.At("copy"));
        var report = await MlflowImport.RunAsync(new ImportOptions(first.Address.ToString(), copy), null, default);
        Assert.Equal((3, 53, 3, 1), (report.Runs, report.Points, report.Versions, report.LoggedModels));
        await using (var site = await TrackingSite.OpenAsync(copy, TimeProvider.System))
        {
            Assert.Equal("acc NaN, loss 0.02", string.Join(", ", site.RunReader.Get(MlflowFile.First).Data.Metrics.Select(point => FormattableString.Invariant($"{point.Key} {point.Value}"))));
            Assert.Equal(70_000, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(site.RunReader.Get(MlflowFile.First).Info.ArtifactUri, "model/weights.bin")));
            Assert.Equal("champ 3, old-one 1, production 3", string.Join(", ", site.RegistryReader.Get("finch").Aliases.Select(alias => $"{alias.Alias} {alias.Version}")));
            Assert.Equal(11, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(site.RegistryReader.Storage("finch", 4), "MLmodel")));
        }

        await using var second = await MlflowServer.StartAsync();
        using TrackingClient from = new(first.Address), to = new(second.Address);
        var sent = await MlflowExport.RunAsync(from, to, null, default);
        Assert.Equal((3, 53, 3), (sent.Runs, sent.Points, sent.Versions));
        var again = await MlflowExport.RunAsync(from, to, null, default);
        Assert.Equal((1, 2, 0, 0), (again.Runs, again.RunsHereBefore, again.Versions, again.Files)); // one still runs and is looked at again
        var there = (await to.SearchRunsAsync(new SearchRuns(["1"]) { Filter = $"tags.`saki.run_id` = '{MlflowFile.First}'" })).Runs.Single();
        Assert.Equal(("first", RunStatus.Finished, 2000L, (long?)3000L), (there.Info.RunName, there.Info.Status, there.Info.StartTime, there.Info.EndTime));
        Assert.Equal(50, (await to.GetHistoryAsync(there.Info.RunId, "loss")).Count);
        Assert.Equal(70_000, (await to.ListArtifactsAsync(there.Info.ArtifactUri, "model")).Single().FileSize);
    }

    private Task<ImportReport> ImportAsync(string file, string store) => MlflowImport.RunAsync(Options(file, Location(store)), null, default);

    private ImportOptions Options(string file, string location) => new(file, Home) { Database = location };

    private Task<TrackingSite> OpenAsync(string store) => TrackingSite.OpenAsync(Home, TimeProvider.System, Location(store));

    private string Location(string store) => store == Stores.Sqlite ? _folder.At("t.db") : throw new ArgumentException("has a schema of its own each time", nameof(store));

    // Ends the import after so many reports of progress.
    private sealed class CutAfter(int reports, CancellationTokenSource cut) : IProgress<ImportProgress>
    {
        private int _left = reports;

        public void Report(ImportProgress value)
        {
            if (_left-- == 0) cut.Cancel();
        }
    }
}
