using System.CommandLine;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Saki.Cli.Verbs.Labels;

/// <summary>The server whose queues a verb works on: the one named by <c>--server</c>, <c>SAKI_URL</c> or <c>MLFLOW_TRACKING_URI</c>, else the one of this home.</summary>
internal sealed class LabelServer : IDisposable
{
    private const string OfHome = "http://127.0.0.1:5252";

    private readonly HttpClient _http;

    private LabelServer(Uri address, string? token)
    {
        // A version of a large data set takes a while to be written.
        _http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };
        if (token is not null) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Connects to nothing yet. The home's own token is sent to this machine only.</summary>
    /// <exception cref="SakiException">The address is not one of a server.</exception>
    public static LabelServer Of(ParseResult parsed, Option<string?> server)
    {
        var named = parsed.GetValue(server) ?? Environment.GetEnvironmentVariable("SAKI_URL") ?? Environment.GetEnvironmentVariable("MLFLOW_TRACKING_URI") ?? OfHome;
        if (!Uri.TryCreate(named, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new SakiException("Finding the server", "an address like http://127.0.0.1:5252", $"\"{named}\"", "Correct --server.");
        return new LabelServer(address, TrackingOptions.Token(named, SakiHome.Find(parsed.GetValue(SakiCommand.Home))));
    }

    /// <summary>Asks for a document.</summary>
    /// <exception cref="SakiException">(of the task) The server is away or refuses.</exception>
    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) => await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancel);

    /// <summary>Sends one and asks for another.</summary>
    /// <exception cref="SakiException">(of the task) The server is away or refuses.</exception>
    public async Task<T> PostAsync<TAsk, T>(string path, TAsk ask, JsonTypeInfo<TAsk> askType, JsonTypeInfo<T> type, CancellationToken cancel) =>
        await SendAsync(new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(ask, askType) }, type, cancel);

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using (request)
        {
            try
            {
                using var reply = await _http.SendAsync(request, cancel);
                if (!reply.IsSuccessStatusCode) throw Refusal(await reply.Content.ReadAsStringAsync(cancel), (int)reply.StatusCode);
                return (await reply.Content.ReadFromJsonAsync(type, cancel))!;
            }
            catch (HttpRequestException away)
            {
                throw new SakiException("Asking the server", $"a Saki server at {_http.BaseAddress}", away.Message.TrimEnd('.'), "Start it with: saki up; or name another with --server.", away) { ExitCode = 3 };
            }
        }
    }

    // The server's own sentence, whose parts its error carries.
    private static SakiException Refusal(string body, int status)
    {
        var code = status is 401 or 403 or >= 500 ? 3 : 2;
        try
        {
            if (JsonNode.Parse(body)?["error"] is not JsonObject error || error["operation"] is null) throw new JsonException();
            return new SakiException((string)error["operation"]!, (string?)error["expected"] ?? "an answer", (string?)error["got"] ?? $"status {status}", (string?)error["next"]) { ExitCode = code };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return new SakiException("Asking the server", "an answer of a Saki server", $"status {status}", "Check --server.") { ExitCode = 3 };
        }
    }
}
