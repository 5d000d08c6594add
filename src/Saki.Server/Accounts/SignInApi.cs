using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;
using Saki.Server.Layout;

namespace Saki.Server.Accounts;

/// <summary><c>/signin</c> and <c>/signout</c>: a token is exchanged for a cookie that scripts cannot read and that other sites cannot send.</summary>
internal static class SignInApi
{
    /// <summary>The cookie's name.</summary>
    public const string Cookie = "saki-session";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/signin", (HttpContext context) => new Html<SignInPage>(new SignInView(Target(context.Request)))).Open();
        app.MapPost("/signin", PostAsync).Open();
        app.MapPost("/signout", SignOut).Open();
    }

    /// <summary>Where somebody who must sign in is sent, so that they come back to what they asked for.</summary>
    public static string AddressFor(HttpRequest request) => $"/signin?to={Uri.EscapeDataString(request.Path + request.QueryString)}";

    private static async Task<IResult> PostAsync(HttpContext context, ServerOptions options, SignInAttempts attempts, TimeProvider clock)
    {
        var target = Target(context.Request);
        if (options.Tokens is not { } tokens) return new SeeOther(target);
        if (attempts.Exhausted(context.Connection.RemoteIpAddress) is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return new Html<SignInPage>(new SignInView(target) { Error = "Too many wrong tokens. Wait a minute, then try again." }, StatusCodes.Status429TooManyRequests);
        }
        if (!context.Request.HasFormContentType) throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Signing in", "the form of the sign-in page", "another content type", "Programs send the token itself: Authorization: Bearer TOKEN.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (tokens.Find(form["token"].ToString().Trim()) is not { } token)
        {
            attempts.Count(context.Connection.RemoteIpAddress);
            return new Html<SignInPage>(new SignInView(target) { Error = "This token is unknown or has expired." }, StatusCodes.Status401Unauthorized);
        }
        var until = clock.GetUtcNow() + Lifetime;
        context.Response.Cookies.Append(Cookie, tokens.StartSession(token, until), Settings(context, Lifetime));
        return new SeeOther(target);
    }

    private static SeeOther SignOut(HttpContext context)
    {
        context.Response.Cookies.Append(Cookie, "", Settings(context, TimeSpan.Zero));
        return new SeeOther("/signin");
    }

    private static CookieOptions Settings(HttpContext context, TimeSpan lifetime) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", MaxAge = lifetime };

    // Only ever a path of this server: "//elsewhere" and "/\elsewhere" would be another host.
    private static string Target(HttpRequest request) =>
        request.Query["to"].ToString() is ['/', not ('/' or '\\'), ..] to && !to.Any(char.IsControl) ? to : "/";

}

/// <summary>What the sign-in page shows.</summary>
/// <param name="Target">The path to go to afterwards.</param>
public sealed record SignInView(string Target)
{
    /// <summary>Why the last attempt did not work.</summary>
    public string? Error { get; init; }
}
