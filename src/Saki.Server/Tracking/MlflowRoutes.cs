using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>How MLflow's routes are mapped: each under <c>/api/2.0/mlflow</c> and <c>/ajax-api/2.0/mlflow</c>, answers and refusals in MLflow's form.</summary>
internal static class MlflowRoutes
{
    /// <summary>Where MLflow's messages are served.</summary>
    public static readonly string[] Prefixes = ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"];

    /// <summary>Maps a message whose answer is written as JSON.</summary>
    public static void On<T>(this RouteGroupBuilder group, string methods, string path, Func<MlflowCall, Task<T>> answer) =>
        group.OnRaw(methods, path, async context => await WriteAsync(context, await answer(await MlflowCall.ReadAsync(context))));

    /// <summary>Maps a message that is answered at once.</summary>
    public static void On<T>(this RouteGroupBuilder group, string methods, string path, Func<MlflowCall, T> answer) =>
        group.OnRaw(methods, path, async context => await WriteAsync(context, answer(await MlflowCall.ReadAsync(context))));

    /// <summary>Maps a message that is answered with <c>{}</c>.</summary>
    public static void On(this RouteGroupBuilder group, string methods, string path, Func<MlflowCall, Task> work) =>
        group.OnRaw(methods, path, async context =>
        {
            await work(await MlflowCall.ReadAsync(context));
            await WriteEmptyAsync(context);
        });

    /// <summary>Maps a route that writes its own answer; its failures are told as MLflow tells them.</summary>
    public static void OnRaw(this RouteGroupBuilder group, string methods, string path, RequestDelegate work) =>
        group.MapMethods(path, methods.Split(' '), async context =>
        {
            try
            {
                await work(context);
            }
            catch (Exception failure) when (!context.Response.HasStarted && Tell(failure) is not null)
            {
                await RefuseAsync(context, Tell(failure)!);
            }
        }).Demand(Reads(methods, path) ? Scope.View : Scope.Manage).WithMetadata(Errors);

    // For what is refused before the route is reached, or fails by a fault of the program.
    private static ErrorFormat Errors { get; } = new(StatusCodes.Status400BadRequest, (context, error) => WriteAsync(context, new ErrorAnswer(context.Response.StatusCode switch
    {
        StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
        StatusCodes.Status403Forbidden => "PERMISSION_DENIED",
        StatusCodes.Status404NotFound => "ENDPOINT_NOT_FOUND",
        >= StatusCodes.Status500InternalServerError => "INTERNAL_ERROR",
        _ => MlflowException.Invalid,
    }, error.Message)));

    /// <summary>Writes an answer.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T answer)
    {
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, MlflowJson.Of<T>(), context.RequestAborted);
    }

    /// <summary>Writes <c>{}</c>.</summary>
    public static Task WriteEmptyAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = 2;
        return context.Response.Body.WriteAsync("{}"u8.ToArray(), context.RequestAborted).AsTask();
    }

    // Searches come as POST, too.
    private static bool Reads(string methods, string path) => methods is "GET" or "GET HEAD" || path.Contains("/search", StringComparison.Ordinal) || path.EndsWith("/get-latest-versions", StringComparison.Ordinal);

    private static async Task RefuseAsync(HttpContext context, Refusal refusal)
    {
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server");
        ServerLog.Refused(log, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "", refusal.Status, refusal.Code);
        context.Response.StatusCode = refusal.Status;
        await WriteAsync(context, new ErrorAnswer(refusal.Code, refusal.Message));
    }

    // Null for faults of the program: those are answered and logged by the server's own handler.
    private static Refusal? Tell(Exception failure) => failure switch
    {
        MlflowException known => new Refusal(known.Status, known.Code, known.Message),
        StorageFullException full => new Refusal(StatusCodes.Status507InsufficientStorage, "RESOURCE_EXHAUSTED", full.Message),
        StorageAwayException away => new Refusal(StatusCodes.Status503ServiceUnavailable, "TEMPORARILY_UNAVAILABLE", away.Message),
        RequestException => null,
        SakiException known => new Refusal(StatusCodes.Status400BadRequest, MlflowException.Invalid, known.Message),
        BadHttpRequestException bad => new Refusal(bad.StatusCode, "BAD_REQUEST", "The request is too large, too slow or cut off."),
        _ => null,
    };

    private sealed record Refusal(int Status, string Code, string Message);
}
