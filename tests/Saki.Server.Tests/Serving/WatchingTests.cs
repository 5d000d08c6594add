using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace Saki.Server.Tests.Serving;

/// <summary>What those see who look after a server: probes, its end, traces.</summary>
public sealed class WatchingTests
{
    [Fact]
    public async Task Probes_tell_started_ready_and_alive_apart()
    {
        await using var bare = await RunningServer.StartAsync();
        Assert.Equal("200 200 503", await ProbeAsync(bare.Client));
        await using var server = await ServingServer.StartAsync();
        Assert.Equal("200 200 200", await ProbeAsync(server.Client));
    }

    [Fact]
    public async Task A_server_that_drains_says_so_answers_on_and_then_ends()
    {
        await using var models = TestModel.Serve(TestModel.Make(["cat", "dog"]));
        await using var server = SakiServer.Build(new ServerOptions { Models = models, Port = 0, Drain = TimeSpan.FromSeconds(4) });
        await server.StartAsync();
        using var client = new HttpClient { BaseAddress = server.Address };
        using var asked = new CancellationTokenSource();
        var end = server.WaitForShutdownAsync(asked.Token);
        await asked.CancelAsync();
        Assert.Equal("200 200 503", await ProbeAsync(client));
        using var picture = new ByteArrayContent(TestModel.Face);
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/predict_image", picture)).StatusCode);
        Assert.False(end.IsCompleted);
        await end.WaitAsync(TimeSpan.FromSeconds(30));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/health"));
    }

    [Fact]
    public async Task The_trace_of_a_request_names_its_answer()
    {
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        await using var server = await ServingServer.StartAsync();
        var (_, one, _) = await server.SendAsync(HttpMethod.Post, "/predict_image", TestModel.Face, "image/png", Traced);
        Assert.Equal(trace, (string)one!["id"]!);
        var (_, tensors, _) = await server.SendAsync(HttpMethod.Post, "/v2/models/plus/infer", Encoding.UTF8.GetBytes("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}"), with: Traced);
        Assert.Equal(trace, (string)tensors!["id"]!);
        var base64 = Convert.ToBase64String(TestModel.Face);
        var (_, several, _) = await server.SendAsync(HttpMethod.Post, "/predict_image", Encoding.UTF8.GetBytes($"{{\"images\":[\"{base64}\",\"{base64}\"]}}"), with: Traced);
        Assert.Equal([$"{trace}-1", $"{trace}-2"], several!.AsArray().Select(answer => (string)answer!["id"]!));
        var (_, wrong, _) = await server.SendAsync(HttpMethod.Post, "/predict_image", TestModel.Face, "image/png", request => request.Headers.TryAddWithoutValidation("traceparent", "00-nonsense"));
        Assert.Matches("^[0-9a-f]{32}$", (string)wrong!["id"]!);

        static void Traced(HttpRequestMessage request) => request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-b7ad6b7169203331-01");
    }

    [Fact]
    public async Task Spans_and_numbers_reach_a_collector_and_one_that_is_away_costs_no_request()
    {
        using var collector = new HttpListener();
        var address = $"http://127.0.0.1:{FreePort.Take()}/";
        collector.Prefixes.Add(address);
        collector.Start();
        var received = new ConcurrentDictionary<string, byte[]>();
        var listening = ListenAsync(collector, received);
        await using (var server = await ServingServer.StartAsync(options => options with { Otlp = new Uri(address) })) await AskAsync(server);
        collector.Stop();
        await listening;
        var traces = Encoding.Latin1.GetString(received["/v1/traces"]);
        foreach (var name in new[] { "queue", "compute", "serialise" }) Assert.Contains(name, traces, StringComparison.Ordinal);
        Assert.Contains("saki.inference.requests", Encoding.Latin1.GetString(received["/v1/metrics"]), StringComparison.Ordinal);

        await using var alone = await ServingServer.StartAsync(options => options with { Otlp = new Uri(address) });
        await AskAsync(alone);
    }

    private static async Task AskAsync(ServingServer server) =>
        Assert.Equal(200, (await server.PostAsync("/v1/models/plus:predict", "{\"instances\":[[1,2,3,4]]}")).Status);

    private static async Task ListenAsync(HttpListener collector, ConcurrentDictionary<string, byte[]> received)
    {
        try
        {
            while (true)
            {
                var call = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await call.Request.InputStream.CopyToAsync(body);
                received.AddOrUpdate(call.Request.Url!.AbsolutePath, body.ToArray(), (_, before) => [.. before, .. body.ToArray()]);
                call.Response.Close();
            }
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
        {
            // stopped
        }
    }

    private static async Task<string> ProbeAsync(HttpClient client)
    {
        var statuses = new List<int>();
        foreach (var probe in new[] { "live", "startup", "ready" }) statuses.Add((int)(await client.GetAsync($"/health/{probe}")).StatusCode);
        return string.Join(' ', statuses);
    }
}

internal static class FreePort
{
    public static int Take()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
