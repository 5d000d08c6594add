using System.Text.Json;
using Saki.Server;
using Saki.Server.Tests;
using Saki.Tracking;

namespace Saki.Cli.Tests;

public sealed class LineageVerbTests
{
    [Fact]
    public async Task Lineage_is_a_tree_on_the_terminal_and_one_document_for_scripts()
    {
        using var cli = new Cli();
        TestModel.Package(["a", "b"], TestModel.RandomWeights(2, seed: 1), cli.At("package"));
        await using var server = SakiServer.Build(new ServerOptions { Home = new SakiHome(cli.Home), Port = 0 });
        await server.StartAsync();
        string[] there = ["--server", server.Address.ToString()];
        Assert.Equal(0, (await cli.Run(["models", "register", "m", cli.At("package"), .. there])).ExitCode);

        var json = await cli.Run(["lineage", "models:/m/1", "--json", .. there]);
        var graph = JsonSerializer.Deserialize(json.Output, MlflowJson.Of<LineageGraph>())!;
        Assert.Equal(["package", "model"], graph.Nodes.Select(node => node.Kind));
        var package = graph.Nodes[0].Digest!;

        var tree = await cli.Run(["lineage", "models:/m/1", .. there]);
        Assert.Equal(["model m v1  None", "came from", $"└─ registered: package {package[..12]}"], tree.Output.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
        var other = await cli.Run(["lineage", package, .. there]);
        Assert.Equal([$"package {package[..12]}", "came of it", "└─ registered: model m v1  None"], other.Output.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_picture_that_no_data_set_holds_is_refused_in_words()
    {
        using var cli = new Cli();
        await using var server = SakiServer.Build(new ServerOptions { Home = new SakiHome(cli.Home), Port = 0 });
        await server.StartAsync();
        var picture = cli.Write("face.png", TestModel.Face);
        var refused = await cli.Run("lineage", picture, "--server", server.Address.ToString());
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("nothing of this server has that name", refused.Error, StringComparison.Ordinal);
    }
}
