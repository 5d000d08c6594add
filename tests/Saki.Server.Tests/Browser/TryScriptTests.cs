using Microsoft.Playwright;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Testing;

namespace Saki.Server.Tests.Browser;

/// <summary>What the scripts of the Try page do, in a real browser: choose, drop, paste, keys, theme, and the sign-in before it.</summary>
public sealed class TryScriptTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Drop = """
        ({ bytes, type, how }) => {
          const file = new File([Uint8Array.from(atob(bytes), c => c.charCodeAt(0))], "dropped.png", { type });
          const data = new DataTransfer();
          data.items.add(file);
          if (how === "paste") dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
          else for (const name of ["dragenter", "dragover", "drop"]) dispatchEvent(new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));
        }
        """;

    [BrowserFact]
    public async Task A_chosen_picture_is_answered_without_leaving_the_page()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        await visit.Page.EvaluateAsync("window.stayed = true");
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await ExpectAnswerAsync(visit.Page, TestModel.Face);
        Assert.True(await visit.Page.EvaluateAsync<bool>("window.stayed"));
        Assert.Contains("face.png", await visit.Page.Locator("#stage figcaption").InnerTextAsync(), StringComparison.Ordinal);
        Assert.StartsWith("blob:", await visit.Page.Locator(".shot img").GetAttributeAsync("src"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_dropped_and_then_a_pasted_picture_are_answered()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        await visit.Page.EvaluateAsync(Drop, new { bytes = Convert.ToBase64String(TestModel.Face), type = "image/png", how = "drop" });
        await ExpectAnswerAsync(visit.Page, TestModel.Face);
        Assert.False(await visit.Page.EvaluateAsync<bool>("document.documentElement.classList.contains('dragging')"));
        await visit.Page.EvaluateAsync(Drop, new { bytes = Convert.ToBase64String(TestModel.OtherFace), type = "image/png", how = "paste" });
        await ExpectAnswerAsync(visit.Page, TestModel.OtherFace);
    }

    [BrowserFact]
    public async Task A_file_that_is_no_picture_is_refused_in_words_and_the_next_one_is_answered()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "notes.png", MimeType = "image/png", Buffer = "no picture"u8.ToArray() });
        await Assertions.Expect(visit.Page.Locator("#verdict .bad")).ToContainTextAsync("Expected");
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await ExpectAnswerAsync(visit.Page, TestModel.Face);
    }

    [BrowserFact]
    public async Task Keys_open_the_list_of_keys_and_change_the_theme_which_survives_a_reload()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString(), new BrowserNewContextOptions { ColorScheme = ColorScheme.Light });
        await visit.Page.Keyboard.PressAsync("?");
        await Assertions.Expect(visit.Page.Locator("#keys")).ToBeVisibleAsync();
        await visit.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(visit.Page.Locator("#keys")).ToBeHiddenAsync();

        var saved = visit.Page.WaitForResponseAsync(reply => reply.Url.Contains("/theme", StringComparison.Ordinal));
        await visit.Page.Keyboard.PressAsync("t");
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
        await saved;
        await visit.Page.ReloadAsync();
        await Assertions.Expect(visit.Page.Locator("html")).ToHaveAttributeAsync("data-theme", "dark");
    }

    [BrowserFact]
    public async Task Without_scripts_the_form_alone_answers()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString(), new BrowserNewContextOptions { JavaScriptEnabled = false });
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await visit.Page.ClickAsync("noscript button");
        await ExpectAnswerAsync(visit.Page, TestModel.Face);
    }

    [BrowserFact]
    public async Task A_person_signs_in_asks_and_signs_out()
    {
        using var folder = new TemporaryFolder();
        var tokens = AccessTokens.Open(new SakiHome(folder.Root), TimeProvider.System);
        var text = tokens.CreateFirst()!;
        await using var server = await RunningServer.StartAsync(new ServerOptions { Tokens = tokens, Models = TestModel.Serve(TestModel.Emotions) });
        await using var visit = await chromium.OpenAsync(server.Address.ToString());
        await Assertions.Expect(visit.Page.GetByLabel("Token")).ToBeFocusedAsync();
        await visit.Page.Keyboard.TypeAsync("saki_wrong\n");
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unknown");
        await visit.Page.GetByLabel("Token").FillAsync(text);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await ExpectAnswerAsync(visit.Page, TestModel.Face);
        await visit.Page.ClickAsync("text=Sign out");
        await Assertions.Expect(visit.Page.GetByLabel("Token")).ToBeVisibleAsync();
        await visit.Page.GotoAsync(server.Address.ToString());
        await Assertions.Expect(visit.Page.GetByLabel("Token")).ToBeVisibleAsync();
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions) });

    private static async Task ExpectAnswerAsync(IPage page, byte[] picture)
    {
        var expected = TestModel.Emotions.Predict(picture, top: 7);
        await Assertions.Expect(page.Locator("#verdict strong")).ToHaveTextAsync(expected.Class);
        await Assertions.Expect(page.Locator("#verdict span")).ToHaveTextAsync(Words.Percent(expected.Probability));
    }
}
