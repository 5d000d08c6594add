using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Tracking;

public sealed class RunMirrorTests
{
    [Fact]
    public async Task Training_is_followed_live_and_its_end_arrives()
    {
        await using var server = await MlflowServer.StartAsync();
        using var folder = new TemporaryFolder();
        using var client = new TrackingClient(server.Address);
        using var log = new RunStore(new SakiHome(folder.Root), TimeProvider.System).Create(new CreateRun { RunName = "net" });
        await using var mirror = RunMirror.Start(client, log.Folder, TimeProvider.System);
        for (var step = 0; step < 2500; step++) log.LogMetric("loss", 1.0 / (step + 1), step);
        log.LogParams(Enumerable.Range(0, 150).Select(i => new Param($"p{i}", "1")));
        File.WriteAllText(Path.Combine(log.Folder.Artifacts, "model.txt"), "weights");
        log.End(RunStatus.Finished);
        Assert.True(await mirror.FinishAsync(TimeSpan.FromSeconds(60)));

        var run = await client.GetRunAsync(mirror.ServerRunId!);
        Assert.Equal((RunStatus.Finished, "net", 150), (run.Info.Status, run.Info.RunName, run.Data.Params.Count));
        Assert.Equal(2500, (await client.GetHistoryAsync(run.Info.RunId, "loss")).Count);
        Assert.Equal("weights", await server.Client.GetStringAsync($"/get-artifact?run_id={run.Info.RunId}&path=model.txt"));
        Assert.False(RunMirror.Waits(log.Folder));
    }

    [Fact]
    public async Task What_an_away_server_missed_is_sent_once_later()
    {
        using var folder = new TemporaryFolder();
        using var log = new RunStore(new SakiHome(folder.Root), TimeProvider.System).Create(new CreateRun { RunName = "away" });
        log.LogMetric("loss", 1, 1);
        log.End(RunStatus.Finished);
        using (var nobody = new TrackingClient(new Uri("http://127.0.0.1:9")))
        {
            await using var mirror = RunMirror.Start(nobody, log.Folder, TimeProvider.System);
            Assert.False(await mirror.FinishAsync(TimeSpan.FromSeconds(5)));
        }
        Assert.True(RunMirror.Waits(log.Folder));

        await using var server = await MlflowServer.StartAsync();
        using var client = new TrackingClient(server.Address);
        // The note of what was sent is lost twice, as by a crash behind the server's answer.
        for (var time = 0; time < 3; time++)
        {
            File.Delete(Path.Combine(log.Folder.Path, "mirror.json"));
            await RunMirror.SendAsync(client, log.Folder, TimeProvider.System, CancellationToken.None);
        }
        var run = Assert.Single((await client.SearchRunsAsync(new SearchRuns(["0"]))).Runs);
        Assert.Single(await client.GetHistoryAsync(run.Info.RunId, "loss"));
    }

    [Fact]
    public async Task Registry_client_moves_versions()
    {
        await using var server = await MlflowServer.StartAsync();
        using var client = new TrackingClient(server.Address);
        var registry = new ModelRegistryClient(client);
        await registry.CreateModelAsync("m");
        Assert.Equal(MlflowException.Exists, (await Assert.ThrowsAsync<MlflowException>(() => registry.CreateModelAsync("m"))).Code);
        await registry.CreateVersionAsync(new CreateModelVersion("m", "s3://b/1"));
        Assert.Equal("Production", (await registry.MoveAsync("m", "1", "Production", archiveExisting: true)).CurrentStage);
        await registry.SetAliasAsync("m", "champion", "1");
        Assert.Equal("1", (await registry.GetByAliasAsync("m", "champion")).Version);
        Assert.Equal("s3://b/1", await registry.GetDownloadUriAsync("m", "1"));
    }

    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("http://h", "tok", null, "Bearer tok")]
    [InlineData("http://h", null, "ada", "Basic YWRhOnB3")]
    public void Environment_names_the_server_and_who_calls(string? uri, string? token, string? user, string? expected)
    {
        var variables = new Dictionary<string, string?> { ["MLFLOW_TRACKING_URI"] = uri, ["MLFLOW_TRACKING_TOKEN"] = token, ["MLFLOW_TRACKING_USERNAME"] = user, ["MLFLOW_TRACKING_PASSWORD"] = "pw" };
        using var client = TrackingClient.Find(null, variables.GetValueOrDefault);
        Assert.Equal(uri is null, client is null);
        Assert.Equal(expected, client?.Credentials);
        Assert.Throws<SakiException>(() => TrackingClient.Find("databricks", variables.GetValueOrDefault));
    }
}
