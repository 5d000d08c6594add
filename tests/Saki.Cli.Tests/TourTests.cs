using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Saki.Datasets.Emotions;
using Saki.Server.Tests.Browser;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Cli.Tests;

/// <summary>
/// The whole product in a browser, as one person has it: sign in, webcam, upload, correct, label ten, a retraining that the gate refuses, one that it lets in, the version that changes
/// under the open page, the way back, and everything about oneself deleted. Real trainings, smallest size; the camera shows a real face.
/// </summary>
public sealed class TourTests
{
    private static readonly string[] Small = ["trainer.seconds=null", "network.channels=[8,16]", "network.convolutions=[1,1]", "dataset.width=24", "dataset.height=24", "trainer.threads=1"];

    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 120_000 };

    [BrowserFact]
    public async Task A_person_goes_round_the_whole_loop_in_a_browser()
    {
        if (SharedData.Root is null) return; // [BrowserFact] says why a browser is missing; the film needs ../shared/data as well
        using var cli = new Cli();
        await PrepareAsync(cli);
        await using var server = await UpServer.StartWithSignInAsync(cli);
        await RunAsync(cli, "models", "register", "faces", "runs:/latest", "--server", server.Address);
        await RunAsync(cli, "models", "promote", "faces", "1", "--server", server.Address);
        await RunAsync(cli, "loop", "policy", "faces", cli.Write("loop.yaml", Policy(epochs: 1, rate: "1e-7")), "--server", server.Address);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = Film.Camera(Face(cli)) });
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = server.Address, Permissions = ["camera"] });
        await using var visit = new Visit(context, await context.NewPageAsync());
        var page = visit.Page;

        await SignInAsync(page, cli);
        await WebcamAsync(page, "faces 1");
        await CorrectAsync(page);
        await LabelTenAsync(page);

        // Ten labels are enough: a challenger is trained that has learned nothing, and the gate refuses it.
        await page.GotoAsync("/loop");
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("round 1", Patient);
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("The gate refused the challenger.", Patient);
        await Assertions.Expect(page.Locator("#live .stations li").Last).ToContainTextAsync("version 1");

        // The next one may learn; a person says yes to it, while another page stays open.
        var open = await context.NewPageAsync();
        await open.GotoAsync("/");
        await WebcamAsync(open, "faces 1", leaveOn: true);
        await RunAsync(cli, "loop", "policy", "faces", cli.Write("loop.yaml", Policy(epochs: 6, rate: "0.05").Replace("new_labels: 10", "every_hours: 0.0001", StringComparison.Ordinal)), "--server", server.Address);
        await Assertions.Expect(page.Locator("#live form")).ToContainTextAsync("May version 3 go into Production?", Patient);
        await page.FillAsync("#live form input[name=why]", "stood every test");
        await page.ClickAsync("#live form button[value=yes]");
        await open.Keyboard.PressAsync("p"); // goes on
        await Assertions.Expect(open.Locator("#live-figures")).ToContainTextAsync("faces 3", Patient);

        await page.GotoAsync("/models/faces");
        await page.ClickAsync("[popovertarget=rollback]");
        await page.FillAsync("#rollback input[name=why]", "the old one was kinder");
        await page.ClickAsync("#rollback .primary");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("rolled back from v3 to v1");
        await Assertions.Expect(open.Locator("#live-figures")).ToContainTextAsync("faces 1", Patient);
        await open.CloseAsync();

        await DeleteAsync(page);
    }

    private static async Task PrepareAsync(Cli cli)
    {
        await RunAsync(cli, "data", "sample", "emotions", "--train", "280", "--size", "48");
        var digest = JsonDocument.Parse((await RunAsync(cli, "data", "show", "emotions", "--json")).Output).RootElement.GetProperty("digest").GetString()!;
        cli.Write("home/policies/faces.yaml", $"data: emotions@{digest}:test\nmin_accuracy: 0.25\nnot_worse_than_champion: false\n");
        await RunAsync(cli, ["train", "experiment=emotions", "trainer.epochs=6", .. Small]);
    }

    private static string Policy(int epochs, string rate) => string.Create(CultureInfo.InvariantCulture, $$"""
        when: {new_labels: 10}
        guard: {most_from_one: 1, most_flipped_by_one: 1, least_classes: 1}
        train: {overrides: [experiment=emotions, trainer.epochs={{epochs}}, optimizer.lr={{rate}}, trainer.seconds=null, "network.channels=[8,16]", "network.convolutions=[1,1]", dataset.width=24, dataset.height=24, trainer.threads=1], dataset: emotions}
        rollout: {shadow_requests: 0, canary_percent: []}
        rollback: {most_slower: 1000}
        cool_down_hours: 0
        daily_cap: 2
        """);

    private static string Face(Cli cli)
    {
        var film = cli.At("film.y4m");
        using var picture = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/obama-240p.jpg")), new DecodeOptions());
        Film.Write(film, picture);
        return film;
    }

    private static async Task SignInAsync(IPage page, Cli cli)
    {
        await page.GotoAsync("/");
        await page.FillAsync("input[name=token]", (await File.ReadAllTextAsync(cli.At("home", "admin.token"))).Trim());
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Try faces", Patient);
    }

    // Answers come, and say which version gave them; then it is switched off, or paused.
    private static async Task WebcamAsync(IPage page, string version, bool leaveOn = false)
    {
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.Locator("#live-figures")).ToContainTextAsync(version, Patient);
        await page.Keyboard.PressAsync(leaveOn ? "p" : "w");
    }

    private static async Task CorrectAsync(IPage page)
    {
        var face = Png.Encode(EmotionFaces.Draw(new SeededRandom(9), Emotion.Happy, 96), 96, 96);
        await page.SetInputFilesAsync("input[name=image]", new FilePayload { Name = "me.png", MimeType = "image/png", Buffer = face });
        await page.ClickAsync("#feedback summary");
        await page.ClickAsync("#feedback .corrections button");
        await page.ClickAsync("#feedback button[value=commented]");
        await Assertions.Expect(page.Locator("#feedback")).ToContainTextAsync("Noted: it is", Patient);
    }

    private static async Task LabelTenAsync(IPage page)
    {
        await page.GotoAsync("/label");
        await page.FillAsync("input[name=name]", "ten");
        await page.ClickAsync("button:has-text('Make queue')");
        while (await page.Locator(".busy").CountAsync() > 0) await page.ReloadAsync();
        await page.GotoAsync("/label/ten");
        for (var done = 1; done <= 10; done++)
        {
            await page.Keyboard.PressAsync(done % 2 == 0 ? "1" : "2");
            await Assertions.Expect(page.Locator(".head .meta")).ToContainTextAsync($"you {done}", Patient);
        }
    }

    private static async Task DeleteAsync(IPage page)
    {
        await page.GotoAsync("/me");
        await Assertions.Expect(page.Locator(".kept > li")).ToHaveCountAsync(1);
        await page.ClickAsync(".btn.danger");
        await page.ClickAsync("button[name=sure]");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Nothing about you is kept");
    }

    private static async Task<CliResult> RunAsync(Cli cli, params string[] args)
    {
        var result = await cli.Run(args);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.Error}");
        return result;
    }
}
