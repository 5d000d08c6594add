using Microsoft.AspNetCore.Http;
using Saki.Inference.Serving;
using Saki.Server.Feedback;

namespace Saki.Server.Serving;

/// <summary>Who asks, as far as routing cares, and who answers, as every protocol tells it.</summary>
internal static class ServedBy
{
    /// <summary>The header of every answer: <c>"emotions";version="3";arm=canary</c>.</summary>
    public const string Header = "Saki-Served-By";

    private const string UserHeader = "Saki-User", UserCookie = "saki-user";
    private const int LongestUser = 200;

    /// <summary>
    /// The key that keeps a user on one side of a canary and finds a version of their own: the header Saki-User, else who is signed in or gave a consent (<see cref="Person"/>), else the
    /// cookie saki-user; null without any.
    /// </summary>
    public static string? UserOf(HttpContext context)
    {
        var headers = context.Request.Headers;
        return Key(headers[UserHeader]) ?? Key(Person.KeyOf(context)) ?? (headers.Cookie.Count == 0 ? null : Key(context.Request.Cookies[UserCookie]));
    }

    /// <summary>A key out of a protocol's own field; null when it is none.</summary>
    public static string? Key(string? text) => text is { Length: > 0 and <= LongestUser } ? text : null;

    /// <summary>Says in the answer's header who gives it.</summary>
    public static void Tell(HttpContext context, ModelLease lease)
    {
        if (!context.Response.HasStarted) context.Response.Headers[Header] = lease.Signature;
    }
}
