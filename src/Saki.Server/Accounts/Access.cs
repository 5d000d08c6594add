using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Saki.Server.Http;

namespace Saki.Server.Accounts;

/// <summary>Who sent a request.</summary>
/// <param name="Name">The name of the token, for the audit; <c>local</c> while there are no accounts.</param>
/// <param name="Scopes">What it may do.</param>
internal sealed record Caller(string Name, Scope Scopes)
{
    /// <summary>Everybody, while the server runs without accounts on this machine's own address.</summary>
    public static Caller Local { get; } = new("local", Scope.Admin);

    /// <summary>The account's name, where a person with one signed in; null for tokens and for everybody on a server without accounts.</summary>
    public string? User { get; init; }

    public bool May(Scope scope) => (Scopes & scope) == scope;
}

/// <summary>What a route demands: a scope, or nothing (<see cref="Scope.None"/>).</summary>
/// <param name="Scope">What the caller must have.</param>
/// <param name="Public">True: open to everybody when the operator opens the Try page and the predictions.</param>
internal sealed record RouteAccess(Scope Scope, bool Public = false);

/// <summary>
/// Lets a request reach its route only with a token of the scope that the route demands: <c>Authorization: Bearer</c>, <c>Basic</c> with the token as password
/// (what MLflow's clients send), or the cookie of somebody who signed in. A route that says nothing demands <see cref="Scope.Admin"/>.
/// </summary>
internal static class Access
{
    /// <summary>The route is for callers with <paramref name="scope"/>.</summary>
    public static TBuilder Demand<TBuilder>(this TBuilder route, Scope scope) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(scope));

    /// <summary>As <see cref="Demand"/>, and for everybody when the operator opens the server to the public.</summary>
    public static TBuilder DemandUnlessPublic<TBuilder>(this TBuilder route, Scope scope) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(scope, Public: true));

    /// <summary>The route is for everybody: health, sign-in, style sheets.</summary>
    public static TBuilder Open<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RouteAccess(Scope.None));

    /// <summary>Who sent this request; null for a stranger on an open route.</summary>
    public static Caller? Caller(this HttpContext context) => context.Features.Get<Caller>();

    public static void UseAccess(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<ServerOptions>();
        app.Use((context, next) =>
        {
            if (Identify(context, options) is { } caller) context.Features.Set(caller);
            if (context.GetEndpoint() is not { } route || May(context.Caller(), route, options)) return next(context);
            return Refuse(context, route);
        });
    }

    /// <summary>True while the caller of this (long) request may still do what it began: a token may be removed meanwhile.</summary>
    public static bool StillMay(HttpContext context, ServerOptions options) => context.GetEndpoint() is not { } route || May(Identify(context, options), route, options);

    private static Caller? Identify(HttpContext context, ServerOptions options)
    {
        if (options.Tokens is not { } tokens) return Accounts.Caller.Local;
        if (Presented(context.Request.Headers.Authorization) is { } text) return tokens.FindCaller(text);
        return context.Request.Cookies[SignInApi.Cookie] is { } cookie ? tokens.FindSessionCaller(cookie) : null;
    }

    private static bool May(Caller? caller, Endpoint route, ServerOptions options)
    {
        var access = Of(route);
        return access.Scope == Scope.None || (access.Public && options.Public) || caller?.May(access.Scope) == true;
    }

    private static RouteAccess Of(Endpoint route) => route.Metadata.GetMetadata<RouteAccess>() ?? new RouteAccess(Scope.Admin);

    private static Task Refuse(HttpContext context, Endpoint route)
    {
        if (context.Caller() is { } known)
        {
            throw new RequestException(StatusCodes.Status403Forbidden, "Answering", $"a token with the scope \"{Name(Of(route).Scope)}\"", $"\"{known.Name}\", which lacks it",
                "Ask who runs this server for one, or make one with: saki tokens add NAME --scope ...");
        }
        if (HttpMethods.IsGet(context.Request.Method) && context.Request.AsksForPage())
        {
            context.Response.StatusCode = StatusCodes.Status303SeeOther;
            context.Response.Headers.Location = SignInApi.AddressFor(context.Request);
            return Task.CompletedTask;
        }
        // A browser's own password box would cover our page; it comes when a script is answered with "Basic".
        context.Response.Headers.WWWAuthenticate = context.Request.Headers.ContainsKey("Sec-Fetch-Mode") ? "Bearer" : "Bearer, Basic realm=\"saki\"";
        var got = context.Request.Headers.Authorization.Count == 0 ? "none" : "one that is unknown or has expired";
        throw new RequestException(StatusCodes.Status401Unauthorized, "Answering", "a token (Authorization: Bearer TOKEN, or Basic with it as password)", got,
            "On the server's machine the first one is in admin.token of its home folder.");
    }

    private static string Name(Scope scope) => scope.ToString().ToLowerInvariant();

    private static string? Presented(string? authorization)
    {
        const string bearer = "Bearer ", basic = "Basic ";
        if (authorization is null) return null;
        if (authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase)) return authorization[bearer.Length..].Trim();
        if (!authorization.StartsWith(basic, StringComparison.OrdinalIgnoreCase)) return "";
        Span<byte> pair = stackalloc byte[512];
        if (!Convert.TryFromBase64String(authorization[basic.Length..].Trim(), pair, out var length)) return "";
        var text = Encoding.UTF8.GetString(pair[..length]);
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }
}
