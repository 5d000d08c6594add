using System.Text.Json;
using Saki.Inference.Serving;
using Saki.Server;
using Saki.Server.Tests;

namespace Saki.Cli.Tests;

/// <summary><c>saki serving</c> against a real server.</summary>
public sealed class ServingVerbsTests
{
    [Fact]
    public async Task A_canary_is_started_seen_stopped_and_undone()
    {
        using var cli = new Cli();
        await using var models = new ModelRepository(new RepositoryOptions { Cache = cli.Home });
        foreach (var (seed, version) in new[] { (1UL, "1"), (2UL, "2") })
        {
            TestModel.Package(["a", "b", "c"], TestModel.RandomWeights(3, seed), cli.At($"package{version}"));
            await models.LoadAsync(models.Open(cli.At($"package{version}"), "m")[0] with { Version = version }, beside: true);
        }
        await using var server = SakiServer.Build(new ServerOptions { Models = models, Port = 0 });
        await server.StartAsync();
        string[] there = ["--server", server.Address.ToString()];

        var started = await cli.Run(["serving", "canary", "m", "2", "12.5", "--why", "try", .. there]);
        Assert.True(started.ExitCode == 0, started.Error);
        Assert.Contains("canary 12.5 %", started.Output, StringComparison.Ordinal);
        var listed = JsonDocument.Parse((await cli.Run(["serving", "list", "--json", .. there])).Output).RootElement.GetProperty("models")[0];
        Assert.Equal((12.5, "1"), (listed.GetProperty("canary").GetProperty("percent").GetDouble(), listed.GetProperty("default").GetString()));
        Assert.Equal(0, (await cli.Run(["serving", "shadow", "m", "2", .. there])).ExitCode);
        Assert.Equal(0, (await cli.Run(["serving", "scale", "m", "1", .. there])).ExitCode);
        var stats = await cli.Run(["serving", "stats", "m", .. there]);
        foreach (var part in (string[])["canary 2 at 12.5 %", "shadow 2 at 100 %", "champion 1", "none", "try", "scale"]) Assert.Contains(part, stats.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run(["serving", "undo", "m", .. there])).ExitCode);
        Assert.Equal(models.Cores, models.Models[0].Versions["1"].Instances);
        Assert.Equal(0, (await cli.Run(["serving", "default", "m", "2", .. there])).ExitCode);
        Assert.Null(models.Routes.Of("m").Canary);
        Assert.Equal(0, (await cli.Run(["serving", "unload", "m", "1", .. there])).ExitCode);
        Assert.Equal(["2"], models.Models[0].Versions.Keys);
        (await cli.Run(["serving", "canary", "m", "9", "5", .. there])).AssertRefused("Loaded: m (2).");
        (await cli.Run(["serving", "canary", "m", .. there])).AssertRefused("a version, or --stop");
    }

    [Fact]
    public async Task Without_a_server_it_says_so_with_its_own_exit_code()
    {
        using var cli = new Cli();
        var away = await cli.Run("serving", "list", "--server", "http://127.0.0.1:1");
        Assert.Equal(3, away.ExitCode);
        Assert.Contains("a running server", away.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("package.saki.zip")]
    [InlineData("digits.mar")]
    public async Task Archives_are_targets_of_every_verb(string archive)
    {
        using var cli = new Cli();
        TestModel.Package(["a", "b", "c"], TestModel.RandomWeights(3, 1), cli.At("package"));
        var picture = cli.Write("face.png", TestModel.Face);
        if (archive.EndsWith(".mar", StringComparison.Ordinal))
        {
            Directory.CreateDirectory(cli.At("mar", "MAR-INF"));
            foreach (var name in new[] { "model.onnx", "pipeline.yaml" }) File.Copy(cli.At("package", name), cli.At("mar", name));
            cli.Write("mar/MAR-INF/MANIFEST.json", "{\"model\": {\"modelName\": \"digits\", \"serializedFile\": \"model.onnx\", \"modelVersion\": \"1.0\"}}");
            System.IO.Compression.ZipFile.CreateFromDirectory(cli.At("mar"), cli.At(archive));
        }
        else System.IO.Compression.ZipFile.CreateFromDirectory(cli.At("package"), cli.At(archive));
        var answers = new List<string>();
        foreach (var target in new[] { cli.At("package"), cli.At(archive) })
        {
            var answer = await cli.Run("predict", target, picture, "--json");
            Assert.True(answer.ExitCode == 0, answer.Error);
            answers.Add(JsonDocument.Parse(answer.Output).RootElement.GetProperty("top").GetRawText());
        }
        Assert.Equal(answers[0], answers[1]);
    }
}
