using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Saki.Tracking;

/// <summary>Calls Saki's own JSON routes. Each call is sent once; a refusal is thrown with the server's words. Safe for many threads.</summary>
public sealed class ApiClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly HttpClient _http;

    /// <summary>Calls the server of <paramref name="tracking"/> with its credentials; that client stays the caller's.</summary>
    /// <param name="tracking">Which server, and who calls.</param>
    /// <param name="patience">Longest that an answer may take; null: a minute.</param>
    public ApiClient(TrackingClient tracking, TimeSpan? patience = null)
    {
        var root = tracking.Server.AbsoluteUri.EndsWith('/') ? tracking.Server : new Uri($"{tracking.Server.AbsoluteUri}/");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = root, Timeout = patience ?? Patience };
        if (tracking.Credentials is { } credentials) _http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(credentials);
        _http.DefaultRequestHeaders.Add("X-Saki-Origin", "cli");
    }

    /// <summary>Reads.</summary>
    /// <exception cref="SakiException">The server refuses, or is away.</exception>
    public Task<T> GetAsync<T>(string route, JsonTypeInfo<T> type, CancellationToken cancellation = default) => SendAsync(HttpMethod.Get, route, null, type, cancellation);

    /// <summary>Changes something, without a body.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<T> PostAsync<T>(string route, JsonTypeInfo<T> type, CancellationToken cancellation = default) => SendAsync(HttpMethod.Post, route, null, type, cancellation);

    /// <summary>Changes something.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<T> PostAsync<TBody, T>(string route, TBody body, JsonTypeInfo<TBody> bodyType, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body, bodyType)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return await SendAsync(HttpMethod.Post, route, content, type, cancellation).ConfigureAwait(false);
    }

    /// <summary>Sends a file as a form's field.</summary>
    /// <param name="route">Where to.</param>
    /// <param name="field">The field's name.</param>
    /// <param name="file">Its content; the caller disposes it.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="type">Reads the answer.</param>
    /// <param name="cancellation">Stops.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<T> PostFileAsync<T>(string route, string field, Stream file, string name, JsonTypeInfo<T> type, CancellationToken cancellation = default)
    {
        using var form = new MultipartFormDataContent { { new StreamContent(file), field, name } };
        return await SendAsync(HttpMethod.Post, route, form, type, cancellation).ConfigureAwait(false);
    }

    /// <summary>Removes something.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<T> DeleteAsync<T>(string route, JsonTypeInfo<T> type, CancellationToken cancellation = default) => SendAsync(HttpMethod.Delete, route, null, type, cancellation);

    /// <summary>Reads an answer that is not JSON; the caller disposes it.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public async Task<HttpResponseMessage> GetRawAsync(string route, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, route);
        return await CallAsync(request, cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpMethod method, string route, HttpContent? content, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, route) { Content = content };
        using var reply = await CallAsync(request, cancellation).ConfigureAwait(false);
        return JsonSerializer.Deserialize(await reply.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false), type)!;
    }

    private async Task<HttpResponseMessage> CallAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        try
        {
            var reply = await _http.SendAsync(request, cancellation).ConfigureAwait(false);
            if (reply.IsSuccessStatusCode) return reply;
            using (reply) throw Refusal(reply.StatusCode, await reply.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false));
        }
        catch (HttpRequestException away)
        {
            throw Away(away.Message.TrimEnd('.'), away);
        }
        catch (TaskCanceledException late) when (!cancellation.IsCancellationRequested)
        {
            throw Away("none in time", late);
        }
    }

    private SakiException Away(string got, Exception cause) => new($"Calling the server {_http.BaseAddress}", "an answer", got, "Start it (saki up), or correct --server.", cause) { ExitCode = 3 };

    private static SakiException Refusal(HttpStatusCode status, string body)
    {
        var exit = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden || (int)status >= 500 ? 3 : 2;
        try
        {
            if (JsonNode.Parse(body)?["error"] is JsonObject error)
                return new SakiException((string?)error["operation"] ?? "Calling the server", (string?)error["expected"] ?? "an answer", (string?)error["got"] ?? $"{(int)status}", (string?)error["next"]) { ExitCode = exit };
        }
        catch (Exception other) when (other is JsonException or InvalidOperationException)
        {
            // Not a Saki server, or a proxy before it.
        }
        return new SakiException("Calling the server", "a Saki server that has this part", $"the answer {(int)status}", "Start it with: saki up") { ExitCode = 3 };
    }
}
