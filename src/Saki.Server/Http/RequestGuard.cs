using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.Http;

/// <summary>
/// Refuses what another site makes a browser send: a Host that is not this machine's (DNS rebinding), and writes from a foreign or hidden origin.
/// Programs send no Origin and are let through; a browser cannot leave it out.
/// </summary>
internal static class RequestGuard
{
    public static void UseRequestGuard(this WebApplication app) => app.Use((context, next) =>
    {
        Check(context.Request);
        return next(context);
    });

    private static void Check(HttpRequest request)
    {
        if (!IsLoopback(request.Host.Host))
        {
            throw new RequestException(StatusCodes.Status421MisdirectedRequest, "Answering", "a Host header that names this machine (localhost, 127.0.0.1 or [::1])", "another name",
                "Open the address that the server printed at its start.");
        }
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)) return;

        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        var foreign = site is not (null or "same-origin" or "none") || (origin is not null && origin != $"{request.Scheme}://{request.Host}");
        if (foreign)
        {
            throw new RequestException(StatusCodes.Status403Forbidden, "Answering", "a request from this server's own page, or from a program", "one that another web site sent",
                "Open the page of this server, or call it from a program.");
        }
    }

    // Any port is right: a forwarded one differs from ours.
    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
