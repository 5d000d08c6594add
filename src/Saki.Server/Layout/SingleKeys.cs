using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Layout;

/// <summary>Whether single keys press buttons, kept in a cookie: who speaks to the computer, or types by accident, can switch them off (WCAG 2.1.4). On by default; <c>?</c> and Ctrl K stay.</summary>
internal static class SingleKeys
{
    private const string Cookie = "saki-keys";

    public static bool Off(HttpContext context) => context.Request.Cookies[Cookie] == "off";

    public static void MapSingleKeys(this WebApplication app) => app.MapPost("/keys", (HttpContext context) =>
    {
        var to = context.Request.Query["to"] == "off" ? "off" : "on";
        context.Response.Cookies.Append(Cookie, to, new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = TimeSpan.FromDays(365) });
        return new SeeOther(Theme.Back(context.Request));
    }).Open();
}
