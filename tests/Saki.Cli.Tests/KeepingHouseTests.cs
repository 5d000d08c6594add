using System.Text.Json;
using Saki.Server;
using Saki.Tracking;

namespace Saki.Cli.Tests;

/// <summary>Runs compared, deleted, restored, removed for good, and carried from one home to another, as a person types it.</summary>
public sealed class KeepingHouseTests
{
    [Fact]
    public async Task Compare_shows_the_settings_that_differ_before_the_metrics()
    {
        using var cli = new Cli();
        string first = Log(cli, "slow", "0.01", 0.5), second = Log(cli, "fast", "0.1", 0.75);
        var text = (await cli.Run("runs", "compare", first[..8], second[..8])).Output;
        Assert.Matches(@"SETTING +slow \(.{8}\) +fast \(.{8}\)\s+lr +0\.01 +0\.1\s+METRIC[^\n]*\n *val_acc +0\.5 +0\.75 \*", text);
        Assert.DoesNotContain("network", text, StringComparison.Ordinal);
        Assert.Contains("network", (await cli.Run("runs", "compare", first[..8], second[..8], "--all")).Output, StringComparison.Ordinal);

        var json = JsonDocument.Parse((await cli.Run("runs", "compare", first[..8], second[..8], "--json")).Output).RootElement;
        Assert.Equal(["lr", "network"], json.GetProperty("params").EnumerateArray().Select(item => item.GetProperty("key").GetString()));
        Assert.Equal(0.75, json.GetProperty("metrics")[0].GetProperty("values")[1].GetDouble());
    }

    [Fact]
    public async Task Deleted_run_is_hidden_restored_and_removed_for_good_with_or_without_a_server()
    {
        using var cli = new Cli();
        foreach (var served in (bool[])[false, true])
        {
            var run = Log(cli, "mine", "0.1", 0.5);
            await using var server = served ? SakiServer.Build(new ServerOptions { Home = new SakiHome(cli.Home), Port = 0 }) : null;
            if (server is not null) await server.StartAsync();
            string[] there = server is null ? [] : ["--server", server.Address.ToString()];

            Assert.Equal(0, (await cli.Run(["runs", "delete", run, .. there])).ExitCode);
            Assert.DoesNotContain(run, (await cli.Run(["runs", "list", "--json", .. there])).Output, StringComparison.Ordinal);
            Assert.Equal(0, (await cli.Run(["runs", "restore", run, .. there])).ExitCode);
            Assert.Contains(run, (await cli.Run(["runs", "list", "--json", .. there])).Output, StringComparison.Ordinal);
            Assert.Contains("--yes", (await cli.Run(["runs", "delete", run, "--now", .. there])).Error, StringComparison.Ordinal);
            Assert.Equal(0, (await cli.Run(["runs", "delete", run, "--now", "--yes", .. there])).ExitCode);
            Assert.False(Directory.Exists(Path.Combine(cli.Home, "runs", run)));
        }
    }

    [Fact]
    public async Task Gc_says_what_would_go_and_takes_it_when_told()
    {
        using var cli = new Cli();
        var run = Log(cli, "mine", "0.1", 0.5);
        await cli.Run("runs", "delete", run);
        Assert.StartsWith("would remove 0 runs", (await cli.Run("gc", "--dry-run")).Output, StringComparison.Ordinal);
        Assert.StartsWith("would remove 1 runs", (await cli.Run("gc", "--dry-run", "--older-than", "0d")).Output, StringComparison.Ordinal);
        Assert.StartsWith("removed 1 runs", (await cli.Run("gc", "--older-than", "0d", "--yes")).Output, StringComparison.Ordinal);
        (await cli.Run("gc", "--older-than", "soon")).AssertRefused("30d, 12h or 2w");
        Assert.False(Directory.Exists(Path.Combine(cli.Home, "runs", run)));
    }

    [Fact]
    public async Task Home_is_exported_to_a_server_and_a_server_that_runs_is_not_written_past()
    {
        using var cli = new Cli();
        Log(cli, "mine", "0.1", 0.5);
        using var other = new Cli();
        await using var server = SakiServer.Build(new ServerOptions { Home = new SakiHome(other.Home), Port = 0 });
        await server.StartAsync();
        var sent = await cli.Run("export", "mlflow", server.Address.ToString(), "--json");
        Assert.Equal((0, 1), (sent.ExitCode, JsonDocument.Parse(sent.Output).RootElement.GetProperty("runs").GetInt32()));
        (await other.Run("import", "mlflow", server.Address.ToString())).AssertRefused("no other process writes");
        Assert.Equal(0, (await cli.Run("import", "mlflow", server.Address.ToString())).ExitCode);
        Assert.DoesNotContain("export-", (await cli.Run("tokens", "list", "--json")).Output, StringComparison.Ordinal);
    }

    private static string Log(Cli cli, string name, string rate, double accuracy)
    {
        using var log = new RunStore(new SakiHome(cli.Home), TimeProvider.System).Create(new CreateRun { RunName = name });
        log.LogParams([new Param("lr", rate), new Param("network", "vgg")]);
        log.LogMetric("val_acc", accuracy);
        log.End(RunStatus.Finished);
        return log.RunId;
    }
}
