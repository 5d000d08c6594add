using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Layout;

/// <summary>Light or dark, kept in a cookie and written into the page by the server, so that nothing flashes. Without a cookie the system's choice counts.</summary>
internal static class Theme
{
    private const string Cookie = "saki-theme";

    /// <summary><c>light</c>, <c>dark</c>, or null for the system's.</summary>
    public static string? Of(HttpContext context) => context.Request.Cookies[Cookie] is "light" or "dark" ? context.Request.Cookies[Cookie] : null;

    /// <summary>What the switch changes to when nothing is known of the system.</summary>
    public static string Other(string? theme) => theme == "dark" ? "light" : "dark";

    public static void MapTheme(this WebApplication app) => app.MapPost("/theme", (HttpContext context) =>
    {
        var to = context.Request.Query["to"] == "dark" ? "dark" : "light";
        context.Response.Cookies.Append(Cookie, to, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = TimeSpan.FromDays(365) });
        return new SeeOther(Back(context.Request));
    }).Open();

    /// <summary>Where a form came from. Only ever a path of this server: "//elsewhere" would be another host.</summary>
    public static string Back(HttpRequest request) =>
        Uri.TryCreate(request.Headers.Referer, UriKind.Absolute, out var from) && from.Authority == request.Host.Value && !from.AbsolutePath.StartsWith("//", StringComparison.Ordinal)
            ? from.PathAndQuery
            : "/";
}
