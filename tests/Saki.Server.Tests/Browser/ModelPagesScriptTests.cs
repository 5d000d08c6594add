using System.Text.Json;
using Microsoft.Playwright;
using Saki.Server.Tests.Registry;
using Saki.Server.Tests.RunPages;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Browser;

/// <summary>Models, lineage and edits in a real browser: by mouse, by keys, without scripts, and with names that carry scripts.</summary>
public sealed class ModelPagesScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task A_version_is_promoted_by_a_key_and_rolled_back_by_the_mouse_with_a_reason()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 2);
        await server.MoveAsync("m", 1, "Production");
        await using var visit = await chromium.OpenAsync($"{server.Address}models/m?version=2");
        await visit.Page.Keyboard.PressAsync("p");
        await Assertions.Expect(visit.Page.Locator("#promote")).ToBeVisibleAsync();
        await visit.Page.FillAsync("#promote input[name=why]", "better on faces");
        await visit.Page.ClickAsync("#promote .primary");
        await Assertions.Expect(visit.Page.Locator("main [role=status]")).ToContainTextAsync("moved v2 from None to Production");
        await visit.Page.ClickAsync("main [role=status] >> text=Undo");
        await visit.Page.FillAsync("#rollback input[name=why]", "too eager");
        await visit.Page.ClickAsync("#rollback .primary");
        await Assertions.Expect(visit.Page.Locator("main [role=status]")).ToContainTextAsync("rolled back from v2 to v1");
        Assert.Equal("1 Production production, 2 Archived", await server.StateAsync("m"));
    }

    [BrowserFact]
    public async Task Without_scripts_a_version_is_promoted_too()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 1);
        await using var visit = await chromium.OpenAsync($"{server.Address}models/m", new BrowserNewContextOptions { JavaScriptEnabled = false });
        await visit.Page.ClickAsync("[popovertarget=promote]");
        await visit.Page.ClickAsync("#promote .primary");
        await Assertions.Expect(visit.Page.Locator("main [role=status]")).ToContainTextAsync("moved v1");
    }

    [BrowserFact]
    public async Task Names_reasons_aliases_and_samples_that_carry_a_script_are_shown_as_text()
    {
        const string Name = "<img src=x onerror=alert(1)>";
        await using var server = await MlflowServer.StartAsync();
        var run = await server.LogRunAsync(RunPagesServer.Payload, 0.5);
        await server.PostAsync("runs/set-tag", JsonSerializer.Serialize(new { run_id = run, key = "saki.dataset", value = $"{RunPagesServer.Payload}@{new string('c', 64)}" }));
        await server.PostAsync("registered-models/create", JsonSerializer.Serialize(new { name = Name, description = RunPagesServer.Payload }));
        await server.PostAsync("model-versions/create", JsonSerializer.Serialize(new { name = Name, source = $"runs:/{run}/model", run_id = run, tags = new[] { new { key = "note", value = RunPagesServer.Payload }, new { key = "saki.package", value = RunPagesServer.Payload } } }));
        await server.PostAsync("/api/2.0/saki/registry/promote", JsonSerializer.Serialize(new { name = Name, version = "1", why = RunPagesServer.Payload }));
        await RunPageTests.PutAsync(server, run, "evaluation.json", "{\"per_class\":\"<img src=x onerror=alert(1)>\"}"u8.ToArray());
        var other = await server.LogRunAsync(RunPagesServer.Payload, 0.9, start: 5);
        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        var alarms = 0;
        visit.Page.Dialog += (_, dialog) =>
        {
            alarms++;
            _ = dialog.DismissAsync();
        };
        var model = Uri.EscapeDataString(Name);
        foreach (var path in (string[])[$"models/{model}?moved=2", $"models/{model}/audit", $"lineage?of={Uri.EscapeDataString($"models:/{Name}/1")}", $"lineage?of={model}", $"lineage?of={new string('c', 64)}", $"runs/compare?ids={run}&ids={other}", "runs?col=tags.note", "experiments"])
        {
            await visit.Page.GotoAsync($"{server.Address}{path}");
            Assert.Equal(0, await visit.Page.Locator("img[onerror], [onload], main script, [style]").CountAsync());
        }
        Assert.Equal(0, alarms);
    }

    [BrowserFact]
    public async Task A_tag_is_edited_where_it_stands_and_a_column_keeps_its_width()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs?col=tags.note&col=metrics.loss");
        var cell = visit.Page.Locator("td[data-tag=note]");
        await cell.HoverAsync();
        await cell.Locator(".edit").ClickAsync();
        await visit.Page.FillAsync("td[data-tag=note] input", "a better <b>note</b>");
        await visit.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(cell.Locator("bdi")).ToHaveTextAsync("a better <b>note</b>");
        await visit.Page.ReloadAsync();
        await Assertions.Expect(cell.Locator("bdi")).ToHaveTextAsync("a better <b>note</b>");

        var head = visit.Page.Locator("th[data-col='tags.note']");
        var before = (await head.BoundingBoxAsync())!.Width;
        await head.Locator("a").FocusAsync();
        for (var i = 0; i < 5; i++) await visit.Page.Keyboard.PressAsync("Alt+ArrowRight");
        await visit.Page.ReloadAsync();
        Assert.InRange((await head.BoundingBoxAsync())!.Width, before + 60, before + 100);
    }

    [BrowserFact]
    public async Task Ticked_runs_are_deleted_and_undone_by_the_mouse()
    {
        await using var server = await MlflowServer.StartAsync();
        foreach (var name in (string[])["a", "b", "c"]) await server.LogRunAsync(name, 0.5);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs");
        foreach (var box in (await visit.Page.Locator(".pick input").AllAsync()).Take(2)) await box.CheckAsync();
        await visit.Page.ClickAsync("#compare .danger");
        await Assertions.Expect(visit.Page.Locator("#undone")).ToContainTextAsync("2 runs deleted");
        await Assertions.Expect(visit.Page.Locator("tr[data-run]")).ToHaveCountAsync(1);
        await visit.Page.ClickAsync("#undone button");
        await Assertions.Expect(visit.Page.Locator("tr[data-run]")).ToHaveCountAsync(3);
    }
}
