using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Saki.Tracking;

namespace Saki.Jobs;

/// <summary>Calls <c>/api/jobs</c> of a Saki server. Each call is sent once; a refusal is thrown with the server's words. Safe for many threads.</summary>
public sealed class JobClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly HttpClient _http;

    /// <summary>Calls the server of <paramref name="tracking"/> with its credentials; that client stays the caller's.</summary>
    public JobClient(TrackingClient tracking)
    {
        var root = tracking.Server.AbsoluteUri.EndsWith('/') ? tracking.Server : new Uri($"{tracking.Server.AbsoluteUri}/");
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = root, Timeout = Patience };
        if (tracking.Credentials is { } credentials) _http.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(credentials);
        _http.DefaultRequestHeaders.Add("X-Saki-Origin", "cli");
    }

    /// <summary>Asks for a job.</summary>
    /// <exception cref="SakiException">The server refuses, or is away.</exception>
    public async Task<Job> StartAsync(JobAsk ask, CancellationToken cancellation = default)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(ask, JobJson.Default.JobAsk)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        return await SendAsync(HttpMethod.Post, "api/jobs", content, JobJson.Default.Job, cancellation).ConfigureAwait(false);
    }

    /// <summary>The newest jobs.</summary>
    /// <param name="state">A state's word; null: any.</param>
    /// <param name="most">1 to 500.</param>
    /// <param name="cancellation">Stops.</param>
    public Task<JobList> ListAsync(string? state, int most, CancellationToken cancellation = default) =>
        SendAsync(HttpMethod.Get, $"api/jobs?limit={most}{(state is null ? "" : $"&state={Uri.EscapeDataString(state)}")}", null, JobJson.Default.JobList, cancellation);

    /// <summary>The kinds that can be asked for.</summary>
    public Task<IReadOnlyList<JobKind>> KindsAsync(CancellationToken cancellation = default) => SendAsync(HttpMethod.Get, "api/jobs/kinds", null, JobJson.Default.IReadOnlyListJobKind, cancellation);

    /// <summary>One job with attempts and result.</summary>
    public Task<Job> GetAsync(long id, CancellationToken cancellation = default) => SendAsync(HttpMethod.Get, $"api/jobs/{id}", null, JobJson.Default.Job, cancellation);

    /// <summary>Ends a job.</summary>
    public Task<Job> CancelAsync(long id, CancellationToken cancellation = default) => SendAsync(HttpMethod.Post, $"api/jobs/{id}/cancel", null, JobJson.Default.Job, cancellation);

    /// <summary>Queues a job that is over once more.</summary>
    public Task<Job> RetryAsync(long id, CancellationToken cancellation = default) => SendAsync(HttpMethod.Post, $"api/jobs/{id}/retry", null, JobJson.Default.Job, cancellation);

    /// <summary>A part of a log.</summary>
    /// <param name="id">The job.</param>
    /// <param name="attempt">Null: the newest.</param>
    /// <param name="from">Offset in bytes; negative: from the end.</param>
    /// <param name="wait">How many seconds the server holds the answer back while there is nothing new, up to 20.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<JobLogPart> LogAsync(long id, int? attempt, long from, int wait, CancellationToken cancellation = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"api/jobs/{id}/log?from={from}&wait={wait}{(attempt is null ? "" : $"&attempt={attempt}")}");
        using var reply = await CallAsync(request, cancellation).ConfigureAwait(false);
        var text = await reply.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        string Header(string name) => reply.Headers.GetValues(name).First();
        return new JobLogPart(text, long.Parse(Header("Saki-Log-Next"), System.Globalization.CultureInfo.InvariantCulture), Enum.Parse<JobState>(Header("Saki-Job-State"), ignoreCase: true),
            int.Parse(Header("Saki-Job-Attempt"), System.Globalization.CultureInfo.InvariantCulture));
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
        return new SakiException("Calling the server", "a Saki server that runs jobs", $"the answer {(int)status}", "Start it with: saki up") { ExitCode = 3 };
    }
}

/// <summary>A part of a job's log.</summary>
/// <param name="Text">Whole UTF-8 signs.</param>
/// <param name="Next">Where the following part begins.</param>
/// <param name="State">Where the job stands.</param>
/// <param name="Attempt">Its newest attempt.</param>
public sealed record JobLogPart(string Text, long Next, JobState State, int Attempt);
