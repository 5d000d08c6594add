using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using Saki.Datasets;
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
    // Digits that a small network learns in seconds: 2 epochs 60 %, 6 epochs 80 %, without a rate to speak of 10 %.
    private const int Train = 500, Validate = 60, Test = 140;

    private static readonly string[] Small =
    [
        "experiment=emotions", "dataset.name=digits", "dataset.width=28", "dataset.height=28", "network=mlp", "augment=none", "optimizer=adam", "trainer.seconds=null", "trainer.threads=1",
    ];

    private static readonly LocatorAssertionsToContainTextOptions Patient = new() { Timeout = 120_000 };

    [BrowserFact]
    public async Task A_person_goes_round_the_whole_loop_in_a_browser()
    {
        if (SharedData.Root is null) return; // [BrowserFact] says why a browser is missing; the film needs ../shared/data as well
        using var cli = new Cli();
        // Before there is a run: a server that finds one offers it as a model of its own.
        await using var server = await UpServer.StartWithSignInAsync(cli);
        await PrepareAsync(cli);
        await RunAsync(cli, "models", "register", "digits", "runs:/latest", "--server", server.Address);
        await RunAsync(cli, "models", "promote", "digits", "1", "--server", server.Address);
        await RunAsync(cli, "loop", "policy", "digits", cli.Write("loop.yaml", Policy(epochs: 1, rate: "1e-7")), "--server", server.Address);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = Film.Camera(Face(cli)) });
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = server.Address, Permissions = ["camera"] });
        await using var visit = new Visit(context, await context.NewPageAsync());
        var page = visit.Page;

        await SignInAsync(page, cli);
        await WebcamAsync(page, "digits 1");
        await CorrectAsync(page);
        await LabelTenAsync(page);

        // Ten labels are enough: a challenger is trained that has learned nothing, and the gate refuses it.
        await page.GotoAsync("/loop");
        await Assertions.Expect(page.Locator("#live")).ToContainTextAsync("round 1", Patient);
        await LookUntilAsync(cli, server, page, "The gate refused the challenger.");
        await Assertions.Expect(page.Locator("#live .stations li").Last).ToContainTextAsync("version 1");

        // The next one may learn; a person says yes to it, while another page stays open.
        var open = await context.NewPageAsync();
        await open.GotoAsync("/");
        await WebcamAsync(open, "digits 1", leaveOn: true);
        await RunAsync(cli, "loop", "policy", "digits", cli.Write("loop.yaml", Policy(epochs: 6, rate: "1e-3").Replace("new_labels: 10", "every_hours: 0.0001", StringComparison.Ordinal)), "--server", server.Address);
        await LookUntilAsync(cli, server, page, "May version 3 go into Production?");
        await page.FillAsync("#live form input[name=why]", "stood every test");
        await page.ClickAsync("#live form button[value=yes]");
        await open.Keyboard.PressAsync("p"); // goes on
        await Assertions.Expect(open.Locator("#live-figures")).ToContainTextAsync("digits 3", Patient);

        await page.GotoAsync("/models/digits");
        await page.ClickAsync("[popovertarget=rollback]");
        await page.FillAsync("#rollback input[name=why]", "the old one was kinder");
        await page.ClickAsync("#rollback .primary");
        await Assertions.Expect(page.Locator("[role=status]").First).ToContainTextAsync("rolled back from v3 to v1");
        await Assertions.Expect(open.Locator("#live-figures")).ToContainTextAsync("digits 1", Patient);
        await open.CloseAsync();

        await DeleteAsync(page);
    }

    private static async Task PrepareAsync(Cli cli)
    {
        foreach (var (digit, number) in Digits().Select((digit, number) => (digit, number)))
            cli.Write($"pictures/{(number < Train ? "train" : number < Train + Validate ? "val" : "test")}/{digit.Label}/{number}.pgm", digit.Content.ToArray());
        await RunAsync(cli, "data", "import", cli.At("pictures"), "--name", "digits");
        var digest = JsonDocument.Parse((await RunAsync(cli, "data", "show", "digits", "--json")).Output).RootElement.GetProperty("digest").GetString()!;
        cli.Write("home/policies/digits.yaml", $"data: digits@{digest}:test\n");
        await RunAsync(cli, ["train", .. Small, "trainer.epochs=2", "optimizer.lr=1e-3"]);
    }

    private static IEnumerable<SourceImage> Digits() => new IdxReader(SharedData.At("mnist")).Read().Take(Train + Validate + Test);

    // One labeller is enough here, and times say nothing on a shared machine.
    private static string Policy(int epochs, string rate) => string.Create(CultureInfo.InvariantCulture, $$"""
        when: {new_labels: 10}
        guard: {most_from_one: 1, most_flipped_by_one: 1, least_classes: 1}
        train: {overrides: [{{string.Join(", ", Small.Where(part => !part.StartsWith("dataset.name", StringComparison.Ordinal)))}}, trainer.epochs={{epochs}}, optimizer.lr={{rate}}], dataset: digits}
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
        await Assertions.Expect(page.Locator("h1")).ToContainTextAsync("Try digits", Patient);
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
        using var digit = ImageDecoder.Decode(Digits().First().Content.Span, new DecodeOptions());
        await page.SetInputFilesAsync("input[name=image]", new FilePayload { Name = "mine.png", MimeType = "image/png", Buffer = Png.Encode(digit.Pixels, digit.Width, digit.Height) });
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

    // The loop looks by itself every five seconds; asked to, it looks at once. The open page follows.
    private static async Task LookUntilAsync(Cli cli, UpServer server, IPage page, string words)
    {
        for (var tries = 0; !(await page.Locator("#live").TextContentAsync())!.Contains(words, StringComparison.Ordinal); tries++)
        {
            Assert.True(tries < 300, await page.Locator("#live").TextContentAsync());
            await RunAsync(cli, "loop", "run", "digits", "--server", server.Address);
            await Task.Delay(500);
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
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', args)}: {result.Error}{result.Output}");
        return result;
    }
}
