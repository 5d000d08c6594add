using System.Text.Json;
using Microsoft.Playwright;
using Saki.Server.Tests.RunPages;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Browser;

/// <summary>Runs and models in a real browser: names from outside stay text, running rows move, charts are zoomed, and all of it reads without scripts.</summary>
public sealed class RunPagesScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task Names_params_tags_and_files_that_carry_a_script_are_shown_as_text()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync(RunPagesServer.Payload, 0.5);
        var other = await server.LogRunAsync("plain", 0.7, start: 500);
        await server.PostAsync("runs/log-batch", JsonSerializer.Serialize(new { run_id = id, @params = new[] { new { key = "evil", value = RunPagesServer.Payload } } }));
        await server.PostAsync("registered-models/create", JsonSerializer.Serialize(new { name = "<img src=x onerror=alert(1)>", description = RunPagesServer.Payload }));
        await RunPageTests.PutAsync(server, id, "<img src=x onerror=alert(1)>.txt", "<script>alert(1)</script>"u8.ToArray());
        await RunPageTests.PutAsync(server, id, "evil.svg", """<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>"""u8.ToArray());

        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        var alarms = 0;
        visit.Page.Dialog += (_, dialog) =>
        {
            alarms++;
            _ = dialog.DismissAsync();
        };
        string[] paths =
        [
            "runs", "runs?col=params.evil&col=tags.note", $"runs?filter={Uri.EscapeDataString("params.evil LIKE '%'")}", $"runs/{id}", $"runs/{id}/charts", $"runs/{id}/parameters", $"runs/{id}/artifacts",
            $"runs/{id}/artifacts?path={Uri.EscapeDataString("<img src=x onerror=alert(1)>.txt")}", $"runs/{id}/artifacts?path=evil.svg", $"runs/compare?ids={id}&ids={other}", "models", $"models/{Uri.EscapeDataString("<img src=x onerror=alert(1)>")}",
        ];
        foreach (var path in paths)
        {
            await visit.Page.GotoAsync($"{server.Address}{path}");
            Assert.Equal(0, await visit.Page.Locator("img[onerror], [onload], main script").CountAsync());
            Assert.Equal(0, await visit.Page.Locator("[style]").CountAsync());
        }
        Assert.Equal(0, alarms);
    }

    [BrowserFact]
    public async Task A_running_row_shows_its_new_value_without_a_reload_and_keeps_its_tick()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("runs", 0.5, running: true);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs?col=metrics.val_acc");
        await visit.Page.CheckAsync(".pick input");
        await Assertions.Expect(visit.Page.Locator("[data-count]")).ToHaveTextAsync("1 selected");
        await server.PostAsync("runs/log-metric", JsonSerializer.Serialize(new { run_id = id, key = "val_acc", value = 0.8125, timestamp = 9_000, step = 99 }));
        await Assertions.Expect(visit.Page.Locator($"tr[data-run='{id}']")).ToContainTextAsync("0.8125", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator(".pick input")).ToBeCheckedAsync();
        await server.PostAsync("runs/update", JsonSerializer.Serialize(new { run_id = id, status = "FINISHED", end_time = 10_000 }));
        await Assertions.Expect(visit.Page.Locator($"tr[data-run='{id}']")).ToContainTextAsync("Finished", new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task New_runs_are_told_of_and_nothing_moves_until_they_are_asked_for()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("old", 0.5, start: 1000);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs");
        var row = await visit.Page.Locator("tbody tr").First.BoundingBoxAsync();
        await server.LogRunAsync("new", 0.6, start: 2000);
        await Assertions.Expect(visit.Page.Locator("#fresh")).ToHaveTextAsync("1 new run", new() { Timeout = 30_000 });
        Assert.Equal(row!.Y, (await visit.Page.Locator("tbody tr").First.BoundingBoxAsync())!.Y);
        Assert.Equal(1, await visit.Page.Locator("tbody tr").CountAsync());
        await visit.Page.ClickAsync("#fresh a");
        await Assertions.Expect(visit.Page.Locator("tbody tr").First).ToContainTextAsync("new");
    }

    [BrowserFact]
    public async Task Links_that_MLflows_client_prints_lead_to_the_run()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("net", 0.5);
        await using var visit = await chromium.OpenAsync($"{server.Address}#/experiments/0/runs/{id}");
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("net", new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task Dragging_over_a_chart_zooms_into_it_and_a_double_click_shows_all_again()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.5);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs/{id}/charts");
        var plot = visit.Page.Locator(".plot > svg").First;
        var box = (await plot.BoundingBoxAsync())!;
        await visit.Page.Mouse.MoveAsync(box.X + (box.Width * 0.2f), box.Y + 40);
        await Assertions.Expect(visit.Page.Locator(".plot output")).ToContainTextAsync("step 2");
        await visit.Page.Mouse.DownAsync();
        await visit.Page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 60);
        await visit.Page.Mouse.UpAsync();
        await Assertions.Expect(visit.Page.Locator(".plot > svg").First).ToHaveAttributeAsync("data-from", "2");
        Assert.Contains("from=2&to=6", visit.Page.Url, StringComparison.Ordinal);
        await visit.Page.Locator(".plot > svg").First.DblClickAsync();
        await Assertions.Expect(visit.Page.Locator(".plot > svg").First).ToHaveAttributeAsync("data-from", "0");
    }

    [BrowserFact]
    public async Task Keys_reach_the_filter_move_between_rows_and_tick_them()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("older", 0.5, start: 1000);
        await server.LogRunAsync("newer", 0.6, start: 2000);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs");
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("x");
        await visit.Page.Keyboard.PressAsync("j");
        await visit.Page.Keyboard.PressAsync("x");
        await Assertions.Expect(visit.Page.Locator("[data-count]")).ToHaveTextAsync("2 selected");
        await visit.Page.ClickAsync("#compare .primary");
        await Assertions.Expect(visit.Page.Locator("h1")).ToHaveTextAsync("Compare 2 runs");
        await visit.Page.GoBackAsync();
        await visit.Page.Keyboard.PressAsync("/");
        await Assertions.Expect(visit.Page.Locator("input[name=filter]")).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task Without_scripts_runs_are_filtered_ordered_and_compared()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("low", 0.2, start: 2000);
        await server.LogRunAsync("high", 0.9, start: 1000);
        await using var visit = await chromium.OpenAsync($"{server.Address}runs", new BrowserNewContextOptions { JavaScriptEnabled = false });
        await visit.Page.ClickAsync("th a[title='metrics.val_acc']");
        await Assertions.Expect(visit.Page.Locator("tbody tr").First).ToContainTextAsync("high");
        await visit.Page.FillAsync("input[name=filter]", "metrics.val_acc > 0.1");
        await visit.Page.ClickAsync("text=Apply");
        foreach (var box in await visit.Page.Locator(".pick input").AllAsync()) await box.CheckAsync();
        await visit.Page.ClickAsync("#compare .primary");
        await Assertions.Expect(visit.Page.Locator("figure polyline").First).ToBeAttachedAsync();
    }
}
