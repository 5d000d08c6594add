using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Saki.Server.Ask;

namespace Saki.Server.Tests.Ask;

/// <summary>A real HTTP server that speaks OpenAI's chat completions: it keeps what it is asked and answers by a script that sees each question.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private readonly Func<JsonNode, int, JsonNode?> _script;
    private LoopbackApp _app = null!;

    private ChatServer(Func<JsonNode, int, JsonNode?> script) => _script = script;

    /// <summary>The bodies that came.</summary>
    public ConcurrentQueue<JsonNode> Asked { get; } = new();

    /// <summary>The Authorization headers that came.</summary>
    public ConcurrentQueue<string?> Keys { get; } = new();

    public Uri Address => _app.Address;

    public AskOptions Options => new() { Endpoint = new Uri(Address, "/v1"), Model = "parrot-1", Key = "key-of-the-test", Networks = [IPNetwork.Parse("127.0.0.0/8")], Patience = TimeSpan.FromSeconds(20) };

    /// <param name="script">The body of a question and its number from 1; null breaks the connection off in the middle of the answer.</param>
    public static async Task<ChatServer> StartAsync(Func<JsonNode, int, JsonNode?> script)
    {
        var server = new ChatServer(script);
        server._app = await LoopbackApp.StartAsync(server.AnswerAsync);
        return server;
    }

    /// <summary>An answer in words.</summary>
    public static JsonNode Says(string text, long tokens = 100) => Message(new JsonObject { ["role"] = "assistant", ["content"] = text }, tokens);

    /// <summary>An answer that asks for a tool.</summary>
    public static JsonNode Calls(string tool, string arguments, long tokens = 100) => Message(new JsonObject
    {
        ["role"] = "assistant",
        ["content"] = null,
        ["tool_calls"] = new JsonArray(new JsonObject { ["id"] = "call_1", ["type"] = "function", ["function"] = new JsonObject { ["name"] = tool, ["arguments"] = arguments } }),
    }, tokens);

    /// <summary>What the last tool of a question found, as the endpoint sees it.</summary>
    public static string LastFound(JsonNode asked) => (string)asked["messages"]!.AsArray()[^1]!["content"]!;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static JsonObject Message(JsonObject message, long tokens) => new JsonObject
    {
        ["id"] = "chat-1",
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message }),
        ["usage"] = new JsonObject { ["total_tokens"] = tokens },
    };

    private async Task AnswerAsync(HttpContext context)
    {
        Assert.Equal("/v1/chat/completions", context.Request.Path);
        var asked = (await JsonNode.ParseAsync(context.Request.Body))!;
        Asked.Enqueue(asked);
        Keys.Enqueue(context.Request.Headers.Authorization);
        var answer = _script(asked, Asked.Count);
        if (answer is null)
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"choices\": [");
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }
        if (answer["status"] is { } status)
        {
            context.Response.StatusCode = (int)status;
            context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{Address.Port}/elsewhere");
        }
        await context.Response.WriteAsync(answer.ToJsonString());
    }
}
