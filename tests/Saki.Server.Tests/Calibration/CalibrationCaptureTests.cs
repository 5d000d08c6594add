using Microsoft.Playwright;
using Saki.Server.Tests.Browser;

namespace Saki.Server.Tests.Calibration;

/// <summary>The guided capture in a real browser; what the camera gives is drawn by the page itself.</summary>
public sealed class CalibrationCaptureTests(Chromium chromium) : IClassFixture<Chromium>
{
    // Every 50 ms another pattern of large squares, so that no two frames are alike; with window.still set, the same one.
    private const string Camera = """
        navigator.mediaDevices.getUserMedia = async () => {
          const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
          [canvas.width, canvas.height] = [640, 480];
          const draw = () => {
            for (let y = 0; y < 6; y++) for (let x = 0; x < 8; x++) {
              context.fillStyle = `rgb(${[0, 0, 0].map(() => window.still ? 90 * ((x + y) % 3) : Math.floor(Math.random() * 256)).join()})`;
              context.fillRect(80 * x, 80 * y, 80, 80);
            }
          };
          draw();
          setInterval(draw, 50);
          return canvas.captureStream(20);
        };
        """;

    [BrowserFact]
    public async Task Classes_are_counted_down_and_taken_again_survive_a_reload_and_become_a_version_of_one_s_own()
    {
        await using var server = await CalibrationServer.StartAsync();
        await using var visit = await chromium.OpenAsync(new Uri(server.Address, "/calibrate").ToString(), script: Camera);
        var page = visit.Page;
        await page.ClickAsync("text=Agree and begin");
        await page.ClickAsync("#camera");
        await Assertions.Expect(page.Locator("#all")).ToBeEnabledAsync();

        await Take(page, "glad").ClickAsync();
        await Assertions.Expect(page.Locator("#cue")).ToHaveTextAsync("glad in 3");
        await Assertions.Expect(Count(page, "glad")).Not.ToHaveTextAsync("0", new() { Timeout = 30_000 });
        await page.ClickAsync("#stop");
        await Assertions.Expect(page.Locator("#cue")).ToHaveTextAsync("Stopped.");
        var stopped = int.Parse(await Count(page, "glad").TextContentAsync() ?? "", System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(stopped, 1, 7);
        await page.ReloadAsync();
        Assert.InRange(int.Parse(await Count(page, "glad").TextContentAsync() ?? "", System.Globalization.CultureInfo.InvariantCulture), stopped, stopped + 1); // one may have been on its way

        await page.ClickAsync("#camera");
        await Assertions.Expect(page.Locator("#save")).ToBeDisabledAsync();
        await Take(page, "glad").ClickAsync();
        await Assertions.Expect(Count(page, "glad")).ToHaveTextAsync("0"); // its old pictures go first
        await Assertions.Expect(page.Locator("#cue")).ToHaveTextAsync("glad is done.", new() { Timeout = 60_000 });
        await Assertions.Expect(Count(page, "glad")).ToHaveTextAsync("8");
        Assert.Equal(8, await page.Locator("[data-class=glad] [data-tiles] img").CountAsync());

        await page.ClickAsync("#all");
        await Assertions.Expect(page.Locator("#cue")).ToHaveTextAsync("sad is done.", new() { Timeout = 90_000 });
        await Assertions.Expect(page.Locator("#total")).ToContainTextAsync("24 pictures");
        await page.ClickAsync("#save");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Your own version answers you", new() { Timeout = 60_000 });
    }

    [BrowserFact]
    public async Task A_picture_that_stands_still_is_told_to_move_and_not_counted_twice()
    {
        await using var server = await CalibrationServer.StartAsync();
        await using var visit = await chromium.OpenAsync(new Uri(server.Address, "/calibrate").ToString(), script: "window.still = true;" + Camera);
        await visit.Page.ClickAsync("text=Agree and begin");
        await visit.Page.ClickAsync("#camera");
        await Take(visit.Page, "calm").ClickAsync();
        await Assertions.Expect(visit.Page.Locator("#cue")).ToContainTextAsync("Move a little", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator("#cue")).Not.ToContainTextAsync("of 8", new() { Timeout = 30_000 });
        await Assertions.Expect(Count(visit.Page, "calm")).ToHaveTextAsync("1");
    }

    [BrowserTheory]
    [InlineData("NotAllowedError", "The camera is not allowed for this page")]
    [InlineData("NotFoundError", "There is no camera here. Use a zip instead.")]
    [InlineData("NotReadableError", "Another program uses the camera")]
    public async Task A_camera_that_does_not_come_is_told_in_plain_words(string failure, string words)
    {
        await using var server = await CalibrationServer.StartAsync();
        await using var visit = await chromium.OpenAsync(new Uri(server.Address, "/calibrate").ToString(), script: $"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{failure}'); }};");
        await visit.Page.ClickAsync("text=Agree and begin");
        await visit.Page.ClickAsync("#camera");
        await Assertions.Expect(visit.Page.Locator("#note")).ToContainTextAsync(words);
        await Assertions.Expect(visit.Page.Locator("#all")).ToBeDisabledAsync();
    }

    private static ILocator Take(IPage page, string label) => page.Locator($"[data-class={label}] [data-take]");

    private static ILocator Count(IPage page, string label) => page.Locator($"[data-class={label}] [data-count]");
}
