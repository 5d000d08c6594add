using Microsoft.AspNetCore.Builder;

namespace Saki.Server.Http;

/// <summary>Headers on every reply: nothing of another site runs here, nothing of ours is shown or read there.</summary>
internal static class SecurityHeaders
{
    /// <summary>What our pages may load.</summary>
    // No style attribute and no inline script exist in our pages, so none is allowed. blob: and data: hold the picture that is being asked about.
    public const string Policy = "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        // Not "no-referrer": with it browsers send "Origin: null" with our own forms, which could then not be told from a sandboxed foreign page.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        return next(context);
    });
}
