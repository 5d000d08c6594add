using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Saki.Server.Accounts;

namespace Saki.Server.Feedback;

/// <summary>
/// Who a visitor is, for what is kept about them: the signed-in user (<c>user:NAME</c>), else the browser (<c>browser:</c> and 32 hex digits), known by a random cookie that it gets
/// when its person first agrees to something. The cookie's digest is kept, never the cookie.
/// </summary>
internal static class Person
{
    /// <summary>The cookie's name.</summary>
    public const string Cookie = "saki-person";

    private const int TokenBytes = 32;
    private const string Account = "user:", Visitor = "browser:";

    /// <summary>The person of this request; null for a visitor who has not agreed to anything yet.</summary>
    public static string? Of(HttpContext context)
    {
        if (context.Caller() is { User: { } user }) return $"{Account}{user}";
        if (context.Request.Headers.Cookie.Count == 0) return null; // programs send none, and need no cookie jar made for each request
        return context.Request.Cookies[Cookie] is { Length: 2 * TokenBytes } token && token.All(char.IsAsciiHexDigitLower) ? Browser(token) : null;
    }

    /// <summary>The key by which this request's person finds a version of their own: the account's name, or <c>browser:</c> and digits; null for a stranger.</summary>
    public static string? KeyOf(HttpContext context) => Of(context) is { } person ? KeyOf(person) : null;

    /// <summary>The key of a person.</summary>
    public static string KeyOf(string person) => person.StartsWith(Account, StringComparison.Ordinal) ? person[Account.Length..] : person;

    /// <summary>The person whom a program means by a key.</summary>
    public static string OfKey(string key) => key.StartsWith(Visitor, StringComparison.Ordinal) ? key : $"{Account}{key}";

    /// <summary>The person of this request, who is from now on known by a cookie where nobody is signed in.</summary>
    public static string Know(HttpContext context)
    {
        if (Of(context) is { } known) return known;
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        context.Response.Cookies.Append(Cookie, token, Settings(context, TimeSpan.FromDays(365)));
        return Browser(token);
    }

    /// <summary>Makes the browser forget who it was.</summary>
    public static void Forget(HttpContext context) => context.Response.Cookies.Append(Cookie, "", Settings(context, TimeSpan.Zero));

    private static string Browser(string token) => $"{Visitor}{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)))[..32]}";

    private static CookieOptions Settings(HttpContext context, TimeSpan lifetime) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = lifetime };
}
