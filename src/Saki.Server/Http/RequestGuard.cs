using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Saki.Server.Http;

/// <summary>
/// Refuses what another site makes a browser send: a Host that is not this machine's (DNS rebinding), and writes from a foreign or hidden origin.
/// Programs send no Origin and are let through; a browser cannot leave it out.
/// </summary>
internal static class RequestGuard
{
    public static void UseRequestGuard(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        var known = ""; // the Host header that was good last: nearly every request has the same
        app.Use((context, next) =>
        {
            var host = context.Request.Host;
            if (host.Value != known)
            {
                CheckHost(host, options);
                known = host.Value;
            }
            CheckOrigin(context.Request);
            return next(context);
        });
    }

    private static void CheckHost(HostString host, ServerOptions options)
    {
        if (!IsOurs(host.Host, options))
        {
            throw new RequestException(StatusCodes.Status421MisdirectedRequest, "Answering", "a Host header that names this server", "another name",
                "Open the address that the server printed at its start, or start it with --allow-host NAME.");
        }
    }

    private static void CheckOrigin(HttpRequest request)
    {
        // A WebSocket begins as a GET, but what it lets through is no reading of a page: browsers let any site open one, and send its Origin.
        if (!IsUpgrade(request) && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method))) return;

        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        var foreign = site is not (null or "same-origin" or "none") || (origin is not null && origin != $"{request.Scheme}://{request.Host}");
        if (foreign)
        {
            throw new RequestException(StatusCodes.Status403Forbidden, "Answering", "a request from this server's own page, or from a program", "one that another web site sent",
                "Open the page of this server, or call it from a program.");
        }
    }

    private static bool IsUpgrade(HttpRequest request) => request.Headers.Upgrade.Count > 0;

    // Any port is right: a forwarded one differs from ours. An address in digits cannot be rebound, so it is right for a server that listens beyond this machine.
    private static bool IsOurs(string host, ServerOptions options)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || options.AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase)) return true;
        var beyond = IPAddress.TryParse(options.Host, out var listens) && !IPAddress.IsLoopback(listens);
        return IPAddress.TryParse(host, out var address) ? beyond || IPAddress.IsLoopback(address) : beyond && host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }
}
