using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Saki.Server.Http;
using Saki.Server.Layout;

namespace Saki.Server.Accounts;

/// <summary><c>/signin</c> and <c>/signout</c>: a token, or a name and a password, is exchanged for a cookie that scripts cannot read and that other sites cannot send.</summary>
internal static class SignInApi
{
    /// <summary>The cookie's name.</summary>
    public const string Cookie = "saki-session";

    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    // Hashing is made to be slow; a crowd of guesses must not take the whole machine.
    private static readonly SemaphoreSlim Hashing = new(2);

    public static void MapSignIn(this WebApplication app)
    {
        app.MapGet("/signin", (HttpContext context, ServerOptions options) => new Html<SignInPage>(View(context, options))).Open();
        app.MapPost("/signin", PostAsync).Open();
        app.MapPost("/signout", SignOut).Open();
    }

    /// <summary>Where somebody who must sign in is sent, so that they come back to what they asked for.</summary>
    public static string AddressFor(HttpRequest request) => $"/signin?to={Uri.EscapeDataString(request.Path + request.QueryString)}";

    /// <summary>Gives the browser of somebody who just proved who they are a session.</summary>
    public static void Start(HttpContext context, UserAccounts users, UserAccount user, DateTimeOffset now) =>
        context.Response.Cookies.Append(Cookie, users.StartSession(user, now + Lifetime), Settings(context, Lifetime));

    private static async Task<IResult> PostAsync(HttpContext context, ServerOptions options, SignInAttempts attempts, AccountAudit audit, TimeProvider clock)
    {
        var view = View(context, options);
        if (options.Tokens is not { } tokens) return new SeeOther(view.Target);
        if (attempts.Exhausted(context.Connection.RemoteIpAddress) is { } wait) return TooMany(context, view, wait, "Too many wrong attempts. Wait a minute, then try again.");
        if (!context.Request.HasFormContentType) throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "Signing in", "the form of the sign-in page", "another content type", "Programs send the token itself: Authorization: Bearer TOKEN.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        if (form["name"].ToString().Trim() is { Length: > 0 } name) return await SignInAsync(context, view with { Name = name }, form["password"].ToString(), tokens.Users, attempts, audit, clock);
        if (tokens.Find(form["token"].ToString().Trim()) is not { User: null } token)
        {
            attempts.Count(context.Connection.RemoteIpAddress);
            return new Html<SignInPage>(view with { Error = "This token is unknown or has expired." }, StatusCodes.Status401Unauthorized);
        }
        context.Response.Cookies.Append(Cookie, tokens.StartSession(token, clock.GetUtcNow() + Lifetime), Settings(context, Lifetime));
        return new SeeOther(view.Target);
    }

    private static async Task<IResult> SignInAsync(HttpContext context, SignInView view, string password, UserAccounts users, SignInAttempts attempts, AccountAudit audit, TimeProvider clock)
    {
        var name = view.Name!;
        if (attempts.Exhausted(name) is { } wait) return TooMany(context, view, wait, "Too many wrong passwords for this name. Wait a quarter of an hour, or ask an admin.");
        UserAccount? user;
        await Hashing.WaitAsync(context.RequestAborted);
        try
        {
            user = password.Length > 1000 ? null : await Task.Run(() => users.Verify(name, password));
        }
        finally
        {
            Hashing.Release();
        }
        if (user is null)
        {
            attempts.Count(context.Connection.RemoteIpAddress);
            if (attempts.Count(name) && users.Find(name) is { } known) await audit.NoteAsync("(sign-in)", "locked", known.Name, "", clock.GetUtcNow());
            return new Html<SignInPage>(view with { Error = "Name or password is wrong." }, StatusCodes.Status401Unauthorized);
        }
        attempts.Forgive(name);
        Start(context, users, user, clock.GetUtcNow());
        return new SeeOther(view.Target);
    }

    private static Html<SignInPage> TooMany(HttpContext context, SignInView view, TimeSpan wait, string error)
    {
        context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        return new Html<SignInPage>(view with { Error = error }, StatusCodes.Status429TooManyRequests);
    }

    private static SeeOther SignOut(HttpContext context)
    {
        context.Response.Cookies.Append(Cookie, "", Settings(context, TimeSpan.Zero));
        return new SeeOther("/signin");
    }

    private static SignInView View(HttpContext context, ServerOptions options) => new(Target(context.Request)) { HasAccounts = options.Tokens?.Users.All.Count > 0 };

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
    /// <summary>True where people have accounts: a name and a password are asked for first.</summary>
    public bool HasAccounts { get; init; }

    /// <summary>The name that was typed.</summary>
    public string? Name { get; init; }

    /// <summary>Why the last attempt did not work.</summary>
    public string? Error { get; init; }
}
