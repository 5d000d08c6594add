using System.Net;
using System.Text.Json;
using Saki.Server.Tests.RunPages;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.ModelPages;

public sealed class ModelPageTests
{
    [Fact]
    public async Task Without_a_model_the_list_says_what_to_type()
    {
        await using var server = await MlflowServer.StartAsync();
        Assert.Contains("saki models register", (await server.PageAsync("/models")).QuerySelector(".empty")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Versions_stand_in_their_stages_with_the_figure_of_their_run()
    {
        await using var server = await MlflowServer.StartAsync();
        await RegisterAsync(server, "emotions", 3);
        await server.PostAsync("model-versions/transition-stage", """{"name":"emotions","version":"2","stage":"Production","archive_existing_versions":"false"}""");
        await server.PostAsync("registered-models/alias", """{"name":"emotions","alias":"challenger","version":"3"}""");
        var page = await server.PageAsync("/models/emotions");
        Assert.Equal(["v3 v1", "", "v2", ""], page.QuerySelectorAll(".board > section").Select(stage => string.Join(' ', stage.QuerySelectorAll(".ver b").Select(name => name.TextContent))));
        Assert.Contains("0.8200", page.QuerySelector(".ver.champ")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("@challenger", page.QuerySelector("#v3")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("0.8300", page.QuerySelector("td.best")!.TextContent);
        var list = await server.PageAsync("/models");
        Assert.Contains("v2", list.QuerySelector("tbody tr")!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("it's \"so\" 100% <b>bold")]
    [InlineData("a_b%c")]
    [InlineData("名前 ümlaut")]
    public async Task A_model_of_any_name_has_a_page_with_its_own_versions_only(string name)
    {
        await using var server = await MlflowServer.StartAsync();
        await RegisterAsync(server, name, 2);
        await RegisterAsync(server, name.Replace('\'', 'x').Replace('_', 'x'), 1, tolerate: true);
        var link = (await server.PageAsync("/models")).QuerySelectorAll("tbody a").First(cell => cell.TextContent == name).GetAttribute("href")!;
        var page = await server.PageAsync(link);
        Assert.Equal(name, page.QuerySelector("h1")!.TextContent);
        Assert.Equal(2, page.QuerySelectorAll("tbody tr").Length);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_a_page_that_says_so()
    {
        await using var server = await MlflowServer.StartAsync();
        using var reply = await server.Client.VisitAsync("/models/nothing");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.StartsWith("text/html", reply.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_that_ask_at_the_same_address_are_answered_by_torchserves_management()
    {
        await using var server = await MlflowServer.StartAsync();
        using var reply = await server.Client.GetAsync("/models");
        Assert.Equal("application/json", reply.Content.Headers.ContentType!.MediaType);
    }

    private static async Task RegisterAsync(MlflowServer server, string name, int versions, bool tolerate = false)
    {
        using var made = await server.SendAsync(HttpMethod.Post, "registered-models/create", JsonSerializer.Serialize(new { name }));
        if (tolerate && !made.IsSuccessStatusCode) return;
        for (var i = 1; i <= versions; i++)
        {
            var run = await server.LogRunAsync($"run-{i}", 0.8 + (i / 100.0));
            await server.PostAsync("model-versions/create", JsonSerializer.Serialize(new { name, source = $"runs:/{run}/model", run_id = run }));
        }
    }
}
