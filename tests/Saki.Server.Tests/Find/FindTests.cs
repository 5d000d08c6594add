using System.Text.Json.Nodes;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Find;

/// <summary>What the palette finds by a part of a name.</summary>
public sealed class FindTests
{
    [Fact]
    public async Task Models_runs_and_experiments_are_found_by_a_part_of_their_name_and_runs_by_their_id()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"Emotions & more"}""");
        var experiment = (string)(await server.PostAsync("experiments/create", """{"name":"emotions-small"}"""))["experiment_id"]!;
        var run = (string)(await server.PostAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","run_name":"my emotion run","start_time":1}"""))["run"]!["info"]!["run_id"]!;
        var found = await FindAsync(server, "EMOTION");
        Assert.Equal(["/models/Emotions%20%26%20more", $"/runs/{run}", $"/runs?experiment={experiment}"], found.Select(entry => (string)entry!["href"]!));
        Assert.Equal([$"/runs/{run}"], (await FindAsync(server, run[..8])).Select(entry => (string)entry!["href"]!));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("%%%%")]
    [InlineData("' OR name LIKE '%")]
    [InlineData("\"`\\;--")]
    [InlineData("nothing is called that")]
    public async Task Odd_and_short_texts_find_nothing_and_break_nothing(string text)
    {
        await using var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"emotions"}""");
        Assert.Empty(await FindAsync(server, text));
    }

    private static async Task<JsonArray> FindAsync(MlflowServer server, string text) => JsonNode.Parse(await server.Client.GetStringAsync($"/find?q={Uri.EscapeDataString(text)}"))!.AsArray();
}
