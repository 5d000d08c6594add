using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Server.Tests.Jobs;
using Saki.Server.Tests.RunPages;

namespace Saki.Server.Tests.JobPages;

/// <summary>The pages as they come from the server, which is all that somebody without scripts has.</summary>
public sealed class JobPageTests
{
    private const string Arguments = """
        arguments:
          - {name: words, type: list, required: true, help: Some words.}
          - {name: colour, type: choice, choices: [red, blue], default: blue}
          - {name: loud, type: boolean, as: [--loud]}
          - {name: n, type: integer, min: 1, max: 9, default: '3'}
        """;

    [Fact]
    public async Task An_empty_list_says_what_to_type()
    {
        await using var server = await JobsServer.StartAsync();
        var page = await PageAsync(server, "/jobs");
        Assert.Contains("saki jobs start train experiment=emotions", page.QuerySelector(".empty")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Jobs", page.QuerySelector(".nav [aria-current=page]")!.TextContent.Trim());
    }

    [Fact]
    public async Task A_kind_of_ones_own_is_a_form_whose_values_start_a_job()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("paint", "for word in \"$@\"; do echo \"[$word]\"; done", Arguments);
        var choice = await PageAsync(server, "/jobs/new");
        Assert.Contains(choice.QuerySelectorAll("main a"), link => link.GetAttribute("href") == "/jobs/new?kind=paint");
        var form = await PageAsync(server, "/jobs/new?kind=paint");
        Assert.Equal(["a.words", "a.colour", "a.loud", "a.n", "priority"], form.QuerySelectorAll("main :is(textarea, select, input:not([type=hidden]))").Select(field => field.GetAttribute("name")));

        using var started = await PostAsync(server, "/jobs/new", ("kind", "paint"), ("a.words", "one two\r\nthree"), ("a.colour", "red"), ("a.loud", "true"), ("a.n", "4"), ("priority", "2"));
        Assert.Equal(HttpStatusCode.SeeOther, started.StatusCode);
        Assert.Equal("/jobs/1", started.Headers.Location!.ToString());
        await server.UntilAsync(1, "succeeded");
        Assert.Equal("[one two]\n[three]\n[red]\n[--loud]\n[4]\n", await server.LogAsync(1));
    }

    [Fact]
    public async Task A_refused_form_keeps_what_was_typed_and_says_why()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("paint", "true", Arguments);
        using var refused = await PostAsync(server, "/jobs/new", ("kind", "paint"), ("a.words", "fine"), ("a.n", "77"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var page = await new HtmlParser().ParseDocumentAsync(await refused.Content.ReadAsStringAsync());
        Assert.Contains("from 1 to 9", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("fine", page.QuerySelector("textarea")!.TextContent);
        Assert.Equal("77", page.QuerySelector("input[name='a.n']")!.GetAttribute("value"));
    }

    [Fact]
    public async Task The_page_of_a_job_shows_state_log_figures_and_what_can_be_done()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("measure", "echo measured; echo '{\"accuracy\":0.8125,\"other\":1}' >result.json", "figures: [accuracy]");
        server.AddKind("wait", "echo waiting; sleep 600");
        var (done, running) = (await server.SubmitAsync("measure"), await server.SubmitAsync("wait"));
        await server.UntilAsync(done, "succeeded");
        await server.UntilAsync(running, "running");

        var page = await PageAsync(server, $"/jobs/{done}");
        Assert.Contains("Succeeded", page.QuerySelector("#state")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("measured\n", page.QuerySelector("#log")!.TextContent);
        Assert.Contains("0.8125", page.QuerySelector(".stats")!.TextContent, StringComparison.Ordinal);
        Assert.Equal($"/jobs/{done}/retry", page.QuerySelector("#confirm form")!.GetAttribute("action"));

        var other = await PageAsync(server, $"/jobs/{running}");
        Assert.Equal($"/jobs/{running}/cancel", other.QuerySelector("#confirm form")!.GetAttribute("action"));
        using var cancelled = await PostAsync(server, $"/jobs/{running}/cancel");
        Assert.Equal(HttpStatusCode.SeeOther, cancelled.StatusCode);
        await server.UntilAsync(running, "cancelled");
        var list = await PageAsync(server, "/jobs?state=cancelled");
        Assert.Single(list.QuerySelectorAll("tbody tr"));
    }

    [Fact]
    public async Task What_names_titles_logs_and_progress_hold_is_text()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("evil", "cat <<'E'\n" + RunPagesServer.Payload + "\nE\nexit 3");
        var id = await server.SubmitAsync("evil", "{}", $",\"title\":{System.Text.Json.JsonSerializer.Serialize(RunPagesServer.Payload)}");
        await server.UntilAsync(id, "failed");
        foreach (var path in (string[])["/jobs", $"/jobs/{id}"])
        {
            var page = await PageAsync(server, path);
            Assert.Empty(page.QuerySelectorAll("img[onerror], main script, [style]"));
            Assert.Contains("onerror", page.Body!.TextContent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_job_that_is_not_there_is_a_page_that_says_so()
    {
        await using var server = await JobsServer.StartAsync();
        using var reply = await server.Client.VisitAsync("/jobs/77");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        var page = await reply.PageAsync();
        Assert.Equal("Not here", page.QuerySelector("h1")!.TextContent);
        Assert.Contains("77", page.QuerySelector(".note")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Jobs", page.QuerySelector(".nav [aria-current=page]")!.TextContent);
    }

    private static async Task<IHtmlDocument> PageAsync(JobsServer server, string path) => await new HtmlParser().ParseDocumentAsync(await server.Client.GetStringAsync(path));

    private static async Task<HttpResponseMessage> PostAsync(JobsServer server, string path, params (string Name, string Value)[] fields)
    {
        using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
        return await server.Client.PostAsync(path, form);
    }
}
