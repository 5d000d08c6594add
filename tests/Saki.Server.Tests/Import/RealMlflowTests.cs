using System.Diagnostics;
using System.Text.Json.Nodes;
using Saki.Server.Import;
using Saki.Server.Tests.Tracking;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Artifacts;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Import;

/// <summary>MLflow's own store and server as the other side.</summary>
public sealed class RealMlflowTests
{
    [MlflowClientFact]
    public async Task File_and_server_of_mlflow_itself_are_read_and_written()
    {
        using TemporaryFolder source = new(), folder = new();
        var (code, output) = await MlflowClient.RunAsync(Script("mlflow_store.py"), source.Root);
        Assert.True(code == 0, output);
        var made = JsonNode.Parse(output.Split('\n').First(line => line.StartsWith('{')))!;
        var (home, ids) = (new SakiHome(folder.At("home")), made["runs"]!.AsArray().Select(id => (string)id!).ToList());

        var report = await MlflowImport.RunAsync(new ImportOptions(source.At("mlflow.db"), home), null, default);
        Assert.Equal((ids.Count, (long)made["points"]!, 2, ids.Count), (report.Runs, report.Points, report.Versions, report.Files));
        Assert.Empty(report.Notes);
        await CheckAsync(home, ids);

        await using var own = await RunningServer.StartAsync(new ServerOptions { Home = home });
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Script("mlflow_server.py"), Directory.CreateDirectory(source.At("server")).FullName])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["PYTHONPATH"] = MlflowClient.Folder },
        })!;
        process.BeginErrorReadLine();
        var address = await process.StandardOutput.ReadLineAsync();
        using TrackingClient from = new(own.Address), to = new(new Uri(address!));
        var sent = await MlflowExport.RunAsync(from, to, null, default);
        Assert.Equal((ids.Count, 2), (sent.Runs, sent.Versions));
        var again = await MlflowExport.RunAsync(from, to, null, default);
        Assert.Equal((0, ids.Count, 0, 0), (again.Runs, again.RunsHereBefore, again.Versions, again.Files));

        // And back again, by REST this time: under the ids that MLflow gave.
        var back = new SakiHome(folder.At("back"));
        var returned = await MlflowImport.RunAsync(new ImportOptions(address!, back), null, default);
        Assert.Equal((ids.Count, report.Points), (returned.Runs, returned.Points));
        await using var site = await TrackingSite.OpenAsync(back, TimeProvider.System);
        var runs = site.RunReader.Search(["1"], "tags.`saki.run_id` IS NOT NULL", [], ViewType.All, 100, null).Runs;
        Assert.Equal(ids.Order(), runs.Select(run => run.Data.Tags.Single(tag => tag.Key == "saki.run_id").Value).Order());
        Assert.Single(runs, run => run.Info.LifecycleStage == "deleted");
        Assert.All(runs, run => Assert.Equal(["inf", "loss", "nan"], run.Data.Metrics.Select(metric => metric.Key)));
        process.StandardInput.Close();
        await process.WaitForExitAsync();
    }

    private static async Task CheckAsync(SakiHome home, List<string> ids)
    {
        await using var site = await TrackingSite.OpenAsync(home, TimeProvider.System);
        for (var i = 0; i < ids.Count; i++)
        {
            var run = site.RunReader.Get(ids[i]);
            Assert.Equal(($"run {i}", 1000L + i, (long?)5000 + i, i == 3 ? "deleted" : "active"), (run.Info.RunName, run.Info.StartTime, run.Info.EndTime, run.Info.LifecycleStage));
            Assert.Equal(10_000 + i, await site.Artifacts.SizeAsync(ArtifactStore.PathOf(run.Info.ArtifactUri, "m/f.bin")));
            Assert.Equal(double.MaxValue, run.Data.Metrics.Single(metric => metric.Key == "inf").Value);
        }
        Assert.Equal("champ 3, production 2", string.Join(", ", site.RegistryReader.Get("finch").Aliases.Select(alias => $"{alias.Alias} {alias.Version}")));
        Assert.Equal($"{site.RunReader.Get(ids[^1]).Info.ArtifactUri}/m", site.RegistryReader.Storage("finch", 2));
    }

    private static string Script(string name) => Path.Combine(Repository.Root, "tests/conformance", name);
}
