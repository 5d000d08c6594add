using System.Net;
using System.Text.Json;
using AngleSharp.Html.Dom;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.RunPages;

/// <summary>Tags, deletions and columns by the forms and links of the pages.</summary>
public sealed class RunEditTests
{
    [Fact]
    public async Task A_tag_is_set_changed_and_taken_away_by_the_form_of_the_run()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        using var set = await PostAsync(server, $"/runs/{id}/tag", ("key", "verdict"), ("value", RunPagesServer.Payload));
        Assert.Equal((HttpStatusCode.SeeOther, $"/runs/{id}/parameters"), (set.StatusCode, set.Headers.Location!.OriginalString));
        var page = await server.PageAsync($"/runs/{id}/parameters");
        Assert.Contains(RunPagesServer.Payload, page.QuerySelectorAll(".pairs bdi").Select(cell => cell.TextContent));
        var table = await server.PageAsync("/runs?col=tags.verdict");
        Assert.Equal(RunPagesServer.Payload, table.QuerySelector("td[data-tag=verdict] bdi")!.TextContent);
        Assert.NotNull(table.QuerySelector("td[data-tag=verdict] button.edit"));
        using var dropped = await PostAsync(server, $"/runs/{id}/tag", ("key", "verdict"), ("drop", "true"));
        Assert.Equal(HttpStatusCode.SeeOther, dropped.StatusCode);
        Assert.Null((await server.PageAsync("/runs?col=tags.verdict")).QuerySelector("td[data-tag=verdict] bdi[title]"));
        using var refused = await PostAsync(server, $"/runs/{id}/tag", ("key", "../x"), ("value", "y"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Ticked_runs_are_deleted_together_and_brought_back_by_undo()
    {
        await using var server = await MlflowServer.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 4; i++) ids.Add(await server.LogRunAsync($"run-{i}", 0.5, start: i));
        using var deleted = await server.Client.PostAsync("/runs/delete?back=%2Fruns%3Forder%3Dname",
            new FormUrlEncodedContent([new("ids", ids[1]), new("ids", ids[2]), new("ids", new string('0', 32)), new("ids", "../../x")]));
        var page = await server.PageAsync(deleted.Headers.Location!.OriginalString);
        Assert.Equal(["run-0", "run-3"], page.Names());
        Assert.Contains("2 runs deleted", page.QuerySelector("#undone")!.TextContent, StringComparison.Ordinal);
        var form = (IHtmlFormElement)page.QuerySelector("#undone")!;
        using var restored = await PostAsync(server, form.GetAttribute("action")!, ("ids", form.QuerySelector("input[name=ids]")!.GetAttribute("value")!));
        Assert.Equal("/runs?order=name", restored.Headers.Location!.OriginalString);
        Assert.Equal(4, (await server.PageAsync(restored.Headers.Location!.OriginalString)).Names().Count);
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/runs/../x")]
    [InlineData("/\\evil.example")]
    public async Task The_way_back_leads_only_to_the_table_of_runs(string back)
    {
        await using var server = await MlflowServer.StartAsync();
        using var reply = await PostAsync(server, $"/runs/restore?back={Uri.EscapeDataString(back)}", ("ids", ""));
        Assert.Equal("/runs", reply.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_column_moves_to_the_left_and_stays_there_by_its_address()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("one", 0.5);
        var page = await server.PageAsync("/runs?col=metrics.loss&col=params.lr&col=tags.note");
        var moved = await server.PageAsync(page.QuerySelector("a[aria-label='Move tags.note to the left']")!.GetAttribute("href")!);
        Assert.Equal(["metrics.loss", "tags.note", "params.lr"], moved.QuerySelectorAll("thead th[data-col]").Select(head => head.GetAttribute("data-col")!).Where(name => name.Contains('.')));
    }

    [Fact]
    public async Task Experiments_are_listed_with_their_runs_and_mlflows_own_addresses_lead_on()
    {
        await using var server = await MlflowServer.StartAsync();
        var experiment = (string)(await server.PostAsync("experiments/create", JsonSerializer.Serialize(new { name = RunPagesServer.Payload })))["experiment_id"]!;
        var id = await server.LogRunAsync("one", 0.5, experiment: experiment);
        var page = await server.PageAsync("/experiments");
        var row = page.QuerySelectorAll("tbody tr").Single(row => row.QuerySelector("bdi")!.TextContent == RunPagesServer.Payload);
        Assert.Equal("1", row.QuerySelectorAll("td")[1].TextContent);
        Assert.Equal(["one"], (await server.PageAsync(row.QuerySelector("a")!.GetAttribute("href")!)).Names());
        using var run = await server.Client.VisitAsync($"/experiments/{experiment}/runs/{id}");
        Assert.Equal($"/runs/{id}", run.Headers.Location!.OriginalString);
    }

    private static Task<HttpResponseMessage> PostAsync(MlflowServer server, string path, params (string Name, string Value)[] fields) =>
        server.Client.PostAsync(path, new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value)));
}
