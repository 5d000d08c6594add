using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Serving;

namespace Saki.Server.Try.Live;

/// <summary><c>GET /try/live</c>: a WebSocket that takes the frames of a camera and tells what is in them. Every viewer has a session of their own.</summary>
internal static class LiveApi
{
    public static void MapLive(this WebApplication app) => app.MapGet("/try/live", AnswerAsync).DemandUnlessPublic(Scope.Infer);

    private static async Task AnswerAsync(HttpContext context, ServerOptions options, Admission admission, LiveSessions sessions, IHostApplicationLifetime lifetime)
    {
        if (!context.WebSockets.IsWebSocketRequest)
            throw new RequestException(StatusCodes.Status426UpgradeRequired, "Watching a camera", "a WebSocket", "a plain request", "Open the page / and choose Webcam.");
        using var place = sessions.TryEnter()
            ?? throw new RequestException(StatusCodes.Status503ServiceUnavailable, "Watching a camera", $"at most {LiveSessions.Most} viewers at once", "more", "Try again in a minute, or send single pictures.") { RetryAfter = 60 };
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        // A session would otherwise keep a server that is told to stop waiting for its whole patience.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await new LiveSession(socket, context, options, admission).RunAsync(end.Token);
    }
}
