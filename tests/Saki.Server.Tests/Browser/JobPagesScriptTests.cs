using Microsoft.Playwright;
using Saki.Server.Tests.Jobs;

namespace Saki.Server.Tests.Browser;

/// <summary>Jobs in a real browser: the log is followed, states change under the open page, and all of it works without scripts.</summary>
public sealed class JobPagesScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Steps = "echo begun; while [ ! -e go ]; do sleep 0.05; done; echo ended";

    [BrowserFact]
    public async Task The_log_grows_and_the_state_changes_under_the_open_page()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("steps", Steps);
        var id = await server.SubmitAsync("steps");
        await using var visit = await chromium.OpenAsync($"{server.Address}jobs/{id}");
        await Assertions.Expect(visit.Page.Locator("#log")).ToContainTextAsync("begun", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator("#state")).ToContainTextAsync("Running", new() { Timeout = 30_000 });
        await File.WriteAllTextAsync(Path.Combine(server.Home.Jobs, $"{id}", "1", "go"), "");
        await Assertions.Expect(visit.Page.Locator("#log")).ToContainTextAsync("ended", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator("#state")).ToContainTextAsync("Succeeded", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator("#action")).ToContainTextAsync("Run again", new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task A_form_clicked_twice_is_sent_once_and_the_way_back_sends_nothing()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("steps", Steps);
        await using var visit = await chromium.OpenAsync($"{server.Address}jobs/new?kind=steps");
        await visit.Page.Locator("text=Queue it").DblClickAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync($"{server.Address}jobs/1");
        await visit.Page.GoBackAsync();
        await Assertions.Expect(visit.Page.Locator("text=Queue it")).Not.ToHaveAttributeAsync("aria-busy", "true");
        await visit.Page.ReloadAsync();
        await visit.Page.GoForwardAsync();
        await Assertions.Expect(visit.Page).ToHaveURLAsync($"{server.Address}jobs/1");
        await visit.Page.ReloadAsync();
        Assert.Single((await server.CallAsync(HttpMethod.Get, "/api/jobs"))["jobs"]!.AsArray());
    }

    [BrowserTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_job_is_started_from_its_form_cancelled_after_a_question_and_run_again(bool scripts)
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("steps", Steps, "arguments:\n  - {name: name, required: true}");
        await using var visit = await chromium.OpenAsync($"{server.Address}jobs", new BrowserNewContextOptions { JavaScriptEnabled = scripts });
        await visit.Page.ClickAsync(".empty a");
        await visit.Page.ClickAsync("a[href='/jobs/new?kind=steps']");
        await visit.Page.FillAsync("input[name='a.name']", "<b>first</b>");
        await visit.Page.ClickAsync("text=Queue it");
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("<b>first</b>");
        await server.UntilAsync(1, "running");
        await visit.Page.ReloadAsync();
        await visit.Page.ClickAsync("#action");
        await visit.Page.ClickAsync("#confirm .primary");
        await server.UntilAsync(1, "cancelled");
        await visit.Page.ReloadAsync();
        await visit.Page.ClickAsync("#action");
        await visit.Page.ClickAsync("#confirm .primary");
        await server.UntilAsync(1, "running");
        await visit.Page.GotoAsync($"{server.Address}jobs");
        await Assertions.Expect(visit.Page.Locator("tbody tr")).ToHaveCountAsync(1);
    }
}
