using Microsoft.Playwright;
using Saki.Labelling;
using Saki.Server.Accounts;
using Saki.Server.Tests.Labelling;

namespace Saki.Server.Tests.Browser;

/// <summary>The labelling page in a real browser: one key, one label; and the same without scripts.</summary>
public sealed class LabelScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task One_key_labels_the_next_picture_is_loaded_already_and_undo_brings_the_last_back()
    {
        await using var home = await LabelHome.StartAsync(each: 4, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Blind = 0, Group = false });
        await using var visit = await OpenAsync(home, "label/q");
        var page = visit.Page;
        var first = await TaskAsync(page);
        var next = await page.Locator(".queue img").First.GetAttributeAsync("src");
        await page.Keyboard.PressAsync("2");
        await Assertions.Expect(page.Locator(".vh[role=status]")).ToHaveTextAsync("Labelled happy");
        Assert.Equal(next, await page.Locator(".stage img").GetAttributeAsync("src"));
        await page.Keyboard.PressAsync("s");
        await Assertions.Expect(page.Locator(".vh[role=status]")).ToHaveTextAsync("Skipped");
        await page.Keyboard.PressAsync("z");
        await Assertions.Expect(page.Locator(".vh[role=status]")).ToHaveTextAsync("Taken back");
        await page.Keyboard.PressAsync("z");
        await Assertions.Expect(page.Locator("input[name=task]").First).ToHaveValueAsync(first);
        var history = await home.HistoryAsync("q");
        Assert.Equal(["label", "skip", "undo", "undo"], history.Select(entry => entry.Kind));
        Assert.True(history[0].Took > 0);
    }

    [BrowserFact]
    public async Task Guesses_hide_the_picture_zooms_and_the_keys_are_listed()
    {
        await using var home = await LabelHome.StartAsync(each: 4, unlabelled: 0);
        await home.QueueAsync(new LabelQueueAsk { Name = "q", Data = "faces", Blind = 0, Group = false });
        await using var visit = await OpenAsync(home, "label/q");
        var page = visit.Page;
        await Assertions.Expect(page.Locator(".lab .n").First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("h");
        await Assertions.Expect(page.Locator(".lab .n").First).Not.ToBeVisibleAsync();
        await page.Keyboard.PressAsync("1");
        await Assertions.Expect(page.Locator(".vh[role=status]")).ToHaveTextAsync("Labelled angry");
        await Assertions.Expect(page.Locator(".lab .n").First).Not.ToBeVisibleAsync();
        var before = (await page.Locator(".stage img").BoundingBoxAsync())!.Width;
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".stage")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("zoomed"));
        Assert.True((await page.Locator(".stage img").BoundingBoxAsync())!.Width >= before);
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("#keys")).ToBeVisibleAsync();
        Assert.Equal(0, await page.Locator("[style], main script").CountAsync());
    }

    [BrowserFact]
    public async Task Without_scripts_a_queue_is_made_labelled_and_becomes_a_version()
    {
        await using var home = await LabelHome.StartAsync(each: 2, unlabelled: 3);
        await using var visit = await OpenAsync(home, "label", scripts: false);
        var page = visit.Page;
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("saki labels queue first --data faces");
        await page.FillAsync("input[name=name]", "plain");
        await page.ClickAsync("button:has-text('Make queue')");
        await Assertions.Expect(page.Locator("tbody th")).ToHaveTextAsync("plain");
        while (await page.Locator(".busy").CountAsync() > 0) await page.ReloadAsync();
        await page.ClickAsync("main a:has-text('plain')");
        for (var i = 0; i < 3; i++) await page.ClickAsync("button.lab[value=sad]");
        await Assertions.Expect(page.Locator("h2").First).ToContainTextAsync("Nothing left for you");
        await page.ClickAsync("text=See what came out");
        await Assertions.Expect(page.Locator("ins").First).ToHaveTextAsync("sad");
        await page.ClickAsync("text=Make version");
        await Assertions.Expect(page.Locator(".note.ok")).ToContainTextAsync("is the newest version now");
        Assert.Equal(5, home.Load().Samples.Count(sample => home.Load().Classes[sample.Label] == "sad"));
    }

    private async Task<Visit> OpenAsync(LabelHome home, string path, bool scripts = true)
    {
        var visit = await chromium.OpenAsync($"{home.Server.Address}signin?to=%2F{Uri.EscapeDataString(path)}", new BrowserNewContextOptions { JavaScriptEnabled = scripts });
        await visit.Page.FillAsync("input[name=token]", home.Token("person", Scope.Admin));
        await visit.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(visit.Page).ToHaveURLAsync($"{home.Server.Address}{path}", new() { Timeout = 30_000 });
        await visit.Page.WaitForLoadStateAsync(); // keys do nothing before the page's scripts have run
        return visit;
    }

    private static async Task<string> TaskAsync(IPage page) => (await page.Locator("input[name=task]").First.GetAttributeAsync("value"))!;
}
