using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Saki.Inference.Batching;
using Saki.Inference.Serving;
using Saki.Tracking;
using Saki.Vision;

namespace Saki.Server.Http;

/// <summary>The body of every reply from 400 on to a program: <c>{"error": {…}}</c>. A browser gets an <see cref="ErrorPage"/>.</summary>
internal sealed record ErrorReply([property: JsonPropertyName("error")] ErrorBody Error);

/// <summary>What stopped and what to do. A fault of the program carries its <see cref="Id"/> and nothing of its inside.</summary>
public sealed record ErrorBody
{
    /// <summary>What was being done.</summary>
    [JsonPropertyName("operation")] public required string Operation { get; init; }
    /// <summary>What would have been right; null for a fault of the program.</summary>
    [JsonPropertyName("expected")] public string? Expected { get; init; }
    /// <summary>What was found instead.</summary>
    [JsonPropertyName("got")] public string? Got { get; init; }
    /// <summary>What to do; null when nothing sensible can be said.</summary>
    [JsonPropertyName("next")] public string? Next { get; init; }
    /// <summary>All of it as one sentence or two.</summary>
    [JsonPropertyName("message")] public required string Message { get; init; }

    /// <summary>Names the entry in the server's log.</summary>
    [JsonPropertyName("id")] public string? Id { get; init; }

    /// <summary>The parts of <paramref name="failure"/>.</summary>
    public static ErrorBody Of(SakiException failure) =>
        new() { Operation = failure.Operation, Expected = failure.Expected, Got = failure.Got, Next = failure.Next, Message = failure.Message };
}

[JsonSerializable(typeof(ErrorReply))]
internal sealed partial class ErrorJson : JsonSerializerContext
{
    /// <summary>Quotes and apostrophes stay readable in a terminal; the reply is never HTML (application/json with nosniff).</summary>
    public static ErrorJson Readable { get; } = new(new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull });
}

/// <summary>Turns failures into replies: what a person can act on becomes a 4xx with its sentence, a fault becomes a 500 with an id.</summary>
internal static class ErrorReplies
{
    public static void UseErrorReplies(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server");
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
                var response = context.Response;
                if (!response.HasStarted && response.StatusCode is 404 or 405 && response.ContentLength is null) await WriteAsync(context, response.StatusCode, NoSuchRoute(context));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The caller has gone; there is no one to answer.
            }
            catch (Exception failure) when (!context.Response.HasStarted)
            {
                await ReplyAsync(context, failure, log);
            }
        });
    }

    /// <summary>The status that a failure a person can act on is answered with.</summary>
    public static int StatusOf(SakiException failure) => failure switch
    {
        RequestException request => request.Status,
        MlflowException refusal => refusal.Status,
        ModelNotFoundException => StatusCodes.Status404NotFound,
        QueueFullException => StatusCodes.Status503ServiceUnavailable,
        WaitedTooLongException => StatusCodes.Status504GatewayTimeout,
        ImageException { Fault: ImageFault.TooLarge } => StatusCodes.Status413PayloadTooLarge,
        ImageException { Fault: ImageFault.Unknown or ImageFault.Unsupported } => StatusCodes.Status415UnsupportedMediaType,
        _ => StatusCodes.Status422UnprocessableEntity,
    };

    /// <summary>A failure that a person can act on, made of what the web server itself throws while a body is read; null for faults.</summary>
    public static SakiException? Explain(Exception failure, ServerOptions options) => failure switch
    {
        SakiException known => known,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new RequestException(StatusCodes.Status413PayloadTooLarge, "Reading the request",
            $"at most {Megabytes(options.MaxRequestBytes)} in one request", "more", "Send fewer or smaller pictures."),
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new RequestException(StatusCodes.Status408RequestTimeout, "Reading the request",
            "a body that keeps arriving", "one that stalled", "Send it again."),
        BadHttpRequestException bad => new RequestException(bad.StatusCode, "Reading the request", "well-formed HTTP", "a request that is cut off or malformed"),
        _ => null,
    };

    /// <summary>Says when to come back, for refusals that pass.</summary>
    public static void TellWhen(HttpContext context, SakiException refusal)
    {
        int? wait = refusal switch
        {
            RequestException request => request.RetryAfter,
            QueueFullException full => (int)Math.Ceiling(full.RetryAfter.TotalSeconds),
            _ => null,
        };
        if (wait is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public static string Megabytes(long bytes) => $"{(bytes / 1e6).ToString("0.#", System.Globalization.CultureInfo.InvariantCulture)} MB";

    /// <summary>Logs a fault of the program; what it returns is all that the caller is told.</summary>
    public static string LogFault(HttpContext context, Exception failure)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server");
        ServerLog.Failed(log, failure, context.Request.Method, Route(context), id);
        return id;
    }

    /// <summary>Answers with a refusal that was not thrown: what an overloaded server says to most requests must cost little.</summary>
    public static Task RefuseAsync(HttpContext context, SakiException refusal) =>
        RefuseAsync(context, refusal, context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Saki.Server"));

    private static Task RefuseAsync(HttpContext context, SakiException refusal, ILogger log)
    {
        var status = StatusOf(refusal);
        ServerLog.Refused(log, context.Request.Method, Route(context), status, refusal.Operation);
        TellWhen(context, refusal);
        return WriteAsync(context, status, ErrorBody.Of(refusal));
    }

    private static async Task ReplyAsync(HttpContext context, Exception failure, ILogger log)
    {
        if (Explain(failure, context.RequestServices.GetRequiredService<ServerOptions>()) is { } known)
        {
            await RefuseAsync(context, known, log);
            return;
        }
        var id = LogFault(context, failure);
        await WriteAsync(context, StatusCodes.Status500InternalServerError, new ErrorBody
        {
            Operation = "Answering",
            Message = $"Answering stopped by a fault of the server. Its log has the details under {id}.",
            Id = id,
        });
    }

    // The route's own text, never the address as it was typed: nobody can forge log lines with it.
    private static string Route(HttpContext context) => (context.GetEndpoint() as Microsoft.AspNetCore.Routing.RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    private static ErrorBody NoSuchRoute(HttpContext context) => context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
        ? ErrorBody.Of(new SakiException("Answering", $"the method {context.Response.Headers.Allow}", "another one"))
        : ErrorBody.Of(new SakiException("Answering", "an address of this server", "one that it does not have", "The page is at /, predictions at POST /predict_image."));

    private static Task WriteAsync(HttpContext context, int status, ErrorBody error)
    {
        var format = context.GetEndpoint()?.Metadata.GetMetadata<ErrorFormat>();
        context.Response.StatusCode = format?.Status(status) ?? status;
        if (format is not null) return format.WriteAsync(context, error);
        if (context.Request.AsksForPage()) return context.RequestServices.GetRequiredService<ErrorPage>()(context, status, error);
        return context.Response.WriteAsJsonAsync(new ErrorReply(error), ErrorJson.Readable.ErrorReply);
    }
}
