using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

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

/// <summary>
/// Calls receivers. The name of a receiver is looked up once for each connection and that very address is connected to, so that a name which changes its mind
/// leads nowhere else; addresses that are not of the open internet are refused unless their network is allowed. Redirects are not followed, proxies and cookies not used.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MostOfAnswer = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly IReadOnlyList<IPNetwork> _allowed;
    private readonly TimeProvider _time;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;
    private readonly HttpClient _client;

    /// <param name="allowed">Networks of one's own that may be called.</param>
    /// <param name="time">For timestamps.</param>
    /// <param name="resolve">Looks up a name; null for the system's way.</param>
    public WebhookSender(IReadOnlyList<IPNetwork> allowed, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        (_allowed, _time, _resolve) = (allowed, time, resolve ?? Dns.GetHostAddressesAsync);
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = ConnectAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            MaxConnectionsPerServer = 4,
            // A name is looked up anew soon after it changed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        };
        _client = new HttpClient(handler) { Timeout = Patience };
    }

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

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var plain = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttp;
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellation);
        // All of them: a name with one good and one bad address is a name that means harm.
        if (found.Length == 0 || !found.All(address => MayCall(address, plain))) throw new ForbiddenAddressException(plain);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(found, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Without TLS only within one's own networks.
    private bool MayCall(IPAddress address, bool plain) => PublicAddress.IsIn(address, _allowed) || (!plain && PublicAddress.Is(address));

    private static async Task<string> BeginningAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        var buffer = new byte[MostOfAnswer];
        await using var stream = await reply.Content.ReadAsStreamAsync(limit.Token);
        var length = await stream.ReadAtLeastAsync(buffer, MostOfAnswer, throwOnEndOfStream: false, limit.Token);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    // Says nothing of what was found: an answer must not map the network around the server.
    private sealed class ForbiddenAddressException(bool plain) : Exception(plain
        ? "Its address may not be called without TLS: expected https, or a network that --webhook-allow names"
        : "Its address may not be called: expected one of the open internet, or of a network that --webhook-allow names");
}
