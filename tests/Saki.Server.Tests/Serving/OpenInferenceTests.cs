using System.IO.Compression;
using System.Text;
using static Saki.Server.Tests.Serving.ServingServer;

namespace Saki.Server.Tests.Serving;

public sealed class OpenInferenceTests
{
    private const string Infer = "/v2/models/plus/infer";

    private static readonly string[] Labels = ["cat", "dog", "bird"];

    [Fact]
    public async Task Flat_nested_and_binary_tensors_give_the_same_answer()
    {
        await using var server = await StartAsync();
        foreach (var data in new[] { "[1,2,3,4,5,6,7,8]", "[[1,2,3,4],[5,6,7,8]]", "[ [1.0, 2e0, 3, 4] , [5,6,7,8] ]" })
        {
            var (status, json, _) = await server.PostAsync(Infer, $$"""{"id":"é-7","inputs":[{"name":"x","shape":[2,4],"datatype":"FP32","data":{{data}}}]}""");
            Assert.Equal(200, status);
            Assert.Equal("é-7", (string)json!["id"]!);
            Assert.Equal("[2,3,4,5,6,7,8,9]", json["outputs"]![0]!["data"]!.ToJsonString());
            Assert.Equal("[2,4]", json["outputs"]![0]!["shape"]!.ToJsonString());
        }
        var header = """{"inputs":[{"name":"x","shape":[2,4],"datatype":"FP32","parameters":{"binary_data_size":32}}],"parameters":{"binary_data_output":true}}""";
        var (ok, _, reply) = await BinaryAsync(server, header, Floats(1, 2, 3, 4, 5, 6, 7, 8));
        Assert.Equal(200, ok);
        var length = int.Parse(reply.Headers.GetValues("Inference-Header-Content-Length").Single(), System.Globalization.CultureInfo.InvariantCulture);
        var body = await reply.Content.ReadAsByteArrayAsync();
        Assert.Equal(Floats(2, 3, 4, 5, 6, 7, 8, 9), body[length..]);
        Assert.Contains("\"binary_data_size\":32", Encoding.UTF8.GetString(body, 0, length), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task A_packed_body_is_unpacked_and_one_that_lies_is_a_bad_request(string encoding)
    {
        await using var server = await StartAsync();
        var json = """{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}"""u8.ToArray();
        using var packed = new MemoryStream();
        await using (Stream stream = encoding == "gzip" ? new GZipStream(packed, CompressionMode.Compress, true) : new ZLibStream(packed, CompressionMode.Compress, true)) await stream.WriteAsync(json);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, Infer, packed.ToArray(), with: request => request.Content!.Headers.ContentEncoding.Add(encoding))).Status);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Post, Infer, json, with: request => request.Content!.Headers.ContentEncoding.Add(encoding))).Status);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999")]
    [InlineData("abc")]
    [InlineData("1e3")]
    [InlineData("4294967297")]
    public async Task A_header_length_that_cannot_be_is_a_bad_request(string length)
    {
        await using var server = await StartAsync();
        var (status, json, _) = await server.SendAsync(HttpMethod.Post, Infer, "{}"u8.ToArray(), with: request => request.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", length));
        Assert.Equal(400, status);
        Assert.NotEmpty((string)json!["error"]!);
    }

    [Theory]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":999}}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":-16}}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":8}}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[4611686018427387904,4],"datatype":"FP32","parameters":{"binary_data_size":16}}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32"}]}""")]
    [InlineData("""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","parameters":{"binary_data_size":16}},{"name":"x","shape":[0,4],"datatype":"FP32","parameters":{"binary_data_size":0}}]}""")]
    public async Task Binary_sizes_that_do_not_add_up_are_bad_requests(string header)
    {
        await using var server = await StartAsync();
        Assert.Equal(400, (await BinaryAsync(server, header, Floats(1, 2, 3, 4))).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"inputs\":{}}")]
    [InlineData("{\"inputs\":[]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,\"4\"]}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":\"@0\"}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP99\",\"data\":[1,2,3,4]}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4]}],\"outputs\":[{\"name\":\"z\"}]}")]
    [InlineData("{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,2,3,4")]
    public async Task What_is_no_such_request_is_a_bad_one_and_the_server_answers_on(string body)
    {
        await using var server = await StartAsync();
        var (status, json, _) = await server.PostAsync(Infer, body);
        Assert.Equal(400, status);
        Assert.NotEmpty((string)json!["error"]!);
        Assert.Equal(200, (await server.PostAsync(Infer, """{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}""")).Status);
    }

    [Fact]
    public async Task Nesting_without_an_end_is_refused_and_not_followed()
    {
        await using var server = await StartAsync();
        Assert.Equal(400, (await server.PostAsync(Infer, "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":" + new string('[', 100_000))).Status);
        Assert.Equal(400, (await server.PostAsync(Infer, string.Concat(Enumerable.Repeat("{\"a\":", 100_000)))).Status);
    }

    [Fact]
    public async Task Server_model_readiness_statistics_and_repository_are_described()
    {
        await using var server = await StartAsync();
        Assert.Contains("binary_tensor_data", (await server.GetAsync("/v2")).Json!["extensions"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/v2/health/live")).Status);
        Assert.Equal(200, (await server.GetAsync("/v2/health/ready")).Status);
        var metadata = (await server.GetAsync("/v2/models/plus")).Json!;
        Assert.Equal("[-1,4]", metadata["inputs"]![0]!["shape"]!.ToJsonString());
        Assert.Equal(404, (await server.GetAsync("/v2/models/nope")).Status);
        Assert.Equal(404, (await server.GetAsync("/v2/models/plus/versions/9/ready")).Status);
        await server.PostAsync(Infer, """{"inputs":[{"name":"x","shape":[2,4],"datatype":"FP32","data":[1,2,3,4,5,6,7,8]}]}""");
        var stats = (await server.GetAsync("/v2/models/plus/stats")).Json!["model_stats"]![0]!;
        Assert.Equal((2, 1), ((int)stats["inference_count"]!, (int)stats["execution_count"]!));
        Assert.Equal(2, (int)stats["batch_stats"]![0]!["batch_size"]!);

        Assert.Contains("READY", (await server.SendAsync(HttpMethod.Post, "/v2/repository/index")).Json!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, "/v2/repository/models/plus/unload")).Status);
        Assert.Equal(404, (await server.PostAsync(Infer, "{}")).Status);
        Assert.Contains("UNAVAILABLE", (await server.SendAsync(HttpMethod.Post, "/v2/repository/index")).Json!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Post, "/v2/repository/models/plus/load")).Status);
        Assert.Equal(200, (await server.GetAsync("/v2/models/plus/ready")).Status);
        Assert.Equal(404, (await server.SendAsync(HttpMethod.Post, "/v2/repository/models/..%2Fplus/load")).Status);
        Assert.Equal(400, (await server.PostAsync("/v2/repository/models/plus/load", """{"parameters":{"file:1/../../../x":"AAAA"}}""")).Status);
    }

    [Fact]
    public async Task Best_classes_come_as_texts_with_their_labels()
    {
        await using var server = await StartAsync();
        var zeros = string.Join(',', Enumerable.Repeat("0.5", 192));
        var (status, json, _) = await server.PostAsync("/v2/models/linear/infer", $$"""{"inputs":[{"name":"image","shape":[1,3,8,8],"datatype":"FP32","data":[{{zeros}}]}],"outputs":[{"name":"logits","parameters":{"classification":2} } ]}""");
        Assert.Equal(200, status);
        var texts = json!["outputs"]![0]!["data"]!.AsArray().Select(text => ((string)text!).Split(':')).ToList();
        Assert.Equal(2, texts.Count);
        Assert.All(texts, parts => Assert.Equal(Labels[int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)], parts[2]));
    }

    [Fact]
    public async Task Thirty_clients_with_different_tensors_each_get_their_own_answer()
    {
        await using var server = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async client =>
        {
            for (var i = 0; i < 10; i++)
            {
                var value = (client * 100) + i;
                var (status, json, _) = await server.PostAsync(Infer, $$"""{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[{{value}},0,0,0]}]}""");
                Assert.Equal(200, status);
                Assert.Equal(value + 1, (int)json!["outputs"]![0]!["data"]![0]!);
            }
        }));
    }

    private static Task<(int Status, System.Text.Json.Nodes.JsonNode? Json, HttpResponseMessage Reply)> BinaryAsync(ServingServer server, string header, byte[] tensors)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return server.SendAsync(HttpMethod.Post, Infer, [.. json, .. tensors], "application/octet-stream",
            request => request.Headers.Add("Inference-Header-Content-Length", json.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }
}
