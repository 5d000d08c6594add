using System.Net;
using System.Net.Sockets;

namespace Saki.Server.Http;

/// <summary>
/// The one way in which this server calls addresses that people gave it. A name is looked up once for each connection and that very address is connected to, so that a name which
/// changes its mind leads nowhere else; addresses that are not of the open internet are refused unless their network is allowed, and only there is a call without TLS made.
/// Redirects are not followed, proxies and cookies not used.
/// </summary>
internal static class OutboundClient
{
    /// <summary>Makes the client; the caller disposes it.</summary>
    /// <param name="allowed">Networks of one's own that may be called, also without TLS.</param>
    /// <param name="option">The option that names them, for the sentence of a refusal.</param>
    /// <param name="patience">For a whole call.</param>
    /// <param name="resolve">Looks up a name; null for the system's way.</param>
    public static HttpClient Create(IReadOnlyList<IPNetwork> allowed, string option, TimeSpan patience, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) => ConnectAsync(context, allowed, option, resolve ?? Dns.GetHostAddressesAsync, cancellation),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            MaxConnectionsPerServer = 4,
            // A name is looked up anew soon after it changed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        };
        return new HttpClient(handler) { Timeout = patience };
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, IReadOnlyList<IPNetwork> allowed, string option, Func<string, CancellationToken, Task<IPAddress[]>> resolve, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var plain = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttp;
        var found = IPAddress.TryParse(host, out var literal) ? [literal] : await resolve(host, cancellation);
        // All of them: a name with one good and one bad address is a name that means harm.
        if (found.Length == 0 || !found.All(address => MayCall(address, allowed, plain))) throw new ForbiddenAddressException(plain, option);
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
    private static bool MayCall(IPAddress address, IReadOnlyList<IPNetwork> allowed, bool plain) => PublicAddress.IsIn(address, allowed) || (!plain && PublicAddress.Is(address));
}

/// <summary>An address that may not be called. Says nothing of what was found: an answer must not map the network around the server.</summary>
internal sealed class ForbiddenAddressException(bool plain, string option) : Exception(plain
    ? $"Its address may not be called without TLS: expected https, or a network that {option} names"
    : $"Its address may not be called: expected one of the open internet, or of a network that {option} names");
