using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Saki.Server.Tests.Storage;
using Saki.Testing;

namespace Saki.Server.Tests.Tracking;

/// <summary>A running server with a tracking database of its own, called as MLflow's clients call it.</summary>
internal sealed class MlflowServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly RunningServer _server;

    private MlflowServer(TemporaryFolder folder, RunningServer server) => (_folder, _server) = (folder, server);

    public Uri Address => _server.Address;

    public HttpClient Client => _server.Client;

    public SakiHome Home => new(_folder.Root);

    /// <param name="store">Of <see cref="Stores"/>; null for the usual one.</param>
    /// <param name="artifacts">As in <see cref="ServerOptions.Artifacts"/>.</param>
    /// <param name="change">Other options; null: none.</param>
    public static async Task<MlflowServer> StartAsync(string? store = null, string? artifacts = null, Func<ServerOptions, ServerOptions>? change = null)
    {
        var folder = new TemporaryFolder();
        var options = new ServerOptions { Home = new SakiHome(folder.Root), Database = Stores.New(store ?? Stores.Usual, folder), Artifacts = artifacts };
        return new MlflowServer(folder, await RunningServer.StartAsync(change?.Invoke(options) ?? options));
    }

    public Task<JsonNode> PostAsync(string route, string body) => CallAsync(HttpMethod.Post, route, body);

    public Task<JsonNode> GetAsync(string route) => CallAsync(HttpMethod.Get, route, null);

    public async Task<JsonNode> CallAsync(HttpMethod method, string route, string? body)
    {
        using var reply = await SendAsync(method, route, body);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{method} {route}: {(int)reply.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>The code and text of a refusal, and its status.</summary>
    public async Task<(int Status, string Code, string Message)> RefusalAsync(HttpMethod method, string route, string? body = null)
    {
        using var reply = await SendAsync(method, route, body);
        var json = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.True(json["error_code"] is not null, json.ToJsonString());
        return ((int)reply.StatusCode, (string)json["error_code"]!, (string)json["message"]!);
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string route, string? body)
    {
        var path = route.StartsWith('/') ? route : $"/api/2.0/mlflow/{route}";
        return Client.SendAsync(new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") });
    }

    public async Task<string> NewRunAsync(string experiment = "0") => (string)(await PostAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":1}"""))["run"]!["info"]!["run_id"]!;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
