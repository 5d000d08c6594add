using System.Text.Json;
using Saki.Datasets;
using Saki.Server.Tests.Registry.Gates;
using Saki.Server.Tests.RunPages;
using Saki.Server.Tests.Tracking;
using Saki.Tracking;
using DatasetSummary = Saki.Datasets.DatasetSummary;

namespace Saki.Server.Tests.Lineage;

/// <summary>One data set version, two runs on it, a version of the first; asked about from each end.</summary>
public sealed class LineageTests
{
    private const string Package = "aaaaaaaaaaaa0000000000000000000000000000000000000000000000000000";

    [Fact]
    public async Task A_version_came_from_a_package_a_run_settings_data_and_samples()
    {
        await using var server = await MlflowServer.StartAsync();
        var (data, runs) = await FillAsync(server);
        var graph = await AskAsync(server, "models:/m/1");
        Assert.Equal("model:m/1", graph.Of);
        Assert.Equal(["samples", "data", "config", "run", "package", "model"], graph.Nodes.Select(node => node.Kind));
        Assert.Equal([("in", $"data:{data.Digest}"), ("settings", $"run:{runs[0]}"), ("trained on", $"run:{runs[0]}"), ("made", $"package:{Package}"), ("registered", "model:m/1")],
            graph.Edges.OrderBy(edge => Array.IndexOf(["in", "settings", "trained on", "made", "registered"], edge.What)).Select(edge => (edge.What, edge.To)));
        Assert.Contains("train 240", graph.Nodes[0].Note!, StringComparison.Ordinal);
        foreach (var same in (string[])["models:/m@best", "models:/m/latest"]) Assert.Equal(graph.Nodes, (await AskAsync(server, same)).Nodes);
    }

    [Fact]
    public async Task A_picture_leads_to_every_run_and_version_that_saw_it()
    {
        await using var server = await MlflowServer.StartAsync();
        var (data, runs) = await FillAsync(server);
        var sample = Samples(server, data)[0];
        var graph = await AskAsync(server, sample.Digest.ToString());
        Assert.Equal($"sample:{sample.Digest}", graph.Of);
        Assert.Equal(runs.Order(), graph.Nodes.Where(node => node.Kind == "run").Select(node => node.Id["run:".Length..]).Order());
        Assert.Equal(["model:m/1"], graph.Nodes.Where(node => node.Kind == "model").Select(node => node.Id));
        var held = Assert.Single(graph.Edges, edge => edge.From == graph.Of);
        Assert.Equal(($"data:{data.Digest}", $"{sample.Split.Name()}: {data.Classes[sample.Label]}"), (held.To, held.What));
        Assert.Equal(graph.Nodes.Count, (await AskAsync(server, sample.Digest.ToString()[..16])).Nodes.Count);
    }

    [Fact]
    public async Task Data_run_and_package_are_found_by_name_and_by_digest()
    {
        await using var server = await MlflowServer.StartAsync();
        var (data, runs) = await FillAsync(server);
        foreach (var of in (string[])["stripes", $"stripes@{data.Digest.Short}", data.Digest.ToString(), data.Digest.Short])
        {
            var graph = await AskAsync(server, of);
            Assert.Equal($"data:{data.Digest}", graph.Of);
            Assert.Equal(2, graph.Nodes.Count(node => node.Kind == "run"));
            Assert.Contains(graph.Nodes, node => node.Id == "model:m/1");
        }
        foreach (var of in (string[])[$"runs:/{runs[0]}", runs[0]])
        {
            var graph = await AskAsync(server, of);
            Assert.Equal($"run:{runs[0]}", graph.Of);
            Assert.Equal(["samples", "data", "config", "run", "package", "model"], graph.Nodes.Select(node => node.Kind));
        }
        Assert.Equal($"package:{Package}", (await AskAsync(server, Package[..12])).Of);
        // Runs with the same settings have one node of settings between them.
        Assert.Single((await AskAsync(server, "stripes")).Nodes, node => node.Kind == "config");
    }

    [Fact]
    public async Task Data_that_only_a_run_knows_of_is_shown_as_not_here()
    {
        await using var server = await MlflowServer.StartAsync();
        var run = await server.LogRunAsync("elsewhere", 0.5);
        var digest = new string('b', 64);
        await server.PostAsync("runs/set-tag", JsonSerializer.Serialize(new { run_id = run, key = "saki.dataset", value = $"gone@{digest}" }));
        var graph = await AskAsync(server, digest);
        Assert.Contains(graph.Nodes, node => node.Id == $"run:{run}");
        Assert.Equal("not on this server", graph.Nodes.Single(node => node.Kind == "data").Note);
    }

    [Theory]
    [InlineData("models:/m/9")]
    [InlineData("models:/m")]
    [InlineData("runs:/0123")]
    [InlineData("nothing")]
    [InlineData("deadbeefdeadbeef")]
    [InlineData("%' OR '1'='1")]
    [InlineData("../../etc/passwd")]
    public async Task What_is_not_there_is_refused_in_words(string of)
    {
        await using var server = await MlflowServer.StartAsync();
        await FillAsync(server);
        var (status, _, message) = await server.RefusalAsync(HttpMethod.Get, $"/api/2.0/saki/lineage?of={Uri.EscapeDataString(of)}");
        Assert.InRange(status, 400, 404);
        Assert.Contains("expected", message, StringComparison.OrdinalIgnoreCase);
        using var page = await server.Client.VisitAsync($"/lineage?of={Uri.EscapeDataString(of)}");
        Assert.Equal(status, (int)page.StatusCode);
    }

    [Fact]
    public async Task The_page_draws_the_graph_links_every_thing_and_lists_the_same_in_words()
    {
        await using var server = await MlflowServer.StartAsync();
        var (data, runs) = await FillAsync(server, RunPagesServer.Payload);
        var page = await server.PageAsync("/lineage?of=models:/m/1");
        Assert.Equal(6, page.QuerySelectorAll(".lineage rect").Length);
        Assert.Equal(5, page.QuerySelectorAll(".lineage path").Length);
        Assert.Equal(6, page.QuerySelectorAll("tbody tr").Length);
        Assert.Equal("model:m/1", page.QuerySelector("tr[aria-selected]")!.GetAttribute("data-node"));
        Assert.Contains(RunPagesServer.Payload, page.QuerySelector($"tr[data-node='run:{runs[0]}'] th bdi")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("main img, main script"));
        var link = page.QuerySelectorAll(".lineage a").First(box => box.TextContent.Contains("stripes", StringComparison.Ordinal)).GetAttribute("href")!;
        Assert.Contains(data.Digest.Short, (await server.PageAsync(link)).QuerySelector("h1")!.TextContent, StringComparison.Ordinal);
        Assert.NotNull((await server.PageAsync("/lineage")).QuerySelector(".empty"));
    }

    private static async Task<(DatasetSummary Data, string[] Runs)> FillAsync(MlflowServer server, string name = "first")
    {
        GatedModels.ImportStripes(server.Home);
        using var store = new DatasetStore(server.Home);
        var data = store.Versions("stripes")[0];
        string[] runs = [await server.LogRunAsync(name, 0.5), await server.LogRunAsync("second", 0.5, start: 2000)];
        foreach (var run in runs) await server.PostAsync("runs/set-tag", JsonSerializer.Serialize(new { run_id = run, key = "saki.dataset", value = $"stripes@{data.Digest}" }));
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        await server.PostAsync("model-versions/create", JsonSerializer.Serialize(new { name = "m", source = "mlflow-artifacts:/p", run_id = runs[0], tags = new[] { new { key = "saki.package", value = Package } } }));
        await server.PostAsync("registered-models/alias", """{"name":"m","alias":"best","version":"1"}""");
        return (data, runs);
    }

    private static Sample[] Samples(MlflowServer server, DatasetSummary data)
    {
        using var store = new DatasetStore(server.Home);
        return [.. store.Load(data.ToString()).Samples];
    }

    private static async Task<LineageGraph> AskAsync(MlflowServer server, string of) =>
        JsonSerializer.Deserialize(await server.Client.GetStringAsync($"/api/2.0/saki/lineage?of={Uri.EscapeDataString(of)}"), MlflowJson.Of<LineageGraph>())!;
}
