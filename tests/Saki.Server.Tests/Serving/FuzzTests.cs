using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;
using Saki.Inference.Serving;
using Saki.Onnx;
using Saki.Testing;
using DataType = Saki.Onnx.TensorProto.Types.DataType;

namespace Saki.Server.Tests.Serving;

/// <summary>
/// What strangers send, over a real connection to real models: whatever it is, the answer is an answer or a refusal with a sentence (never a fault, never a word of the inside),
/// memory stays bounded, and afterwards the server answers rightly.
/// </summary>
[Collection(nameof(RunAlone))] // counts what the whole process allocates
public sealed class FuzzTests
{
    // Far above what the largest honest request of this size takes, far below what a length field that is believed would.
    private const long MostBytesForEach = 4 << 20;

    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("json", 3000, 4)]
    [InlineData("oip", 2500, 4)]
    [InlineData("multipart", 1500, 160)] // a picture may have 40 megapixels
    public async Task HTTP_bodies_are_answered_or_refused_and_never_break_the_server(string corpus, int rounds, int megabytes)
    {
        await using var server = await ServingServer.StartAsync(options => options with { MaxRequestBytes = 1_000_000, MaxImageBytes = 500_000, MaxImages = 8 });
        await AddModelsAsync(server);
        server.Client.Timeout = Hang;
        var fuzz = new Fuzz(corpus, headed: true);
        foreach (var (head, body) in fuzz.Seeds) Assert.InRange(await PostAsync(server.Client, head, body), 200, 499);
        Assert.Contains(fuzz.Seeds, seed => PostAsync(server.Client, seed.Head, seed.Body).Result == 200);
        for (var round = Fuzz.Rounds(rounds); round > 0; round--)
        {
            var (head, body) = fuzz.Next();
            var before = GC.GetTotalAllocatedBytes();
            var status = await PostAsync(server.Client, head, body);
            Assert.True(status is (>= 200 and < 500) or 501 or 503, $"{status} for {Fuzz.Describe(head, body)}");
            Assert.True(GC.GetTotalAllocatedBytes() - before < (long)megabytes << 20, $"much memory for {Fuzz.Describe(head, body)}");
        }
        await AnswersAsync(server);
    }

    [Fact]
    public async Task GRPC_messages_are_answered_or_refused_and_never_break_the_server()
    {
        var port = FreePort();
        await using var server = await ServingServer.StartAsync(options => options with { GrpcPort = port, MaxRequestBytes = 1_000_000 });
        await AddModelsAsync(server);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Hang };
        var fuzz = new Fuzz("grpc", headed: true);
        foreach (var (head, body) in fuzz.Seeds) Assert.Equal("0", await CallAsync(client, head, body));
        for (var round = Fuzz.Rounds(2500); round > 0; round--)
        {
            var (head, body) = fuzz.Next();
            var before = GC.GetTotalAllocatedBytes();
            Assert.NotEqual("13", await CallAsync(client, head, body)); // 13: a fault of the server
            Assert.True(GC.GetTotalAllocatedBytes() - before < MostBytesForEach, $"much memory for {Fuzz.Describe(head, body)}");
        }
        await AnswersAsync(server);
    }

    [Fact]
    public async Task The_length_of_the_JSON_header_may_say_anything()
    {
        await using var server = await ServingServer.StartAsync();
        var body = Encoding.UTF8.GetBytes("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":16}}]}0123456789abcdef");
        foreach (var length in new[] { "-1", "0", "1", "16", "1e3", "99999999999999999999", "2147483647", "4294967295", "0x10", " 5", "96,96" })
        {
            var (status, json, _) = await server.SendAsync(HttpMethod.Post, "/v2/models/plus/infer", body, "application/octet-stream", request => request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", length));
            Assert.True(status is 400, $"{status} for {length}");
            Assert.NotEmpty((string)json!["error"]!);
        }
    }

    private static async Task AddModelsAsync(ServingServer server)
    {
        await LoadAsync(server, "text", graph => graph.Output("u", graph.Node("Identity", [graph.Input("t", DataType.String, OnnxGraphBuilder.Batch)]), DataType.String, OnnxGraphBuilder.Batch));
        await LoadAsync(server, "whole", graph => graph.Output("m", graph.Node("Identity", [graph.Input("n", DataType.Int64, OnnxGraphBuilder.Batch, 2)]), DataType.Int64, OnnxGraphBuilder.Batch, 2));
    }

    private static async Task LoadAsync(ServingServer server, string name, Action<OnnxGraphBuilder> build)
    {
        var graph = new OnnxGraphBuilder(name);
        build(graph);
        var file = Path.Combine(server.Store, $"{name}.onnx");
        await File.WriteAllBytesAsync(file, graph.Build(new Dictionary<string, string>()).ToByteArray());
        await server.Models.LoadAllAsync(server.Models.Open(file, name));
    }

    private static async Task<int> PostAsync(HttpClient client, byte[] head, byte[] body)
    {
        var line = Encoding.UTF8.GetString(head).TrimEnd('\n').Split('\t');
        using var request = new HttpRequestMessage(HttpMethod.Post, line[0]) { Content = new ByteArrayContent(body) };
        if (line[1].Length > 0) request.Content.Headers.TryAddWithoutValidation("Content-Type", line[1]);
        if (line[2].Length > 0) request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", Math.Min(body.Length, int.Parse(line[2], CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture));
        using var reply = await client.SendAsync(request);
        if ((int)reply.StatusCode >= 400) SaysNothingInternal(await reply.Content.ReadAsStringAsync());
        return (int)reply.StatusCode;
    }

    private static async Task<string> CallAsync(HttpClient client, byte[] head, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/inference.GRPCInferenceService/{Encoding.ASCII.GetString(head).Trim()}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        using var reply = await client.SendAsync(request);
        await reply.Content.ReadAsByteArrayAsync();
        if (reply.TrailingHeaders.TryGetValues("grpc-message", out var messages)) SaysNothingInternal(string.Concat(messages));
        return reply.TrailingHeaders.GetValues("grpc-status").Single();
    }

    private static void SaysNothingInternal(string text)
    {
        foreach (var inside in new[] { "   at ", "System.", "Saki.", "/onnxruntime", "saki-serving-", ".cs:line" }) Assert.DoesNotContain(inside, text, StringComparison.Ordinal);
    }

    private static async Task AnswersAsync(ServingServer server)
    {
        var (status, json, _) = await server.PostAsync("/v1/models/plus:predict", "{\"instances\":[[1,2,3,4]]}");
        Assert.Equal(200, status);
        Assert.Equal(3f, (float)json!["predictions"]![0]![1]!);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
