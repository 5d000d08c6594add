using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.TorchServe;

/// <summary>TorchServe's inference address: <c>/ping</c>, <c>/predictions/NAME[/VERSION]</c>; heat maps (<c>/explanations</c>) do not exist yet.</summary>
internal static class TorchServeApi
{
    private const int Top = 5; // what its image_classifier answers

    public static void MapTorchServe(this IEndpointRouteBuilder inference)
    {
        var api = inference.MapGroup("").WithMetadata(Errors);
        api.MapGet("/ping", (RequestDelegate)PingAsync).Open();
        foreach (var model in new[] { "/predictions/{model}", "/predictions/{model}/{version}" })
        {
            api.MapPost(model, (RequestDelegate)PredictAsync);
            api.MapPut(model, (RequestDelegate)PredictAsync);
        }
        api.MapPost("/explanations/{model}", (RequestDelegate)(_ => throw KserveV1Api.NoExplanations()));
    }

    /// <summary><c>{"code", "type", "message"}</c>.</summary>
    public static ErrorFormat Errors { get; } = new(StatusCodes.Status400BadRequest, (context, error) => JsonReply.WriteAsync(context, writer =>
    {
        writer.WriteNumber("code", context.Response.StatusCode);
        writer.WriteString("type", TypeOf(context.Response.StatusCode));
        writer.WriteString("message", error.Message);
    }));

    private static string TypeOf(int status) => status switch
    {
        400 or 413 => "BadRequestException",
        403 => "InvalidModelVersionException",
        404 => "ModelNotFoundException",
        405 => "MethodNotAllowedException",
        409 => "ConflictStatusException",
        503 => "ServiceUnavailableException",
        _ => "InternalServerException",
    };

    private static Task PingAsync(HttpContext context)
    {
        var healthy = Readiness.IsReady(context);
        if (!healthy) context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return JsonReply.WriteAsync(context, writer => writer.WriteString("status", healthy ? "Healthy" : "Unhealthy"));
    }

    private static async Task PredictAsync(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        using var lease = (options.Models ?? throw PredictApi.NoModel()).Lease((string?)context.GetRouteValue("model"), (string?)context.GetRouteValue("version"), ServedBy.UserOf(context));
        ServedBy.Tell(context, lease);
        context.Response.Headers["x-request-id"] = Guid.CreateVersion7().ToString();
        if (lease.Model.Predictor is null)
        {
            await ModelCall.AnswerAsync(context, TensorsAsync);
            return;
        }
        if (await ModelCall.TurnsAwayAsync(context, lease)) return;
        using var ticket = context.RequestServices.GetRequiredService<Admission>().Enter(context.Request.ContentLength);
        using var upload = await Upload.ReadAsync(context.Request, options, context.RequestAborted, anyType: true);
        var answers = await Task.WhenAll(upload.Images.Select(image =>
            lease.PredictAsync(image.Bytes, image.File, Top, new CallOptions(options.Patience, 0, context.RequestAborted), inline: upload.Images.Count == 1).AsTask()));
        await JsonReply.WriteValueAsync(context, writer =>
        {
            if (upload.AsList) writer.WriteStartArray();
            foreach (var answer in answers) WriteClasses(writer, answer);
            if (upload.AsList) writer.WriteEndArray();
        });
    }

    private static void WriteClasses(Utf8JsonWriter writer, Prediction answer)
    {
        writer.WriteStartObject();
        foreach (var (name, probability) in answer.Top) writer.WriteNumber(name, probability);
        writer.WriteEndObject();
    }

    // A model of plain tensors with one input: a JSON array, or the raw little-endian elements of as many rows as there are.
    private static async Task TensorsAsync(ModelCall call)
    {
        var inputs = call.Model.Tensors.Inputs;
        if (inputs.Count != 1) throw new RequestException(400, "Answering", "a model with one input", $"one with {inputs.Count}", "Use /v2/models/NAME/infer.");
        var body = call.Body.Memory;
        var start = body.Span.TrimStart(" \r\n\t"u8);
        var input = start.Length > 0 && start[0] == '['
            ? new TensorInput(inputs[0].Name, inputs[0].ElementType, JsonTensor.ShapeOf(body.Span), body, TensorForm.Json)
            : new TensorInput(inputs[0].Name, inputs[0].ElementType, RawShape(inputs[0], body.Length), body);
        var outputs = await call.InferAsync([input]);
        await JsonReply.WriteValueAsync(call.Context, writer => JsonValues.WriteNested(writer, outputs));
    }

    private static long[] RawShape(OrtValueInfo input, int bytes)
    {
        if (input.Shape is not { Count: > 0 } shape || shape.Skip(1).Any(axis => axis.IsFree) || input.ElementType.Bytes() == 0)
            throw new RequestException(400, "Answering", "a JSON array for a model of free shape", "raw bytes");
        var row = shape.Skip(1).Aggregate((long)input.ElementType.Bytes(), (product, axis) => product * axis.Size);
        return [shape[0].IsFree ? bytes / Math.Max(1, row) : shape[0].Size, .. shape.Skip(1).Select(axis => axis.Size)];
    }
}
