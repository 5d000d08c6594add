using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Saki.Pipelines;
using Saki.Testing;
using static Saki.Server.Tests.Serving.RequestBodies;

namespace Saki.Server.Tests.Serving;

public sealed class PredictApiTests
{
    [Fact]
    public async Task Every_form_gives_the_answer_of_the_predictor_to_the_last_bit()
    {
        await using var server = await StartAsync();
        var expected = TestModel.Emotions.Predict(TestModel.Face);
        var base64 = Convert.ToBase64String(TestModel.Face);
        HttpContent[] forms =
        [
            Typed(TestModel.Face, "image/png"), Typed(TestModel.Face, "image/jpeg"), Typed(TestModel.Face, "application/octet-stream"), new ByteArrayContent(TestModel.Face),
            Parts(("face.png", TestModel.Face)), Json($"{{\"image\": \"{base64}\"}}"), Json($"{{\"image\": \"data:image/png;base64,{base64}\"}}"),
        ];
        foreach (var form in forms)
        {
            using var reply = await server.Client.PostAsync("/predict_image", form);
            Assert.Equal("application/json", reply.Content.Headers.ContentType!.MediaType);
            var answer = JsonSerializer.Deserialize(await reply.Content.ReadAsStringAsync(), PipelineJson.Default.Prediction)!;
            Assert.Equal(BitConverter.SingleToInt32Bits(expected.Probability), BitConverter.SingleToInt32Bits(answer.Probability));
            Assert.Equal(expected.Top, answer.Top);
            Assert.Equal((expected.Class, expected.Model, expected.Version, expected.Pipeline), (answer.Class, answer.Model, answer.Version, answer.Pipeline));
            Assert.Equal(32, answer.Id.Length);
        }
    }

    [Fact]
    public async Task Several_pictures_are_answered_in_their_order_with_their_names()
    {
        await using var server = await StartAsync();
        using var parts = await server.Client.PostAsync("/predict_image", Parts(("a.png", TestModel.Face), ("b.png", TestModel.OtherFace), ("c.png", TestModel.Face)));
        var answers = JsonNode.Parse(await parts.Content.ReadAsStringAsync())!.AsArray();
        Assert.Equal(["a.png", "b.png", "c.png"], answers.Select(a => (string)a!["file"]!));
        Assert.Equal(answers[0]!["top"]!.ToJsonString(), answers[2]!["top"]!.ToJsonString());
        Assert.NotEqual(answers[0]!["top"]!.ToJsonString(), answers[1]!["top"]!.ToJsonString());
        Assert.Equal(3, answers.Select(a => (string)a!["id"]!).Distinct().Count());

        using var list = await server.Client.PostAsync("/predict_image", Json($"{{\"images\": [\"{Convert.ToBase64String(TestModel.OtherFace)}\"]}}"));
        Assert.Equal(answers[1]!["top"]!.ToJsonString(), JsonNode.Parse(await list.Content.ReadAsStringAsync())!.AsArray().Single()!["top"]!.ToJsonString());
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData("?top=1", 1)]
    [InlineData("?top=7", 7)]
    [InlineData("?top=1000", 7)]
    public async Task Top_says_how_many_classes_are_listed(string query, int count)
    {
        await using var server = await StartAsync();
        using var reply = await server.Client.PostAsync($"/predict_image{query}", Typed(TestModel.Face, "image/png"));
        var top = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["top"]!.AsArray();
        Assert.Equal(count, top.Count);
        Assert.Equal(top.Select(t => (float)t!["probability"]!).OrderDescending(), top.Select(t => (float)t!["probability"]!));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("five")]
    [InlineData("99999999999999999999")]
    [InlineData("1&top=2")]
    public async Task A_top_that_is_no_count_is_refused(string top)
    {
        await using var server = await StartAsync();
        using var reply = await server.Client.PostAsync($"/predict_image?top={top}", Typed(TestModel.Face, "image/png"));
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains("top", (string)(await reply.ErrorAsync())["expected"]!, StringComparison.Ordinal);
    }

    public static TheoryData<string, int> Bad => new()
    {
        { "text named .jpg", 415 }, { "truncated", 422 }, { "65535 x 65535", 413 }, { "empty", 400 }, { "11 MB", 413 }, { "65 MB", 413 }, { "bad base64", 400 },
        { "text in base64", 415 }, { "text/plain", 415 }, { "100 parts", 413 }, { "one bad of three", 415 }, { "SVG", 415 },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task What_cannot_be_read_is_told_with_expected_got_and_next(string what, int status)
    {
        await using var server = await StartAsync();
        var text = "This is not a picture at all."u8.ToArray();
        using HttpContent content = what switch
        {
            "text named .jpg" => Parts(("cat.jpg", text)),
            "truncated" => Typed(TestModel.Face[..(TestModel.Face.Length / 2)], "image/png"),
            "65535 x 65535" => Typed(TestModel.Giant, "image/png"),
            "empty" => Typed([], "image/png"),
            "11 MB" => Typed(new byte[11_000_000], "image/png"),
            "65 MB" => Typed(new byte[65_000_000], "application/json"),
            "bad base64" => Json("{\"image\": \"***\"}"),
            "text in base64" => Json($"{{\"image\": \"{Convert.ToBase64String(text)}\"}}"),
            "text/plain" => Typed(TestModel.Face, "text/plain"),
            "100 parts" => Parts([.. Enumerable.Range(0, 100).Select(i => ($"{i}.png", TestModel.Face))]),
            "one bad of three" => Parts(("a.png", TestModel.Face), ("b.png", text), ("c.png", TestModel.Face)),
            _ => Typed("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"u8.ToArray(), "image/svg+xml"),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/predict_image") { Content = content };
        request.Headers.ExpectContinue = content.Headers.ContentLength > 10_000_000; // as curl does: the refusal comes before the body is sent
        using var reply = await server.Client.SendAsync(request);
        var error = await reply.ErrorAsync();
        Assert.True(status == (int)reply.StatusCode, $"{what}: {(int)reply.StatusCode} {error}");
        foreach (var part in (string[])["operation", "expected", "got", "next", "message"]) Assert.NotEmpty((string)error[part]!);
        if (what == "one bad of three") Assert.Contains("2 of 3", (string)error["operation"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_server_answers_as_before_after_every_bad_request()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 50; i++) (await server.Client.PostAsync("/predict_image", Typed(TestModel.Face[..(200 + i)], "image/png"))).Dispose();
        using var reply = await server.Client.PostAsync("/predict_image", Typed(TestModel.Face, "image/png"));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task A_full_house_answers_503_with_the_time_to_come_back()
    {
        await using var server = await StartAsync(new ServerOptions { MaxRequests = 1 });
        var slow = await HalfAsync();
        // The slow request is inside once another one is refused; until then that other one is answered.
        for (var attempt = 0; ; attempt++)
        {
            using var reply = await server.Client.PostAsync("/predict_image", Typed(TestModel.Face, "image/png"));
            if (reply.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                Assert.Equal(TimeSpan.FromSeconds(1), reply.Headers.RetryAfter!.Delta);
                slow.Dispose();
                return;
            }
            Assert.True(attempt < 1000, "the slow request was never let in");
            await Task.Delay(4); // a machine with few cores must get to it
            if (slow.Available == 0) continue;
            slow.Dispose(); // it came while the other one was inside, and was the one that was refused
            slow = await HalfAsync();
        }

        async Task<TcpClient> HalfAsync()
        {
            var client = new TcpClient();
            await client.ConnectAsync(server.Address.Host, server.Address.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /predict_image HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\nhalf"));
            return client;
        }
    }

    [Fact]
    public async Task Many_at_once_all_get_the_same_answer()
    {
        await using var server = await StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
        {
            using var reply = await server.Client.PostAsync("/predict_image", Typed(TestModel.Face, "image/png"));
            return JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["top"]!.ToJsonString();
        }));
        Assert.Single(answers.Distinct());
    }

    [Fact]
    public async Task Without_a_model_the_commands_to_get_one_are_said()
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await server.Client.PostAsync("/predict_image", Typed(TestModel.Face, "image/png"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.StatusCode);
        Assert.Contains("saki train experiment=emotions", (string)(await reply.ErrorAsync())["next"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/predict_image", 405)]
    [InlineData("DELETE", "/predict_image", 405)]
    [InlineData("GET", "/nowhere", 404)]
    [InlineData("POST", "/health", 405)]
    public async Task Other_methods_and_addresses_get_a_sentence_too(string method, string path, int status)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var reply = await server.Client.SendAsync(request);
        Assert.Equal(status, (int)reply.StatusCode);
        await reply.ErrorAsync();
    }

    [SharedDataFact]
    public async Task Real_photos_of_every_format_are_answered_and_damaged_ones_refused()
    {
        await using var server = await StartAsync();
        foreach (var file in Directory.GetFiles(SharedData.At("photos/formats")))
        {
            using var reply = await server.Client.PostAsync("/predict_image", Parts((Path.GetFileName(file), await File.ReadAllBytesAsync(file))));
            Assert.True(reply.StatusCode == HttpStatusCode.OK, $"{Path.GetFileName(file)}: {await reply.Content.ReadAsStringAsync()}");
        }
        foreach (var file in Directory.GetFiles(SharedData.At("photos/broken")))
        {
            using var reply = await server.Client.PostAsync("/predict_image", Parts((Path.GetFileName(file), await File.ReadAllBytesAsync(file))));
            Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
            await reply.ErrorAsync();
        }
    }

    private static Task<RunningServer> StartAsync(ServerOptions? options = null) => RunningServer.StartAsync((options ?? new ServerOptions()) with { Models = TestModel.Serve(TestModel.Emotions) });
}
