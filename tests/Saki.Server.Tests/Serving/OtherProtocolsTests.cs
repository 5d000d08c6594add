using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Saki.Server.Serving.Grpc.Messages;
using static Saki.Server.Tests.Serving.ServingServer;

namespace Saki.Server.Tests.Serving;

public sealed class OtherProtocolsTests
{
    [Fact]
    public async Task MLflows_four_forms_give_the_same_predictions()
    {
        await using var server = await StartAsync();
        foreach (var body in new[]
        {
            """{"inputs":[[1,2,3,4]]}""", """{"instances":[[1,2,3,4]]}""", """{"inputs":{"x":[[1,2,3,4]]}}""",
            """{"dataframe_split":{"columns":["a","b","c","d"],"data":[[1,2,3,4]]}}""", """{"dataframe_records":[{"a":1,"b":2,"c":3,"d":4}]}""",
        })
        {
            var (status, json, _) = await server.PostAsync("/invocations?id=plus", body);
            Assert.True(status == 200, $"{body}: {status} {json}");
            Assert.Equal("""{"predictions":[[2,3,4,5]]}""", json!.ToJsonString());
        }
        Assert.Equal(400, (await server.PostAsync("/invocations", "{}")).Status);
        // An id that names no model is a user's, as the first seed project's page sends it with every frame: without a version of their own the default answers.
        Assert.Equal("BAD_REQUEST", (string)(await server.PostAsync("/invocations?id=nope", "{}")).Json!["error_code"]!);
    }

    [Fact]
    public async Task KServes_first_protocol_answers_numbers_and_pictures()
    {
        await using var server = await StartAsync();
        Assert.Equal("""{"predictions":[[2,3,4,5],[1,1,1,1]]}""", (await server.PostAsync("/v1/models/plus:predict", """{"instances":[[1,2,3,4],[0,0,0,0]]}""")).Json!.ToJsonString());
        var picture = Convert.ToBase64String(TestModel.Face);
        var (status, json, _) = await server.PostAsync("/v1/models/linear:predict", $$"""{"instances":[{"b64":"{{picture}}"},{"image":"{{picture}}"}]}""");
        Assert.Equal(200, status);
        Assert.Equal(2, json!["predictions"]!.AsArray().Count);
        Assert.Contains((string)json["predictions"]![0]!["class"]!, (string[])["cat", "dog", "bird"]);
        Assert.Equal(400, (await server.PostAsync("/v1/models/linear:predict", """{"instances":[{"b64":"*"}]}""")).Status);
        Assert.Equal(501, (await server.PostAsync("/v1/models/plus:explain", "{}")).Status);
    }

    [Fact]
    public async Task TorchServes_scripts_find_its_answers()
    {
        await using var server = await StartAsync();
        Assert.Equal("""{"status":"Healthy"}""", (await server.GetAsync("/ping")).Json!.ToJsonString());
        var (status, json, reply) = await server.SendAsync(HttpMethod.Post, "/predictions/linear", TestModel.Face, null);
        Assert.Equal(200, status);
        Assert.Equal(3, json!.AsObject().Count);
        Assert.True(reply.Headers.Contains("x-request-id"));
        Assert.Equal("[[2,3,4,5]]", (await server.PostAsync("/predictions/plus", "[[1,2,3,4]]")).Json!.ToJsonString());
        Assert.Equal("[[2,3,4,5]]", (await server.SendAsync(HttpMethod.Post, "/predictions/plus", Floats(1, 2, 3, 4), null)).Json!.ToJsonString());
        var missing = (await server.PostAsync("/predictions/nope", "x")).Json!;
        Assert.Equal((404, "ModelNotFoundException"), ((int)missing["code"]!, (string)missing["type"]!));

        var described = (await server.GetAsync("/models/plus")).Json!.AsArray().Single()!;
        Assert.Equal("plus", (string)described["modelName"]!);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, "/models?url=other.onnx&model_name=fresh")).Status);
        Assert.Equal(409, (await server.SendAsync(HttpMethod.Post, "/models?url=other.onnx&model_name=fresh")).Status);
        Assert.Equal("[[2,2,2,2]]", (await server.PostAsync("/predictions/fresh", "[[0,0,0,0]]")).Json!.ToJsonString());
        Assert.Equal(202, (await server.SendAsync(HttpMethod.Put, "/models/fresh?min_worker=nonsense")).Status);
        Assert.Equal(3, (await server.GetAsync("/models?limit=-1")).Json!["models"]!.AsArray().Count);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Delete, "/models/fresh")).Status);
        Assert.Equal(404, (await server.GetAsync("/models/fresh")).Status);
    }

    [Theory]
    [InlineData("https://example.com/x.mar", 403)]
    [InlineData("file:///etc/passwd", 403)]
    [InlineData("../../etc/passwd", 404)]
    [InlineData("%2Fetc%2Fpasswd", 404)]
    [InlineData("..", 404)]
    [InlineData("nope.mar", 404)]
    [InlineData("", 404)]
    public async Task A_model_is_registered_from_the_store_and_from_nowhere_else(string url, int status)
    {
        await using var server = await StartAsync();
        Assert.Equal(status, (await server.SendAsync(HttpMethod.Post, $"/models?url={url}")).Status);
    }

    [Fact]
    public async Task Numbers_for_Prometheus_count_what_happened_under_every_name()
    {
        await using var server = await StartAsync();
        await server.PostAsync("/predictions/plus", "[[1,2,3,4],[1,2,3,4]]");
        var text = await server.Client.GetStringAsync("/metrics");
        foreach (var name in new[] { "saki_inference_requests_total", "nv_inference_request_success", "nv_inference_count", "ts_inference_requests_total", "request_predict_seconds_bucket" }) Assert.Contains(name, text, StringComparison.Ordinal);
        Assert.Matches("nv_inference_count\\{model=\"plus\",version=\"[0-9a-f]+\"\\} 2\n", text);
        Assert.Equal(text.Split('\n').Count(line => line.StartsWith("# TYPE", StringComparison.Ordinal)), text.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Distinct().Count());
    }

    [Fact]
    public async Task Management_answers_on_its_own_port_only_when_it_has_one()
    {
        var port = FreePort();
        await using var server = await StartAsync(options => options with { ManagementPort = port });
        Assert.Equal(404, (await server.GetAsync("/models")).Status);
        Assert.Equal(200, (await server.GetAsync($"http://127.0.0.1:{port}/models")).Status);
    }

    [Fact]
    public async Task GRPC_answers_raw_and_typed_tensors_streams_and_says_what_went_wrong()
    {
        var port = FreePort();
        await using var server = await StartAsync(options => options with { GrpcPort = port });
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 4 } };
        var raw = new ModelInferRequest { ModelName = "plus", Id = "a", Inputs = { input }, RawInputContents = { Google.Protobuf.ByteString.CopyFrom(Floats(1, 2, 3, 4)) } };
        var typed = new ModelInferRequest { ModelName = "plus", Inputs = { input.Clone() } };
        typed.Inputs[0].Contents = new InferTensorContents { Fp32Contents = { 1, 2, 3, 4 } };
        foreach (var request in new[] { raw, typed })
        {
            var (status, _, body) = await CallAsync(client, "ModelInfer", Frame(request));
            Assert.Equal("0", status);
            Assert.Equal(Floats(2, 3, 4, 5), ModelInferResponse.Parser.ParseFrom(body.AsSpan(5)).RawOutputContents.Single().ToByteArray());
        }
        Assert.True(ServerLiveResponse.Parser.ParseFrom((await CallAsync(client, "ServerLive", Frame(new ServerLiveRequest()))).Body.AsSpan(5)).Live);
        Assert.False(ModelReadyResponse.Parser.ParseFrom((await CallAsync(client, "ModelReady", Frame(new ModelReadyRequest { Name = "nope" }))).Body.AsSpan(5)).Ready);

        var unknown = await CallAsync(client, "ModelInfer", Frame(new ModelInferRequest { ModelName = "nope" }));
        Assert.Equal("5", unknown.Status);
        Assert.Contains("nope", unknown.Message, StringComparison.Ordinal);
        Assert.Equal("3", (await CallAsync(client, "ModelInfer", [0, 0, 0, 0, 3, 255, 255, 255])).Status);
        Assert.Equal("3", (await CallAsync(client, "ModelInfer", [0, 0, 0, 0, 99, 1])).Status);
        Assert.Equal("8", (await CallAsync(client, "ModelInfer", [0, 0xFF, 0xFF, 0xFF, 0xFF])).Status);
        Assert.Equal("12", (await CallAsync(client, "ModelInfer", [1, 0, 0, 0, 0])).Status);

        var stream = await CallAsync(client, "ModelStreamInfer", [.. Frame(raw), .. Frame(new ModelInferRequest { ModelName = "nope" }), .. Frame(raw)]);
        Assert.Equal("0", stream.Status);
        var answers = new List<ModelStreamInferResponse>();
        for (var at = 0; at < stream.Body.Length;)
        {
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(stream.Body.AsSpan(at + 1));
            answers.Add(ModelStreamInferResponse.Parser.ParseFrom(stream.Body.AsSpan(at + 5, length)));
            at += 5 + length;
        }
        Assert.Equal([false, true, false], answers.Select(answer => answer.ErrorMessage.Length > 0));
    }

    private static async Task<(string Status, string Message, byte[] Body)> CallAsync(HttpClient client, string method, byte[] frames)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/inference.GRPCInferenceService/{method}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frames) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };
        request.Headers.Add("TE", "trailers");
        using var reply = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        var body = await reply.Content.ReadAsByteArrayAsync();
        var message = reply.TrailingHeaders.TryGetValues("grpc-message", out var messages) ? messages.Single() : "";
        return (reply.TrailingHeaders.GetValues("grpc-status").Single(), message, body);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
