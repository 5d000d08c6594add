using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Datasets;
using Saki.Datasets.Emotions;
using Saki.Server.Accounts;
using Saki.Server.Ask;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Ask;

/// <summary>A server with a model, a data set of drawn faces and runs, to be asked about by people with tokens of their own.</summary>
internal sealed class AskHome : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    private AskHome()
    {
        Home = new SakiHome(_folder.At("home"));
        _tokens = AccessTokens.Open(Home.EnsureWritable(), TimeProvider.System);
    }

    public SakiHome Home { get; }

    public RunningServer Server { get; private set; } = null!;

    public static async Task<AskHome> StartAsync(AskOptions? ask = null)
    {
        var home = new AskHome();
        home.Import();
        await home.StartAgainAsync(ask);
        return home;
    }

    /// <summary>Ends the server and starts it over the same home.</summary>
    public async Task StartAgainAsync(AskOptions? ask)
    {
        foreach (var client in _clients.Values) client.Dispose();
        _clients.Clear();
        if (Server is not null) await Server.DisposeAsync();
        Server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Tokens = _tokens, Ask = ask, Models = TestModel.Serve(TestModel.Emotions) });
    }

    /// <summary>A client with a token of these scopes.</summary>
    public HttpClient As(string name, Scope scopes = Scope.View | Scope.Infer)
    {
        if (_clients.TryGetValue(name, out var known)) return known;
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { BaseAddress = Server.Address };
        if (!_texts.TryGetValue(name, out var text)) _texts[name] = text = _tokens.Add(name, scopes);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", text);
        return _clients[name] = client;
    }

    /// <summary>Asks by the API.</summary>
    public static async Task<JsonNode> AskAsync(HttpClient who, string question, string? about = null)
    {
        var body = new JsonObject { ["question"] = question };
        if (about is not null) body["about"] = about;
        using var reply = await who.PostAsync("/api/ask", new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, $"{(int)reply.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Asks by the form, with a picture.</summary>
    public static async Task<(HttpStatusCode Status, IHtmlDocument Page)> AskAsync(HttpClient who, string question, byte[] picture, string file)
    {
        using var form = new MultipartFormDataContent { { new StringContent(question), "question" }, { new ByteArrayContent(picture), "picture", file } };
        using var reply = await who.PostAsync("/ask", form);
        return (reply.StatusCode, await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }

    /// <summary>A finished run with one metric.</summary>
    public static async Task<string> RunAsync(HttpClient admin, string name, double accuracy, string note = "")
    {
        async Task<JsonNode> Post(string route, string body)
        {
            using var reply = await admin.PostAsync($"/api/2.0/mlflow/{route}", new StringContent(body, Encoding.UTF8, "application/json"));
            Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
            return JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        }
        var run = (string)(await Post("runs/create", new JsonObject { ["experiment_id"] = "0", ["start_time"] = 1000, ["run_name"] = name }.ToJsonString()))["run"]!["info"]!["run_id"]!;
        await Post("runs/log-metric", FormattableString.Invariant($$"""{"run_id":"{{run}}","key":"val_acc","value":{{accuracy}},"timestamp":2000,"step":1}"""));
        if (note.Length > 0) await Post("runs/log-parameter", new JsonObject { ["run_id"] = run, ["key"] = "note", ["value"] = note }.ToJsonString());
        await Post("runs/update", $$"""{"run_id":"{{run}}","status":"FINISHED","end_time":61000}""");
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private void Import()
    {
        foreach (var emotion in Enum.GetValues<Emotion>())
        {
            var folder = Directory.CreateDirectory(_folder.At($"faces/train/{EmotionFaces.Classes[(int)emotion]}")).FullName;
            for (var i = 0; i < 3; i++) File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), Png.Encode(EmotionFaces.Draw(new SeededRandom((ulong)((int)emotion * 10 + i)), emotion, 32), 32, 32));
        }
        using var store = new DatasetStore(Home);
        new DatasetImport(store, TimeProvider.System, _ => null).Run(DatasetFormat.Open(_folder.At("faces")), "faces");
    }
}
