using System.Text.Json;

namespace Saki.Cli.Tests;

/// <summary>The loop as a person has it: a server in a process of its own, a policy, a real training, a gate, a question.</summary>
public sealed class LoopTests
{
    private const string Policy = """
        when: {every_hours: 0.0001}
        train: {overrides: [experiment=emotions, trainer.epochs=1, trainer.seconds=null, "network.channels=[8,16]", "network.convolutions=[1,1]", dataset.width=24, dataset.height=24, trainer.threads=1], dataset: emotions}
        rollout: {shadow_requests: 0, canary_percent: []}
        daily_cap: 1
        """;

    [Fact]
    public async Task A_round_trains_proves_asks_and_promotes_and_a_kill_in_the_middle_changes_nothing()
    {
        using var cli = new Cli();
        Assert.Equal(0, (await cli.Run("data", "sample", "emotions", "--train", "140", "--size", "48")).ExitCode);
        var data = JsonDocument.Parse((await cli.Run("data", "show", "emotions", "--json")).Output).RootElement.GetProperty("digest").GetString()!;
        cli.Write("home/policies/faces.yaml", $"data: emotions@{data}:test\nmin_accuracy: 0\n");
        string model;
        await using (var server = await UpServer.StartAsync(cli, "serving", "tracking", "jobs"))
        {
            Assert.Equal(0, (await cli.Run("train", "experiment=emotions", "trainer.epochs=1", "trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "trainer.threads=1")).ExitCode);
            var registered = await cli.Run("models", "register", "faces", "runs:/latest", "--server", server.Address);
            Assert.True(registered.ExitCode == 0, registered.Error);
            var refused = await cli.Run("loop", "policy", "faces", cli.Write("wrong.yaml", Policy.Replace("daily_cap", "daly_cap", StringComparison.Ordinal)), "--server", server.Address);
            Assert.Contains("daily_cap", refused.Error, StringComparison.Ordinal);
            var set = await cli.Run("loop", "policy", "faces", cli.Write("loop.yaml", Policy), "--server", server.Address);
            Assert.True(set.ExitCode == 0, set.Error);
            model = (await WaitAsync(cli, server.Address, "Training", "Proving", "Production")).GetProperty("state").GetProperty("step").GetString()!;
            server.Kill();
        }
        Assert.NotEqual("Idle", model);

        await using var again = await UpServer.StartAsync(cli, "serving", "tracking", "jobs");
        var asks = await WaitAsync(cli, again.Address, "Production");
        Assert.Equal(("Production", 2, 1), (asks.GetProperty("question").GetString(), asks.GetProperty("state").GetProperty("challenger").GetInt32(), asks.GetProperty("state").GetProperty("round").GetInt32()));
        Assert.False(asks.TryGetProperty("champion", out _)); // nobody said yes yet
        var yes = await cli.Run("loop", "approve", "faces", "--why", "looked at it", "--server", again.Address);
        Assert.True(yes.ExitCode == 0, yes.Error);
        Assert.Equal(2, (await WaitAsync(cli, again.Address, "Watching")).GetProperty("champion").GetInt32());

        var history = (await cli.Run("models", "history", "faces", "--server", again.Address)).Output;
        Assert.Contains("looked at it", history, StringComparison.Ordinal);
        Assert.Equal(1, history.Split('\n').Count(line => line.Contains("loop Train", StringComparison.Ordinal)));
        var twice = await cli.Run("loop", "approve", "faces", "--server", again.Address);
        Assert.Contains("asks nothing", twice.Error, StringComparison.Ordinal);
    }

    // Its own clock looks every five seconds; asking for a look makes that shorter.
    private static async Task<JsonElement> WaitAsync(Cli cli, string server, params string[] steps)
    {
        for (var tries = 0; ; tries++)
        {
            var looked = await cli.Run("loop", "run", "faces", "--json", "--server", server);
            Assert.True(looked.ExitCode == 0, looked.Error);
            var view = JsonDocument.Parse(looked.Output).RootElement;
            if (steps.Contains(view.GetProperty("state").GetProperty("step").GetString())) return view;
            Assert.True(tries < 600, looked.Output);
            await Task.Delay(200);
        }
    }
}
