using Microsoft.Playwright;
using Saki.Inference;
using Saki.Inference.Serving;
using Saki.Pipelines;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Browser;

/// <summary>The live camera in a real browser, fed by a film of real faces.</summary>
public sealed class LiveCameraTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserFact]
    public async Task Faces_are_boxed_named_and_followed_and_pause_snapshot_and_switching_off_do_what_they_say()
    {
        if (SharedData.Root is null) return; // [BrowserFact] says why a browser is missing; the film needs ../shared/data as well
        await using var models = Faces();
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = models });
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await LaunchAsync(playwright);
        var context = await browser.NewContextAsync(new BrowserNewContextOptions { Permissions = ["camera"] });
        await using var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(server.Address.ToString());

        await visit.Page.Keyboard.PressAsync("w");
        await Assertions.Expect(visit.Page.Locator("#live-figures")).ToContainTextAsync("1 face", new() { Timeout = 60_000 });
        await Assertions.Expect(visit.Page.Locator("#live-boxes g")).ToHaveCountAsync(1);
        await Assertions.Expect(visit.Page.Locator("#live-boxes text")).ToContainTextAsync("1 happy");
        await Assertions.Expect(visit.Page.Locator("#live-faces .probs li").First).ToContainTextAsync("happy");

        await visit.Page.Keyboard.PressAsync("p");
        await Assertions.Expect(visit.Page.Locator("#live-figures")).ToContainTextAsync("Paused");
        await visit.Page.Keyboard.PressAsync("p");
        await Assertions.Expect(visit.Page.Locator("#live-figures")).ToContainTextAsync("answers/s");

        await visit.Page.Keyboard.PressAsync("s");
        await Assertions.Expect(visit.Page.Locator("#verdict strong")).ToHaveTextAsync("happy", new() { Timeout = 30_000 });
        await Assertions.Expect(visit.Page.Locator("#live")).ToBeHiddenAsync();
        await Assertions.Expect(visit.Page.Locator("#stage figcaption")).ToContainTextAsync("snapshot.jpg");
    }

    [BrowserFact]
    public async Task A_camera_that_is_denied_or_not_there_is_told_and_pictures_still_work()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions) });
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--deny-permission-prompts"] });
        var context = await browser.NewContextAsync();
        await using var visit = new Visit(context, await context.NewPageAsync());
        await visit.Page.GotoAsync(server.Address.ToString());
        await visit.Page.ClickAsync("#webcam");
        await Assertions.Expect(visit.Page.Locator("#live-note")).ToContainTextAsync("hoose a picture", new() { Timeout = 30_000 });
        await visit.Page.ClickAsync("#webcam");
        await visit.Page.SetInputFilesAsync("input[type=file]", new FilePayload { Name = "face.png", MimeType = "image/png", Buffer = TestModel.Face });
        await Assertions.Expect(visit.Page.Locator("#verdict strong")).ToHaveTextAsync(TestModel.Emotions.Predict(TestModel.Face).Class);
    }

    // The model that oarriaga trained on FER2013, behind UltraFace.
    private static ModelRepository Faces() => TestModel.Serve(Predictor.Open(SharedData.At("models/fer2013/fer2013_mini_xception.onnx"), new Pipeline
    {
        Input = new InputSpec(ColorKind.Gray, 64, 64),
        Normalize = new NormalizeSpec { Scale = 1 / 127.5f, Mean = [1] },
        Faces = FaceMode.Largest,
        Output = new OutputSpec(OutputKind.Probabilities),
        Labels = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"],
    }, new PredictorOptions { FaceModel = SharedData.At("models/face/ultraface-RFB-320.onnx") }));

    private Task<IBrowser> LaunchAsync(IPlaywright playwright)
    {
        var film = _folder.At("film.y4m");
        using (var picture = ImageDecoder.Decode(File.ReadAllBytes(SharedData.At("faces/obama-480p.jpg")), new DecodeOptions())) Film.Write(film, picture);
        return playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Chromium.Path, Args = Film.Camera(film) });
    }
}
