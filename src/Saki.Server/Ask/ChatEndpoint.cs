using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Saki.Server.Http;

namespace Saki.Server.Ask;

/// <summary>A tool that the language model asks for.</summary>
internal sealed record ChatCall(string Id, string Tool, string Arguments);

/// <summary>What the endpoint answered, or why it did not.</summary>
/// <param name="Text">Words; empty when it asks for tools.</param>
/// <param name="Calls">Tools that it asks for.</param>
/// <param name="Tokens">What it says it spent; an estimate where it says nothing.</param>
/// <param name="Problem">Null: it answered.</param>
internal sealed record ChatReply(string Text, IReadOnlyList<ChatCall> Calls, long Tokens, string? Problem = null);

/// <summary>
/// OpenAI's <c>POST /chat/completions</c> with tools, not streamed, by the rules of <see cref="OutboundClient"/>. What it sends back is bounded in bytes, depth, calls and time, and none
/// of it is trusted: it is words to show, and names of tools to look up.
/// </summary>
internal sealed class ChatEndpoint : IDisposable
{
    private const int MostBytes = 1_000_000, MostText = 6000, MostCalls = 8, SignsAToken = 3;

    private readonly AskOptions _options;
    private readonly HttpClient _client;
    private readonly Uri _address;

    public ChatEndpoint(AskOptions options)
    {
        _options = options;
        _client = OutboundClient.Create(options.Networks, "--ask-allow", options.Patience);
        _address = new Uri($"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/chat/completions");
    }

    /// <summary>The model's name, for people.</summary>
    public string Model => _options.Model;

    /// <summary>Where it is, for people.</summary>
    public string Host => _address.Host;

    /// <summary>Asks once.</summary>
    /// <param name="messages">The conversation so far.</param>
    /// <param name="tools">What it may ask for.</param>
    /// <param name="answerNow">True: it must answer in words.</param>
    /// <param name="mostTokens">Of its answer.</param>
    /// <param name="cancellation">The person has gone, or the time is over.</param>
    public async Task<ChatReply> AskAsync(JsonArray messages, IReadOnlyList<AskTool> tools, bool answerNow, int mostTokens, CancellationToken cancellation)
    {
        var body = new JsonObject { ["model"] = _options.Model, ["messages"] = messages.DeepClone(), ["stream"] = false, ["temperature"] = 0, ["max_tokens"] = mostTokens };
        if (tools.Count > 0) (body["tools"], body["tool_choice"]) = (new JsonArray([.. tools.Select(tool => (JsonNode)tool.Describe())]), answerNow ? "none" : "auto");
        var text = body.ToJsonString();
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
        if (_options.Key is { } key) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        try
        {
            using var reply = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!reply.IsSuccessStatusCode) return Failed(string.Create(CultureInfo.InvariantCulture, $"it answered with status {(int)reply.StatusCode}"));
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(_options.Patience);
            var bytes = await ReadAsync(reply, limit.Token);
            return bytes is null ? Failed($"its answer is longer than {MostBytes / 1_000_000} MB") : Parse(bytes, text.Length);
        }
        catch (HttpRequestException failure) when (failure.InnerException is ForbiddenAddressException forbidden)
        {
            return Failed(forbidden.Message);
        }
        catch (HttpRequestException failure)
        {
            return Failed($"it could not be reached ({failure.HttpRequestError})");
        }
        catch (IOException)
        {
            return Failed("it broke off its answer");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Failed(string.Create(CultureInfo.InvariantCulture, $"it did not answer within {_options.Patience.TotalSeconds:0} s"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        var buffer = new byte[MostBytes + 1];
        await using var stream = await reply.Content.ReadAsStreamAsync(cancellation);
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return length > MostBytes ? null : buffer[..length];
    }

    private static ChatReply Parse(byte[] bytes, int asked)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            var root = document.RootElement;
            if (Property(root, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0 || Property(choices[0], "message") is not { ValueKind: JsonValueKind.Object } message)
                return Failed("its answer has no message");
            var spent = Property(root, "usage") is { } usage && Property(usage, "total_tokens") is { ValueKind: JsonValueKind.Number } total && total.TryGetInt64(out var said) && said > 0 ? said : (asked + bytes.Length) / SignsAToken;
            var refusal = Text(message, "refusal");
            var words = Text(message, "content") is { Length: > 0 } content ? content : refusal;
            var calls = Property(message, "tool_calls") is { ValueKind: JsonValueKind.Array } asks ? asks.EnumerateArray().Take(MostCalls).Select(Call).OfType<ChatCall>().ToList() : [];
            return new ChatReply(words.Length <= MostText ? words : $"{words[..MostText]} …", calls, spent);
        }
        catch (JsonException)
        {
            return Failed("its answer is not JSON");
        }
    }

    private static ChatCall? Call(JsonElement call) => Property(call, "function") is { ValueKind: JsonValueKind.Object } function && Text(function, "name") is { Length: > 0 and <= 64 } name
        ? new ChatCall(Text(call, "id") is { Length: > 0 and <= 200 } id ? id : "call", name, Text(function, "arguments") is { Length: <= 4000 } arguments ? arguments : "") : null;

    private static JsonElement? Property(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : null;

    private static string Text(JsonElement of, string name) => Property(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static ChatReply Failed(string problem) => new("", [], 0, problem);
}
