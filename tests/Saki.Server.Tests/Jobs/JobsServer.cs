using System.Text;
using System.Text.Json.Nodes;
using Saki.Inference.Serving;
using Saki.Server.Jobs;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

/// <summary>A running server with jobs, a home folder of its own and kinds that are small shell scripts; it can be ended and started again over the same home.</summary>
internal sealed class JobsServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Func<JobOptions, JobOptions> _change;
    private RunningServer _server = null!;

    private readonly ModelRepository? _models;

    private JobsServer(Func<JobOptions, JobOptions>? change, ModelRepository? models) => (_change, _models) = (change ?? (options => options), models);

    public SakiHome Home => new(_folder.Root);

    public HttpClient Client => _server.Client;

    public Uri Address => _server.Address;

    public static async Task<JobsServer> StartAsync(Func<JobOptions, JobOptions>? change = null, ModelRepository? models = null)
    {
        var server = new JobsServer(change, models);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Ends the server in order, if it runs, and starts it over the same home.</summary>
    public async Task StartAgainAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        var options = _change(new JobOptions { Home = Home, Saki = ["/bin/false"], Cpus = 2, Pause = TimeSpan.FromMilliseconds(50), Patience = TimeSpan.FromSeconds(2), Grace = TimeSpan.FromSeconds(1) });
        _server = await RunningServer.StartAsync(new ServerOptions { Home = Home, Jobs = options, Models = _models });
    }

    /// <summary>Adds a kind whose program is a shell script.</summary>
    public void AddKind(string name, string script, string more = "")
    {
        Directory.CreateDirectory(Home.Kinds);
        var program = Path.Combine(Home.Kinds, $"{name}.sh");
        File.WriteAllText(program, $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(Home.Kinds, $"{name}.yaml"), $"kind: {name}\ntitle: Test {name}\ncommand: [./{name}.sh]\n{more}\n");
    }

    public async Task<long> SubmitAsync(string kind, string arguments = "{}", string more = "")
    {
        var job = await CallAsync(HttpMethod.Post, "/api/jobs", $$"""{"kind":"{{kind}}","arguments":{{arguments}}{{more}}}""");
        return (long)job["id"]!;
    }

    public async Task<JsonNode> CallAsync(HttpMethod method, string path, string? body = null)
    {
        using var reply = await SendAsync(method, path, body);
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.IsSuccessStatusCode, $"{method} {path}: {(int)reply.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null) =>
        Client.SendAsync(new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") });

    public Task<JsonNode> GetAsync(long id) => CallAsync(HttpMethod.Get, $"/api/jobs/{id}");

    public Task<string> LogAsync(long id, int attempt = 1) => Client.GetStringAsync($"/api/jobs/{id}/log?attempt={attempt}");

    /// <summary>The job once it stands in one of these states.</summary>
    public async Task<JsonNode> UntilAsync(long id, params string[] states)
    {
        for (var i = 0; ; i++)
        {
            var job = await GetAsync(id);
            if (states.Contains((string)job["state"]!)) return job;
            Assert.True(i < 1200, $"job {id} stays {(string)job["state"]!}: {job["reason"]}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until a file of the job's newest attempt is there, and reads it.</summary>
    public async Task<string> FileAsync(long id, int attempt, string name)
    {
        var path = Path.Combine(Home.Jobs, $"{id}", $"{attempt}", name);
        for (var i = 0; !File.Exists(path) || new FileInfo(path).Length == 0; i++)
        {
            Assert.True(i < 1200, $"{path} does not appear: {await GetAsync(id)}");
            await Task.Delay(25);
        }
        return await File.ReadAllTextAsync(path);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        Processes.End(Processes.OfJobs().Where(one => one.Folder.StartsWith(_folder.Root, StringComparison.Ordinal)).Select(one => one.Id), force: true);
        _folder.Dispose();
    }
}
