using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Saki.Datasets;
using Saki.Datasets.Emotions;
using Saki.Labelling;
using Saki.Server.Accounts;
using Saki.Testing;
using Saki.Vision;

namespace Saki.Server.Tests.Labelling;

/// <summary>A home with a data set of drawn faces, and a real server over it with accounts and a model.</summary>
internal sealed class LabelHome : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    private LabelHome()
    {
        Home = new SakiHome(_folder.At("home"));
        _tokens = AccessTokens.Open(Home.EnsureWritable(), TimeProvider.System);
    }

    public SakiHome Home { get; }

    public RunningServer Server { get; private set; } = null!;

    public TemporaryFolder Folder => _folder;

    /// <summary>Starts with <paramref name="each"/> faces of three classes and as many without a label, imported as <c>faces</c>.</summary>
    public static async Task<LabelHome> StartAsync(int each = 4, int unlabelled = 8)
    {
        var home = new LabelHome();
        home.Draw(Emotion.Happy, "train/happy", each, 1);
        home.Draw(Emotion.Sad, "train/sad", each, 2);
        home.Draw(Emotion.Angry, "train/angry", each, 3);
        for (var i = 0; i < unlabelled; i++) home.Draw((Emotion)(i % 7), "train/unlabelled", 1, 100 + i);
        home.Import();
        await home.ListenAsync();
        return home;
    }

    public async Task ListenAsync() => Server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Tokens = _tokens, Models = TestModel.Serve(TestModel.Emotions) });

    public void Draw(Emotion emotion, string folder, int count, int seed)
    {
        Directory.CreateDirectory(_folder.At($"faces/{folder}"));
        for (var i = 0; i < count; i++) File.WriteAllBytes(_folder.At($"faces/{folder}/{seed:000}-{i}.png"), Picture(emotion, (seed * 1000) + i));
    }

    public static byte[] Picture(Emotion emotion, int seed) => Png.Encode(EmotionFaces.Draw(new SeededRandom((ulong)seed), emotion, 32), 32, 32);

    public void Import(string name = "faces")
    {
        using var store = new DatasetStore(Home);
        new DatasetImport(store, TimeProvider.System, _ => null).Run(DatasetFormat.Open(_folder.At("faces")), name);
    }

    public DatasetVersion Load(string name = "faces")
    {
        using var store = new DatasetStore(Home);
        return store.Load(name);
    }

    /// <summary>A client with a token of this name and these scopes.</summary>
    public HttpClient As(string name, Scope scopes = Scope.View | Scope.Label)
    {
        if (_clients.TryGetValue(name, out var known)) return known;
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.Add(name, scopes));
        return _clients[name] = client;
    }

    public HttpClient Manager => As("manager", Scope.Admin);

    public string Token(string name, Scope scopes) => _tokens.Add(name, scopes);

    /// <summary>Asks for a queue and waits until it is made.</summary>
    public async Task<LabelQueueView> QueueAsync(LabelQueueAsk ask)
    {
        using var reply = await Manager.PostAsJsonAsync("/api/label/queues", ask, LabelJson.Default.LabelQueueAsk);
        Assert.True(reply.StatusCode == HttpStatusCode.Accepted, await reply.Content.ReadAsStringAsync());
        while (true)
        {
            var view = await Manager.GetFromJsonAsync($"/api/label/queues/{ask.Name}", LabelJson.Default.LabelQueueView);
            if (view!.State != "making") return view;
            await Task.Delay(20);
        }
    }

    public async Task<IReadOnlyList<LabelTaskView>> NextAsync(string who, string queue, int count = 1)
    {
        using var reply = await As(who).PostAsync($"/api/label/queues/{queue}/next?count={count}", null);
        reply.EnsureSuccessStatusCode();
        return (await reply.Content.ReadFromJsonAsync(LabelJson.Default.LabelNext))!.Tasks;
    }

    public async Task<HttpStatusCode> AnswerAsync(string who, string queue, long task, string label, string kind = "label")
    {
        using var reply = await As(who).PostAsJsonAsync($"/api/label/queues/{queue}/answers", new LabelAnswerAsk { Task = task, Kind = kind, Label = label, Took = 1200 }, LabelJson.Default.LabelAnswerAsk);
        return reply.StatusCode;
    }

    public async Task<LabelApplied> ApplyAsync(string queue, bool dryRun = false)
    {
        using var reply = await Manager.PostAsJsonAsync($"/api/label/queues/{queue}/apply", new LabelApplyAsk(dryRun), LabelJson.Default.LabelApplyAsk);
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync(LabelJson.Default.LabelApplied))!;
    }

    public async Task<LabelStats> StatsAsync(string queue) => (await Manager.GetFromJsonAsync($"/api/label/queues/{queue}/stats", LabelJson.Default.LabelStats))!;

    public async Task<IReadOnlyList<LabelEntry>> HistoryAsync(string queue) => (await Manager.GetFromJsonAsync($"/api/label/queues/{queue}/history", LabelJson.Default.IReadOnlyListLabelEntry))!;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
