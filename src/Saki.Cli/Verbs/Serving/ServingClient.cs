using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Saki.Server.Serving.Control;

namespace Saki.Cli.Verbs.Serving;

/// <summary>Talks to a running server's <c>/api/serving</c>.</summary>
internal sealed class ServingClient : IDisposable
{
    private const string Operation = "Asking the server";

    // Where saki serve and saki up listen unless they are told otherwise.
    private static readonly string[] Usual = ["http://127.0.0.1:5254", "http://127.0.0.1:5252"];

    private readonly HttpClient _http;

    private ServingClient(HttpClient http) => _http = http;

    /// <summary>Connects to the server that is named, by <c>SAKI_URL</c> or on this machine.</summary>
    /// <param name="server">What <c>--server</c> says.</param>
    /// <param name="token">What <c>--token</c> says; null: <c>SAKI_TOKEN</c>, or the home's own for a server on this machine.</param>
    /// <param name="home">Whose own token it is.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="SakiException">No server answers.</exception>
    public static async Task<ServingClient> ConnectAsync(string? server, string? token, SakiHome home, CancellationToken cancel)
    {
        var named = server ?? Environment.GetEnvironmentVariable("SAKI_URL");
        foreach (var candidate in named is null ? Usual : [named])
        {
            if (!Uri.TryCreate(candidate, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                throw new SakiException(Operation, "an address such as http://127.0.0.1:5254", $"\"{candidate}\"", "Correct --server or SAKI_URL.");
            // A load may take as long as a model is large.
            var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(30) };
            if ((token ?? TrackingOptions.Token(candidate, home)) is { } known) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", known);
            try
            {
                using var probe = await http.GetAsync("/v2/health/live", cancel);
                return new ServingClient(http);
            }
            catch (HttpRequestException)
            {
                http.Dispose();
            }
        }
        throw new SakiException(Operation, "a running server", $"nobody at {named ?? string.Join(" or ", Usual)}", "Start one with saki serve or saki up, or name it with --server.") { ExitCode = 3 };
    }

    /// <summary>All that is served.</summary>
    public Task<ServingView> ViewAsync(CancellationToken cancel) => SendAsync(HttpMethod.Get, "/api/serving", null, ServingJson.Default.ServingView, cancel);

    /// <summary>One model.</summary>
    public Task<ModelServing> ViewAsync(string model, CancellationToken cancel) => SendAsync(HttpMethod.Get, $"/api/serving/models/{Uri.EscapeDataString(model)}", null, ServingJson.Default.ModelServing, cancel);

    /// <summary>Changes a model and gives it as it is then; null when nothing of it is loaded any more.</summary>
    public async Task<ModelServing?> ChangeAsync(string model, string change, Action<Utf8JsonWriter> members, CancellationToken cancel)
    {
        using var json = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        var answer = await SendAsync(HttpMethod.Post, $"/api/serving/models/{Uri.EscapeDataString(model)}/{change}", json.ToArray(), cancel);
        // A model that is gone is answered with all the others.
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.TryGetProperty("models", out _) ? null : JsonSerializer.Deserialize(answer, ServingJson.Default.ModelServing);
    }

    /// <summary>Takes a change back.</summary>
    public Task UndoAsync(string id, CancellationToken cancel) => SendAsync(HttpMethod.Post, $"/api/serving/undo/{Uri.EscapeDataString(id)}", "{}"u8.ToArray(), cancel);

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string path, byte[]? body, JsonTypeInfo<T> type, CancellationToken cancel) =>
        JsonSerializer.Deserialize(await SendAsync(method, path, body, cancel), type) ?? throw new SakiException(Operation, "an answer of Saki's server", "null");

    private async Task<byte[]> SendAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var reply = await _http.SendAsync(request, cancel);
            var answer = await reply.Content.ReadAsByteArrayAsync(cancel);
            return reply.IsSuccessStatusCode ? answer : throw Refusal(reply.StatusCode, answer);
        }
        catch (HttpRequestException away)
        {
            throw new SakiException(Operation, "a running server", away.Message, "Start it again.", away) { ExitCode = 3 };
        }
    }

    private static SakiException Refusal(HttpStatusCode status, byte[] answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var error = json.RootElement.GetProperty("error");
            string Part(string name) => error.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.String ? part.GetString()! : "";
            if (Part("expected").Length > 0) return new SakiException(Part("operation"), Part("expected"), Part("got"), Part("next") is { Length: > 0 } next ? next : null);
        }
        catch (Exception other) when (other is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Not our server's words.
        }
        return new SakiException(Operation, "an answer", $"{(int)status} {Encoding.UTF8.GetString(answer.AsSpan(0, Math.Min(answer.Length, 200)))}".Trim(), "Is this Saki's server?");
    }
}
