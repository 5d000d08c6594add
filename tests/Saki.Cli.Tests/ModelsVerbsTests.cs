using System.Globalization;
using System.Text.Json;
using Saki.Server;
using Saki.Server.Tests;

namespace Saki.Cli.Tests;

/// <summary>The registry as a person types it, against the real server of the same home.</summary>
public sealed class ModelsVerbsTests
{
    [Fact]
    public async Task Registered_promoted_refused_overridden_and_rolled_back()
    {
        using var cli = new Cli();
        await using var server = SakiServer.Build(new ServerOptions { Home = new SakiHome(cli.Home), Port = 0 });
        await server.StartAsync();
        string[] there = ["--server", server.Address.ToString()];
        await RegisterAsync(cli, there, seed: 1);
        await RegisterAsync(cli, there, seed: 2);

        Directory.CreateDirectory(cli.At("home", "policies"));
        cli.Write("home/policies/m.yaml", "max_latency_ms: 60000");
        var promoted = await cli.Run(["models", "promote", "m", "1", .. there]);
        Assert.Equal(0, promoted.ExitCode);
        Assert.Contains("ok  integrity  every file with its SHA-256  8 files as in SHA256SUMS", promoted.Output, StringComparison.Ordinal);
        cli.Write("home/policies/m.yaml", "max_latency_ms: 0.000001");
        var refused = await cli.Run(["models", "promote", "m", "2", .. there]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("NO  latency    at most 0 ms", refused.Output, StringComparison.Ordinal);
        Assert.Contains("Refused: version 2 of m stays in None.", refused.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run(["models", "promote", "m", "2", "--override", "--why", "needed", .. there])).ExitCode);
        Assert.Contains("Version 1 of m is in Production again; it was 2.", (await cli.Run(["models", "rollback", "m", .. there])).Output, StringComparison.Ordinal);

        var history = await cli.Run(["models", "history", "m", .. there]);
        Assert.Equal(0, history.ExitCode);
        foreach (var part in (string[])["rollback Archived → Production", "AGAINST ITS GATE", "refused None → Production", "needed", "chain whole: 6 rows"]) Assert.Contains(part, history.Output, StringComparison.Ordinal);
        Assert.Equal("1", (await cli.Run(["models", "alias", "m", "production", .. there])).Output.Trim());
    }

    [Fact]
    public async Task Registered_version_is_a_target_of_every_verb()
    {
        using var cli = new Cli();
        await using (var server = SakiServer.Build(new ServerOptions { Home = new SakiHome(cli.Home), Port = 0 }))
        {
            await server.StartAsync();
            string[] there = ["--server", server.Address.ToString()];
            await RegisterAsync(cli, there, seed: 1);
            await RegisterAsync(cli, there, seed: 2);
            Assert.Equal(0, (await cli.Run(["models", "promote", "m", "1", .. there])).ExitCode);
        }
        // The server has gone: the home's files say it as well.
        var picture = cli.Write("face.png", TestModel.Face);
        var answers = new Dictionary<string, string>();
        foreach (var target in (string[])["models:/m/1", "models:/m@production", "models:/m/Production", "models:/m/2", "models:/m/latest"])
        {
            var answer = await cli.Run("predict", target, picture, "--json");
            Assert.True(answer.ExitCode == 0, answer.Error);
            answers[target] = JsonDocument.Parse(answer.Output).RootElement.GetProperty("version").GetString()!;
        }
        Assert.Equal([answers["models:/m/1"], answers["models:/m/1"], answers["models:/m/1"]], [answers["models:/m/1"], answers["models:/m@production"], answers["models:/m/Production"]]);
        Assert.Equal(answers["models:/m/2"], answers["models:/m/latest"]);
        Assert.NotEqual(answers["models:/m/1"], answers["models:/m/2"]);
        (await cli.Run("predict", "models:/m@champion", picture)).AssertRefused("models:/m@champion", "a registered version");
        (await cli.Run("predict", "models:/m/Prodution", picture)).AssertRefused("Did you mean \"Production\"?");
    }

    private static async Task RegisterAsync(Cli cli, string[] there, ulong seed)
    {
        var folder = cli.At(string.Create(CultureInfo.InvariantCulture, $"package{seed}"));
        TestModel.Package(["a", "b", "c"], TestModel.RandomWeights(3, seed), folder);
        var registered = await cli.Run(["models", "register", "m", folder, .. there]);
        Assert.True(registered.ExitCode == 0, registered.Error);
    }
}
