using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Jobs;
using Saki.Labelling;
using Saki.Loop;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Server.Tests.Registry.Gates;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Loop;

/// <summary>
/// A real server whose registered model "m" has a gate and a loop. The trainer is a script that ends as the test laid out (with a real package that was logged to a run, or as a training
/// that failed), so that what matters here takes milliseconds; a round with a real training is in tests/Saki.Cli.Tests/LoopTests.cs.
/// </summary>
internal sealed class LoopHome : IAsyncDisposable
{
    private const string Trainer = """
        #!/bin/sh
        case " $* " in *" --check "*) printf 'dataset:\n  name: %s\n' "$(cat "$SAKI_HOME/next/dataset")"; exit 0;; esac
        if [ -f "$SAKI_HOME/next/says" ]; then cat "$SAKI_HOME/next/says" >&2; exit "$(cat "$SAKI_HOME/next/code")"; fi
        cat "$SAKI_HOME/next/run" > run
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);
    private readonly SeededRandom _random = new(5);
    private int _made;

    private LoopHome()
    {
        Home = new SakiHome(_folder.At("home"));
        _tokens = AccessTokens.Open(Home.EnsureWritable(), TimeProvider.System);
        Models = new ModelRepository(new RepositoryOptions { Cache = Home.Cache });
    }

    public SakiHome Home { get; }

    public ModelRepository Models { get; }

    public RunningServer Server { get; private set; } = null!;

    public HttpClient Manager => As("manager", Scope.Admin);

    /// <summary>Starts with version 1 of this package in Production, a gate that asks to be no worse, and this policy for the loop.</summary>
    public static async Task<LoopHome> StartAsync(string champion, string policy)
    {
        var home = new LoopHome();
        home._folder.Write("home/policies/m.yaml", $"data: {GatedModels.ImportStripes(home.Home)}\n");
        home.NextTrainingOf("stripes");
        var trainer = home._folder.Write("trainer.sh", Trainer);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(trainer, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        home.Server = await RunningServer.StartAsync(new ServerOptions
        {
            Home = home.Home,
            Tokens = home._tokens,
            Public = true,
            Models = home.Models,
            ServeProduction = true,
            Jobs = new JobOptions { Home = home.Home, Saki = [trainer], Cpus = 2, Pause = TimeSpan.FromMilliseconds(30), Grace = TimeSpan.FromSeconds(1) },
        });
        using var registry = home.Registry();
        await new ModelRegistryClient(registry).CreateModelAsync("m");
        var place = "mlflow-artifacts:/models/first";
        await home.UploadAsync(registry, champion, place);
        await new ModelRegistryClient(registry).CreateVersionAsync(new CreateModelVersion("m", place));
        await new ModelRegistryClient(registry).MoveAsync("m", "1", "Production", archiveExisting: true);
        await UntilAsync(() => home.Models.Models.Any(entry => entry is { Name: "m", Versions.Count: > 0 }));
        await home.PolicyAsync(policy);
        return home;
    }

    /// <summary>The next training logs this package.</summary>
    public async Task NextTrainsAsync(string package)
    {
        using var client = Registry();
        var run = (await PostAsync("/api/2.0/mlflow/runs/create", """{"experiment_id":"0","start_time":1}"""))["run"]!["info"]!;
        await UploadAsync(client, package, $"{(string)run["artifact_uri"]!}/package");
        _folder.Write("home/next/run", (string)run["run_id"]!);
    }

    /// <summary>Puts a version into Production whose run learned from this data set, and waits until it answers.</summary>
    public async Task PromoteAsync(string package, string dataset)
    {
        using var client = Registry();
        var run = (await PostAsync("/api/2.0/mlflow/runs/create", $$"""{"experiment_id":"0","start_time":1,"tags":[{"key":"{{SakiTags.Dataset}}","value":"{{dataset}}"}]}"""))["run"]!["info"]!;
        var place = $"{(string)run["artifact_uri"]!}/package";
        await UploadAsync(client, package, place);
        var version = await new ModelRegistryClient(client).CreateVersionAsync(new CreateModelVersion("m", place) { RunId = (string)run["run_id"]! });
        await new ModelRegistryClient(client).MoveAsync("m", version.Version, "Production", archiveExisting: true);
        await UntilAsync(() => Models.Find("m")!.Default == version.Version);
    }

    /// <summary>The next training ends with this exit code and these words.</summary>
    public void NextFails(int code, string words)
    {
        _folder.Write("home/next/says", words);
        _folder.Write("home/next/code", code.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What the trainer's configuration names as its data set.</summary>
    public void NextTrainingOf(string dataset) => _folder.Write("home/next/dataset", dataset);

    public async Task PolicyAsync(string policy) => (await Manager.PostAsJsonAsync("/api/loop/m/policy", new LoopPolicyAsk(policy), LoopJson.Default.LoopPolicyAsk)).EnsureSuccessStatusCode();

    /// <summary>Lets the loop look at once, and gives how it stands then.</summary>
    public async Task<LoopView> LookAsync()
    {
        using var reply = await Manager.PostAsJsonAsync("/api/loop/m/look", new LoopLookAsk(), LoopJson.Default.LoopLookAsk);
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync(LoopJson.Default.LoopView))!;
    }

    /// <summary>Looks until the loop stands at one of these steps, with <paramref name="meanwhile"/> between two looks.</summary>
    public async Task<LoopView> UntilAsync(LoopStep step, Func<Task>? meanwhile = null)
    {
        for (var tries = 0; ; tries++)
        {
            var view = await LookAsync();
            if (view.State.Step == step) return view;
            Assert.True(tries < 600, $"{view.State.Step}: {view.Decision?.Why} {string.Join("; ", view.Decision?.Lines ?? [])} {view.Problem}");
            if (meanwhile is null) await Task.Delay(20);
            else await meanwhile();
        }
    }

    /// <summary>The newest decision of this name in the model's history.</summary>
    public async Task<AuditEntry> DidAsync(LoopAction action)
    {
        var view = await Manager.GetFromJsonAsync("/api/loop/m", LoopJson.Default.LoopView);
        return view!.History.First(row => row.Subject.Split(' ')[0] == action.ToString());
    }

    /// <summary>Asks about pictures as many users do; gives how often each version answered, and failures under "failed".</summary>
    public async Task<Dictionary<string, int>> AskAsync(int count, int dark = 0)
    {
        var answered = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            var picture = GatedModels.Picture(_random, i % 3, dark);
            using var reply = await As("app", Scope.Infer).PostAsync("/v1/predict/m", new ByteArrayContent(picture) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } });
            var version = reply.IsSuccessStatusCode ? (string)JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["version"]! : "failed";
            answered[version] = answered.GetValueOrDefault(version) + 1;
        }
        return answered;
    }

    /// <summary>The version in Production by the registry, and the one that answers.</summary>
    public async Task<(string Registered, string Answers)> ChampionAsync()
    {
        using var client = Registry();
        var version = await new ModelRegistryClient(client).GetByAliasAsync("m", "production");
        return (version.Version, Models.Models.First(entry => entry.Name == "m").Default);
    }

    /// <summary>A client with a token of this name and these scopes.</summary>
    public HttpClient As(string name, Scope scopes = Scope.View | Scope.Label)
    {
        if (_clients.TryGetValue(name, out var known)) return known;
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _tokens.Add(name, scopes));
        return _clients[name] = client;
    }

    /// <summary>Makes a queue of all pictures of the data set in their training split.</summary>
    public async Task QueueAsync(string name, int annotators = 1)
    {
        var ask = new LabelQueueAsk { Name = name, Data = "stripes", Source = QueueSources.Review, Order = "random", Blind = 0, Group = false, Control = 0, Annotators = annotators };
        using var reply = await Manager.PostAsJsonAsync("/api/label/queues", ask, LabelJson.Default.LabelQueueAsk);
        Assert.True(reply.StatusCode == HttpStatusCode.Accepted, await reply.Content.ReadAsStringAsync());
        while ((await Manager.GetFromJsonAsync($"/api/label/queues/{name}", LabelJson.Default.LabelQueueView))!.State == "making") await Task.Delay(20);
    }

    /// <summary>Labels the next tasks as <paramref name="label"/> says of each.</summary>
    public async Task LabelAsync(string who, string queue, int count, Func<LabelTaskView, string> label)
    {
        for (var done = 0; done < count;)
        {
            using var next = await As(who).PostAsync($"/api/label/queues/{queue}/next?count=10", null);
            var tasks = (await next.Content.ReadFromJsonAsync(LabelJson.Default.LabelNext))!.Tasks;
            Assert.NotEmpty(tasks);
            foreach (var task in tasks.Take(count - done))
            {
                using var reply = await As(who).PostAsJsonAsync($"/api/label/queues/{queue}/answers", new LabelAnswerAsk { Task = task.Id, Kind = "label", Label = label(task), Took = 900 }, LabelJson.Default.LabelAnswerAsk);
                Assert.Equal(HttpStatusCode.NoContent, reply.StatusCode);
                done++;
            }
        }
    }

    public static async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; i < 1500 && !happened(); i++) await Task.Delay(20);
        Assert.True(happened());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        await Server.DisposeAsync();
        await Models.DisposeAsync();
        _folder.Dispose();
    }

    private TrackingClient Registry() => new(Server.Address, new AuthenticationHeaderValue("Bearer", _tokens.Add($"registry-{_made++}", Scope.Admin)));

    private async Task UploadAsync(TrackingClient client, string package, string place)
    {
        var folder = _folder.At(string.Create(CultureInfo.InvariantCulture, $"package{_made++}"));
        LoopModels.Write(package, folder);
        foreach (var file in Directory.GetFiles(folder)) await client.UploadAsync(place, Path.GetFileName(file), file);
    }

    private async Task<JsonNode> PostAsync(string path, string body)
    {
        using var reply = await Manager.PostAsync(path, new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
    }
}
