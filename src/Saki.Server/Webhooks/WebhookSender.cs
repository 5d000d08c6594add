using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Saki.Server.Http;

namespace Saki.Server.Webhooks;

/// <summary>How a call ended.</summary>
/// <param name="Status">What the receiver answered; null when it could not be reached.</param>
/// <param name="Body">The beginning of its answer.</param>
/// <param name="Problem">Why it could not be reached.</param>
/// <param name="Final">Whether trying again would be the same.</param>
/// <param name="RetryAfter">How long the receiver asks to wait.</param>
internal sealed record WebhookOutcome(int? Status, string Body = "", string? Problem = null, bool Final = false, TimeSpan? RetryAfter = null)
{
    public bool Delivered => Status is >= 200 and < 300;
}

/// <summary>Calls receivers, by the rules of <see cref="OutboundClient"/>.</summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MostOfAnswer = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time;
    private readonly HttpClient _client;

    /// <param name="allowed">Networks of one's own that may be called.</param>
    /// <param name="time">For timestamps.</param>
    /// <param name="resolve">Looks up a name; null for the system's way.</param>
    public WebhookSender(IReadOnlyList<IPNetwork> allowed, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null) =>
        (_time, _client) = (time, OutboundClient.Create(allowed, "--webhook-allow", Patience, resolve));

    /// <summary>The signature of a call in MLflow's form: HMAC-SHA256 over "delivery.timestamp.body".</summary>
    public static string Sign(string secret, string delivery, string timestamp, string body) =>
        $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{delivery}.{timestamp}.{body}")))}";

    /// <summary>Calls once.</summary>
    /// <param name="url">Where.</param>
    /// <param name="secret">Signs the call; null for a call without signature.</param>
    /// <param name="delivery">The same at each attempt, so that a receiver can tell a repetition.</param>
    /// <param name="body">JSON.</param>
    /// <param name="cancellation">Stops.</param>
    public async Task<WebhookOutcome> SendAsync(string url, string? secret, string delivery, string body, CancellationToken cancellation)
    {
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Content.Headers.ContentType!.CharSet = null;
        request.Headers.Add("X-MLflow-Delivery-Id", delivery);
        request.Headers.Add("X-MLflow-Timestamp", timestamp);
        if (secret is not null) request.Headers.TryAddWithoutValidation("X-MLflow-Signature", Sign(secret, delivery, timestamp, body));
        try
        {
            using var reply = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)reply.StatusCode;
            var wait = reply.Headers.RetryAfter?.Delta;
            return new WebhookOutcome(status, await BeginningAsync(reply, cancellation), Final: status is < 500 and not (408 or 425 or 429), RetryAfter: wait > TimeSpan.Zero ? wait : null);
        }
        catch (HttpRequestException failure) when (failure.InnerException is ForbiddenAddressException forbidden)
        {
            return new WebhookOutcome(null, Problem: forbidden.Message, Final: true);
        }
        catch (HttpRequestException failure)
        {
            return new WebhookOutcome(null, Problem: $"It could not be reached ({failure.HttpRequestError})");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookOutcome(null, Problem: string.Create(CultureInfo.InvariantCulture, $"It did not answer within {Patience.TotalSeconds:0} s"));
        }
        catch (IOException)
        {
            return new WebhookOutcome(null, Problem: "It broke off its answer");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static async Task<string> BeginningAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        var buffer = new byte[MostOfAnswer];
        await using var stream = await reply.Content.ReadAsStreamAsync(limit.Token);
        var length = await stream.ReadAtLeastAsync(buffer, MostOfAnswer, throwOnEndOfStream: false, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
