using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Saki.Datasets.Emotions;
using Saki.Server.Accounts;
using Saki.Server.Try.Live;
using Saki.Testing;

namespace Saki.Server.Tests.Try;

public sealed class LiveTests
{
    [Fact]
    public async Task Thirty_viewers_at_once_each_see_their_own_results_only()
    {
        await using var server = await StartAsync();
        var seen = await Task.WhenAll(Enumerable.Range(0, 30).Select(async viewer =>
        {
            // A picture and a size of their own: nobody else's answer would fit.
            var picture = Saki.Vision.Png.Encode(EmotionFaces.Draw(new SeededRandom((ulong)viewer), (Emotion)(viewer % 7), 40 + viewer), 40 + viewer, 40 + viewer);
            var expected = TestModel.Emotions.Predict(picture, top: 7);
            using var socket = await OpenAsync(server);
            for (var frame = 0; frame < 5; frame++)
            {
                var reply = await AskAsync(socket, picture);
                var face = Assert.Single(reply["faces"]!.AsArray())!;
                Assert.Equal(40 + viewer, (int)reply["width"]!);
                Assert.Equal(expected.Class, (string)face["class"]!);
                Assert.Equal(expected.Probability, (float)face["top"]![0]!["probability"]!, 1e-4f);
            }
            return expected.Probability;
        }));
        Assert.Equal(30, seen.Distinct().Count());
    }

    [Fact]
    public async Task Of_frames_that_arrive_faster_than_they_are_judged_the_newest_is_judged_last()
    {
        await using var server = await StartAsync();
        using var socket = await OpenAsync(server);
        for (var i = 0; i < 40; i++) await SendAsync(socket, TestModel.OtherFace);
        await SendAsync(socket, Large);
        var replies = 0;
        JsonNode reply;
        do
        {
            reply = await ReceiveAsync(socket);
            replies++;
        }
        while ((int)reply["width"]! != 256);
        Assert.InRange(replies, 1, 41);
    }

    [Fact]
    public async Task A_frame_that_is_no_picture_is_told_and_the_next_one_is_judged()
    {
        await using var server = await StartAsync();
        using var socket = await OpenAsync(server);
        Assert.Contains("Expected", (string)(await AskAsync(socket, "nothing"u8.ToArray()))["error"]!, StringComparison.OrdinalIgnoreCase);
        Assert.Null((await AskAsync(socket, TestModel.Face))["error"]);
    }

    [Fact]
    public async Task Frames_beyond_the_limit_and_texts_end_the_session()
    {
        await using var server = await StartAsync();
        using var large = await OpenAsync(server);
        await SendAsync(large, new byte[LiveSession.MostFrameBytes + 1]);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await ClosedAsync(large));
        using var text = await OpenAsync(server);
        await text.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, default);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, await ClosedAsync(text));
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    public async Task Another_web_site_gets_no_session(string origin)
    {
        await using var server = await StartAsync();
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(Address(server), default));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Fact]
    public async Task Strangers_get_no_session_where_people_sign_in()
    {
        using var folder = new TemporaryFolder();
        var tokens = AccessTokens.Open(new SakiHome(folder.Root), TimeProvider.System);
        var text = tokens.Add("camera", Scope.Infer);
        await using var server = await RunningServer.StartAsync(new ServerOptions { Tokens = tokens, Models = TestModel.Serve(TestModel.Emotions) });
        using var stranger = new ClientWebSocket();
        await Assert.ThrowsAsync<WebSocketException>(() => stranger.ConnectAsync(Address(server), default));
        using var known = new ClientWebSocket();
        known.Options.SetRequestHeader("Authorization", $"Bearer {text}");
        await known.ConnectAsync(Address(server), default);
        Assert.Null((await AskAsync(known, TestModel.Face))["error"]);
    }

    private static byte[] Large { get; } = Saki.Vision.Png.Encode(new byte[256 * 16 * 3], 256, 16);

    internal static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Models = TestModel.Serve(TestModel.Emotions) });

    private static Uri Address(RunningServer server) => new(new UriBuilder(server.Address) { Scheme = "ws", Path = "/try/live" }.ToString());

    internal static async Task<ClientWebSocket> OpenAsync(RunningServer server)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(Address(server), default);
        return socket;
    }

    private static Task SendAsync(ClientWebSocket socket, byte[] frame) => socket.SendAsync(frame, WebSocketMessageType.Binary, true, default);

    internal static async Task<JsonNode> AskAsync(ClientWebSocket socket, byte[] frame)
    {
        await SendAsync(socket, frame);
        return await ReceiveAsync(socket);
    }

    private static async Task<JsonNode> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(length), default);
            length += part.Count;
            if (part.EndOfMessage) return JsonNode.Parse(buffer.AsSpan(0, length))!;
        }
    }

    private static async Task<WebSocketCloseStatus?> ClosedAsync(ClientWebSocket socket)
    {
        await socket.ReceiveAsync(new byte[100].AsMemory(), default);
        return socket.CloseStatus;
    }
}
