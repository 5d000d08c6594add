using Microsoft.Playwright;

namespace Saki.Server.Tests.Browser;

/// <summary>Cameras as people have them, in a real browser: none, forbidden, taken, very large, turned; a tab that is left; a slow line. What the camera gives is drawn by the page itself.</summary>
public sealed class LiveStatesTests(Chromium chromium) : IClassFixture<Chromium>
{
    // A camera whose size is window.camera, and a note of every frame that is sent; window.line is how many milliseconds the line takes.
    private const string Camera = """
        window.camera ??= [640, 480]; window.line = 0; window.sent = [];
        navigator.mediaDevices.getUserMedia = async () => {
          const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
          let shade = 0;
          const draw = () => {
            if (canvas.width !== window.camera[0] || canvas.height !== window.camera[1]) [canvas.width, canvas.height] = window.camera;
            context.fillStyle = `hsl(${shade++ % 360} 80% 50%)`;
            context.fillRect(0, 0, canvas.width, canvas.height);
          };
          draw();
          setInterval(draw, 50);
          return canvas.captureStream(15);
        };
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (frame) {
          window.sent.push(frame.type);
          setTimeout(() => { if (this.readyState === WebSocket.OPEN) send.call(this, frame); }, window.line);
        };
        let hidden = false;
        Object.defineProperty(document, "hidden", { get: () => hidden });
        window.leave = value => { hidden = value; document.dispatchEvent(new Event("visibilitychange")); };
        """;

    [BrowserTheory]
    [InlineData("NotAllowedError", "is not allowed for this page")]
    [InlineData("NotFoundError", "There is no camera here")]
    [InlineData("NotReadableError", "Another program uses the camera")]
    [InlineData("OverconstrainedError", "That camera is gone")]
    [InlineData("AbortError", "The camera does not start")]
    public async Task A_camera_that_does_not_come_is_told_in_plain_words(string failure, string words)
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString(), script: $"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{failure}'); }};");
        await visit.Page.ClickAsync("#webcam");
        await Assertions.Expect(visit.Page.Locator("#live-note")).ToContainTextAsync(words);
        await visit.Page.ClickAsync("#webcam");
        await Assertions.Expect(visit.Page.Locator("#live")).ToBeHiddenAsync();
        await Assertions.Expect(visit.Page.Locator("#stage")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task A_page_that_may_have_no_camera_at_all_says_so()
    {
        await using var server = await StartAsync();
        await using var visit = await chromium.OpenAsync(server.Address.ToString(), script: "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });");
        await visit.Page.ClickAsync("#webcam");
        await Assertions.Expect(visit.Page.Locator("#live-note")).ToContainTextAsync("over https or on this machine");
    }

    [BrowserFact]
    public async Task A_tab_that_is_left_sends_nothing_and_goes_on_when_it_is_seen_again()
    {
        await using var server = await StartAsync();
        await using var visit = await OpenAsync(server);
        await Assertions.Expect(Figures(visit)).ToContainTextAsync("answers/s", new() { Timeout = 30_000 });
        await visit.Page.EvaluateAsync("leave(true)");
        await Assertions.Expect(Figures(visit)).ToHaveTextAsync("Paused while this tab is hidden");
        var sent = await visit.Page.EvaluateAsync<int>("new Promise(done => setTimeout(() => { sent.length = 0; setTimeout(() => done(sent.length), 600); }, 300))");
        Assert.Equal(0, sent);
        await Assertions.Expect(Figures(visit)).ToHaveTextAsync("Paused while this tab is hidden"); // an answer that came late has not replaced it
        await visit.Page.EvaluateAsync("leave(false)");
        await Assertions.Expect(Figures(visit)).ToContainTextAsync("answers/s", new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task A_camera_of_4K_is_made_smaller_before_it_is_sent()
    {
        await using var server = await StartAsync();
        await using var visit = await OpenAsync(server, "window.camera = [3840, 2160];");
        await Assertions.Expect(Figures(visit)).ToContainTextAsync(" × ", new() { Timeout = 30_000 });
        Assert.Equal(3840, await visit.Page.EvaluateAsync<int>("document.getElementById('live-video').videoWidth"));
        var box = (await visit.Page.Locator("#live-boxes").GetAttributeAsync("viewBox"))!.Split(' ');
        Assert.InRange(int.Parse(box[2], System.Globalization.CultureInfo.InvariantCulture), 320, 800);
        Assert.Equal(16.0 / 9, double.Parse(box[2], System.Globalization.CultureInfo.InvariantCulture) / double.Parse(box[3], System.Globalization.CultureInfo.InvariantCulture), 0.02);
    }

    [BrowserFact]
    public async Task A_phone_that_is_turned_is_followed()
    {
        await using var server = await StartAsync();
        await using var visit = await OpenAsync(server);
        await Assertions.Expect(Figures(visit)).ToContainTextAsync("480 × 360");
        await visit.Page.EvaluateAsync("window.camera = [480, 640]");
        await Assertions.Expect(visit.Page.Locator("#live-boxes")).ToHaveAttributeAsync("viewBox", new System.Text.RegularExpressions.Regex("^0 0 (240|360|480|600) (320|480|640|800)$"), new() { Timeout = 30_000 });
    }

    [BrowserFact]
    public async Task A_slow_line_gets_WebP_and_a_quick_one_JPEG()
    {
        await using var server = await StartAsync();
        await using var visit = await OpenAsync(server);
        await Assertions.Expect(Figures(visit)).ToContainTextAsync("answers/s", new() { Timeout = 30_000 });
        Assert.Equal(["image/jpeg"], await visit.Page.EvaluateAsync<string[]>("[...new Set(sent)]"));
        await visit.Page.EvaluateAsync("window.line = 600");
        await UntilAsync(visit, "sent.at(-1) === 'image/webp'");
        await visit.Page.EvaluateAsync("window.line = 20; sent.length = 0");
        await UntilAsync(visit, "sent.length > 5");
        Assert.Equal(["image/webp"], await visit.Page.EvaluateAsync<string[]>("[...new Set(sent)]")); // the server reads them: it was not asked to go back
        await Assertions.Expect(Figures(visit)).ToContainTextAsync("whole picture");
    }

    // Playwright's own waiting compiles text in the page, which the page's policy refuses.
    private static async Task UntilAsync(Visit visit, string happened)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (await visit.Page.EvaluateAsync<bool>(happened)) return;
            await Task.Delay(100);
        }
        Assert.Fail($"{happened} does not come about");
    }

    private static ILocator Figures(Visit visit) => visit.Page.Locator("#live-figures");

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions) });

    private async Task<Visit> OpenAsync(RunningServer server, string before = "")
    {
        var visit = await chromium.OpenAsync(server.Address.ToString(), script: before + Camera);
        await visit.Page.ClickAsync("#webcam");
        return visit;
    }
}
