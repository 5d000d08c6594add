using Microsoft.Playwright;
using Saki.Server.Accounts;
using Saki.Server.Tests.Ask;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.Browser;

/// <summary>Find or do, single keys, and Ask beside an answer, in a real browser.</summary>
public sealed class PaletteScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    [BrowserFact]
    public async Task The_palette_opens_by_its_key_finds_what_the_server_knows_goes_there_and_gives_the_focus_back()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.PostAsync("registered-models/create", """{"name":"emotions"}""");
        await using var visit = await chromium.OpenAsync($"{server.Address}runs");
        var (page, field) = (visit.Page, visit.Page.Locator("#palette input"));
        await page.Locator(".btn.find").FocusAsync();
        await page.Keyboard.PressAsync("Control+k");
        await Assertions.Expect(field).ToBeFocusedAsync();
        Assert.Equal("Runs", await page.EvaluateAsync<string>("document.querySelector('.nav [aria-current=page]').textContent.trim()"));

        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(field).ToBeFocusedAsync(); // the focus stays inside
        await field.FillAsync("emot");
        var found = page.Locator("#palette [role=option]", new() { HasTextString = "emotions" });
        await Assertions.Expect(found).ToBeVisibleAsync();
        await Assertions.Expect(found).ToHaveAttributeAsync("aria-selected", "true");
        Assert.Equal(await found.GetAttributeAsync("id"), await field.GetAttributeAsync("aria-activedescendant"));
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator(".btn.find")).ToBeFocusedAsync();

        await page.Keyboard.PressAsync("Control+k");
        await field.FillAsync("emot");
        await Assertions.Expect(found).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/models/emotions");
        await page.Keyboard.PressAsync("Control+k");
        await field.FillAsync("serving page nothing like that");
        await Assertions.Expect(page.Locator("#palette-count")).ToHaveTextAsync("Nothing is called that");
        await field.FillAsync("light dark");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-theme", new System.Text.RegularExpressions.Regex("light|dark"));
    }

    [BrowserFact]
    public async Task G_and_a_letter_goes_to_a_page_the_list_of_keys_says_so_and_all_of_it_can_be_switched_off()
    {
        await using var server = await MlflowServer.StartAsync();
        await using var visit = await chromium.OpenAsync($"{server.Address}runs");
        var page = visit.Page;
        // A busy machine may take longer between two keys than a person.
        for (var i = 0; i < 10 && !page.Url.EndsWith("/models", StringComparison.Ordinal); i++)
        {
            await page.Keyboard.PressAsync("g");
            await page.Keyboard.PressAsync("m");
            await page.WaitForTimeoutAsync(1000);
        }
        await page.WaitForURLAsync("**/models");
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("#keys")).ToContainTextAsync("Settings");
        await page.ClickAsync("#keys form button");
        await Assertions.Expect(page.Locator("html")).ToHaveAttributeAsync("data-keys", "off");
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("r");
        await page.Keyboard.PressAsync("t");
        await Assertions.Expect(page.Locator("html")).Not.ToHaveAttributeAsync("data-theme", new System.Text.RegularExpressions.Regex("."));
        Assert.EndsWith("/models", page.Url, StringComparison.Ordinal);
        await page.Keyboard.PressAsync("Control+k");
        await Assertions.Expect(page.Locator("#palette")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task A_question_beside_an_answer_is_answered_in_place()
    {
        await using var home = await AskHome.StartAsync();
        var token = home.As("ann", Scope.View | Scope.Infer).DefaultRequestHeaders.Authorization!.ToString();
        await using var visit = await chromium.OpenAsync($"{home.Server.Address}", new BrowserNewContextOptions { ExtraHTTPHeaders = [KeyValuePair.Create("Authorization", token)] });
        var page = visit.Page;
        await page.SetInputFilesAsync("#ask input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await page.ClickAsync(".askbox .btn");
        await Assertions.Expect(page.Locator("#ask-reply .said")).ToContainTextAsync("labelled pictures in faces", new() { Timeout = 30_000 });
        Assert.Equal(6, await page.Locator("#ask-reply img").CountAsync());
        Assert.EndsWith("/", page.Url, StringComparison.Ordinal);
    }

    [BrowserTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_question_is_answered_with_and_without_scripts_and_comes_back_by_the_arrow(bool scripts)
    {
        await using var server = await MlflowServer.StartAsync();
        await using var visit = await chromium.OpenAsync($"{server.Address}ask", new BrowserNewContextOptions { JavaScriptEnabled = scripts });
        var page = visit.Page;
        await page.FillAsync("input[name=question]", "Which run is the best?");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".said")).ToHaveTextAsync("There are no runs yet.");
        if (!scripts) return;
        await page.FillAsync("input[name=question]", "");
        await page.Keyboard.PressAsync("ArrowUp");
        await Assertions.Expect(page.Locator("input[name=question]")).ToHaveValueAsync("Which run is the best?");
    }
}
