using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Server.Serving;
using Saki.Server.Serving.Following;
using Saki.Testing;
using Saki.Tracking;

namespace Saki.Server.Tests.Serving.Following;

/// <summary>A real registry with real packages, moved over its API while real servers follow it.</summary>
public sealed class FollowingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SakiHome Home => new(Path.Combine(_folder.Root, "home"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_model_in_Production_is_served_and_a_promotion_switches_it_without_a_failed_request()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = Home.Cache });
        await using var server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Models = models, ServeProduction = true });
        using var registry = new Registry(server.Address, _folder.Root);
        foreach (var (model, seed) in new[] { ("emotions", 1UL), ("emotions", 2UL), ("digits", 3UL) }) await registry.RegisterAsync(model, seed);
        await registry.MoveAsync("emotions", "1", "Production");
        await registry.MoveAsync("digits", "1", "Production");
        await UntilAsync(() => models.Models.Count(entry => entry.Versions.Count > 0) == 2);
        Assert.Equal("1", await ServedAsync(server.Client, "emotions"));
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<string, bool>();
        var traffic = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested) seen[await ServedAsync(server.Client, "emotions")] = true; // asserts 200
        });
        await UntilAsync(() => seen.ContainsKey("1") || traffic.IsCompleted);
        var began = Stopwatch.GetTimestamp();
        await registry.MoveAsync("emotions", "2", "Production");
        await UntilAsync(() => models.Models.First(entry => entry.Name == "emotions").Default == "2");
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await UntilAsync(() => models.Models.First(entry => entry.Name == "emotions").Versions.Count == 1);
        await stop.CancelAsync();
        await traffic;
        Assert.Equal("2", await ServedAsync(server.Client, "emotions"));
        Assert.True(seconds < 30, $"{seconds}"); // no wall-clock threshold: what it is without load stands in docs/reference/serving.md
        var history = await server.Client.GetFromJsonAsync<JsonNode>("/api/2.0/saki/registry/history?name=emotions");
        Assert.Contains(history!["entries"]!.AsArray(), row => (string)row!["action"]! == "serving" && (string)row["subject"]! == "default 2" && (string)row["who"]! == "saki");
        Assert.Null((await server.Client.GetFromJsonAsync<JsonNode>("/api/2.0/saki/registry/check"))!["broken"]);
    }

    [Fact]
    public async Task Another_server_follows_an_alias_by_long_poll()
    {
        await using var tracking = await RunningServer.StartAsync(new ServerOptions { Home = Home });
        using var registry = new Registry(tracking.Address, _folder.Root);
        await registry.RegisterAsync("emotions", 1);
        await registry.RegisterAsync("emotions", 2);
        await registry.AliasAsync("emotions", "champion", "1");
        var away = new SakiHome(Path.Combine(_folder.Root, "away"));
        await using var models = new ModelRepository(new RepositoryOptions { Cache = away.EnsureWritable().Cache });
        var link = RegistryLinks.OfServer(new TrackingClient(tracking.Address), away);
        models.Resolve = reference => link.FindAsync(reference, CancellationToken.None).GetAwaiter().GetResult();
        await models.LoadAllAsync(models.Open("models:/emotions@champion"));
        await models.Changes.FollowAsync("emotions", "champion", ChangedBy.Saki);
        await using var server = await RunningServer.StartAsync(new ServerOptions { Models = models, Registry = link });
        Assert.Equal("1", await ServedAsync(server.Client, "emotions"));
        Assert.Equal("1", await ServedAsync(server.Client, "emotions@champion"));
        await registry.AliasAsync("emotions", "champion", "2");
        await UntilAsync(() => models.Models.Single(entry => entry.Versions.Count > 0).Default == "2");
        Assert.Equal("2", await ServedAsync(server.Client, "emotions"));
        await registry.AliasAsync("emotions", "challenger", "2");
        await UntilAsync(() => models.Models.Single().Aliases.ContainsKey("challenger"));
        Assert.Equal("2", await ServedAsync(server.Client, "emotions@challenger"));
    }

    [Fact]
    public async Task A_version_that_does_not_load_leaves_the_old_one_answering()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = Home.Cache });
        await using var server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Models = models, ServeProduction = true });
        using var registry = new Registry(server.Address, _folder.Root);
        await registry.RegisterAsync("emotions", 1);
        await registry.RegisterBrokenAsync("emotions");
        await registry.RegisterAsync("digits", 2);
        await registry.MoveAsync("emotions", "1", "Production");
        await UntilAsync(() => models.DefaultModel is not null);
        await registry.MoveAsync("emotions", "2", "Production");
        await registry.MoveAsync("digits", "1", "Production"); // comes although the other does not
        await UntilAsync(() => models.Models.Any(entry => entry.Name == "digits" && entry.Versions.Count > 0));
        Assert.Equal("1", await ServedAsync(server.Client, "emotions"));
    }

    [Fact]
    public async Task A_version_is_loaded_over_the_API_by_its_alias()
    {
        await using var models = new ModelRepository(new RepositoryOptions { Cache = Home.Cache });
        await using var server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Models = models });
        using var registry = new Registry(server.Address, _folder.Root);
        await registry.RegisterAsync("emotions", 1);
        await registry.RegisterAsync("emotions", 2);
        await registry.AliasAsync("emotions", "challenger", "2");
        foreach (var (version, loaded) in new[] { ("1", "1"), ("@challenger", "2") })
        {
            var reply = await server.Client.PostAsync("/api/serving/models/emotions/load", new StringContent($"{{\"version\": \"{version}\"}}"));
            Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
            using var lease = models.Lease("emotions", loaded);
        }
        Assert.Equal("1", models.Models.Single().Default);
    }

    private static async Task<string> ServedAsync(HttpClient client, string model)
    {
        using var reply = await client.PostAsync($"/v1/predict/{model}", new ByteArrayContent(TestModel.Face) { Headers = { ContentType = new("image/png") } });
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        var body = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.Contains($"version=\"{body["version"]}\"", reply.Headers.GetValues(ServedBy.Header).Single(), StringComparison.Ordinal);
        return (string)body["version"]!;
    }

    private static async Task UntilAsync(Func<bool> happened)
    {
        for (var i = 0; i < 6000 && !happened(); i++) await Task.Delay(10);
        Assert.True(happened());
    }

    /// <summary>What people and trainings do with a registry.</summary>
    private sealed class Registry(Uri server, string folder) : IDisposable
    {
        private readonly TrackingClient _client = new(server);
        private int _made;

        private ModelRegistryClient Models => new(_client);

        public async Task RegisterAsync(string model, ulong seed)
        {
            var package = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"package{_made++}"));
            TestModel.Package(["a", "b", "c"], TestModel.RandomWeights(3, seed), package);
            await UploadAsync(model, Directory.GetFiles(package));
        }

        public async Task RegisterBrokenAsync(string model)
        {
            var file = Path.Combine(folder, "SHA256SUMS");
            await File.WriteAllTextAsync(file, "no sums");
            await UploadAsync(model, [file]);
        }

        public Task<ModelVersion> MoveAsync(string model, string version, string stage) => Models.MoveAsync(model, version, stage, archiveExisting: true);

        public Task AliasAsync(string model, string alias, string version) => Models.SetAliasAsync(model, alias, version);

        public void Dispose() => _client.Dispose();

        private async Task UploadAsync(string model, string[] files)
        {
            var place = $"mlflow-artifacts:/models/{model}/{_made++}";
            foreach (var file in files) await _client.UploadAsync(place, Path.GetFileName(file), file);
            try
            {
                await Models.CreateModelAsync(model);
            }
            catch (MlflowException exists) when (exists.Code == MlflowException.Exists)
            {
                // The first version made it.
            }
            await Models.CreateVersionAsync(new CreateModelVersion(model, place));
        }
    }
}
