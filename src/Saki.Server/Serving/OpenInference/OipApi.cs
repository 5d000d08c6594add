using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>
/// Open Inference Protocol v2 over REST with Triton's extensions for binary tensors, classification and statistics: what Triton, KServe and MLServer clients speak.
/// </summary>
internal static class OipApi
{
    public static IReadOnlyList<string> Extensions { get; } = ["binary_tensor_data", "classification", "model_repository", "statistics", "schedule_policy"];

    public static void MapOpenInference(this IEndpointRouteBuilder inference)
    {
        var v2 = inference.MapGroup("/v2").WithMetadata(Errors);
        v2.MapGet("", (RequestDelegate)ServerAsync);
        v2.MapGet("/health/live", (RequestDelegate)(context => JsonReply.WriteAsync(context, writer => writer.WriteBoolean("live", true)))).Open();
        v2.MapGet("/health/ready", (RequestDelegate)ReadyAsync).Open();
        v2.MapGet("/models/stats", (RequestDelegate)(context => StatsAsync(context, null, null)));
        foreach (var model in new[] { "/models/{model}", "/models/{model}/versions/{version}" })
        {
            v2.MapGet(model, (RequestDelegate)MetadataAsync);
            v2.MapGet(model + "/ready", (RequestDelegate)ModelReadyAsync);
            v2.MapGet(model + "/stats", (RequestDelegate)(context => StatsAsync(context, (string?)context.GetRouteValue("model"), (string?)context.GetRouteValue("version"))));
            v2.MapPost(model + "/infer", (RequestDelegate)InferAsync);
        }
    }

    /// <summary><c>{"error": "…"}</c>, which is what clients look for.</summary>
    public static ErrorFormat Errors { get; } = new(StatusCodes.Status400BadRequest, (context, error) => JsonReply.WriteAsync(context, writer => writer.WriteString("error", error.Message)));

    private static Task InferAsync(HttpContext context) => ModelCall.AnswerAsync(context, static async call =>
    {
        var header = call.Context.Request.Headers["Inference-Header-Content-Length"];
        var request = OipRequest.Parse(call.Body.Memory, header.Count == 0 ? null : header.ToString());
        if (request.User is { } user) await call.ForUserAsync(user, own => AnswerAsync(own, request));
        else await AnswerAsync(call, request);
    });

    private static async Task AnswerAsync(ModelCall call, OipRequest request)
    {
        var patience = request.TimeoutMicroseconds is { } microseconds ? TimeSpan.FromMicroseconds(microseconds) : (TimeSpan?)null;
        var answer = await call.InferAsync(request.Inputs, request.Priority, patience);
        await OipReply.WriteAsync(call.Context, call.Lease, request, answer);
    }

    private static Task ServerAsync(HttpContext context) => JsonReply.WriteAsync(context, writer =>
    {
        writer.WriteString("name", "saki");
        writer.WriteString("version", typeof(OipApi).Assembly.GetName().Version!.ToString(3));
        writer.WriteStartArray("extensions");
        foreach (var extension in Extensions) writer.WriteStringValue(extension);
        writer.WriteEndArray();
    });

    private static Task ReadyAsync(HttpContext context)
    {
        var ready = Readiness.IsReady(context);
        if (!ready) context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return JsonReply.WriteAsync(context, writer => writer.WriteBoolean("ready", ready));
    }

    private static Task ModelReadyAsync(HttpContext context)
    {
        using var lease = Lease(context);
        return JsonReply.WriteAsync(context, writer =>
        {
            writer.WriteString("name", (string?)context.GetRouteValue("model"));
            writer.WriteBoolean("ready", true);
        });
    }

    private static Task MetadataAsync(HttpContext context)
    {
        using var lease = Lease(context);
        var model = lease.Model;
        var versions = Models(context).Find(model.Name)!.Versions.Keys;
        return JsonReply.WriteAsync(context, writer =>
        {
            writer.WriteString("name", model.Name);
            writer.WriteStartArray("versions");
            foreach (var version in versions) writer.WriteStringValue(version);
            writer.WriteEndArray();
            writer.WriteString("platform", "onnxruntime_onnx");
            Tensors(writer, "inputs", model.Tensors.Inputs);
            Tensors(writer, "outputs", model.Tensors.Outputs);
        });
    }

    private static void Tensors(Utf8JsonWriter writer, string name, IReadOnlyList<OrtValueInfo> tensors)
    {
        writer.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            writer.WriteStartObject();
            writer.WriteString("name", tensor.Name);
            writer.WriteString("datatype", OipTypes.Name(tensor.Kind == OrtValueKind.Sequence ? OrtElementType.Float32 : tensor.ElementType));
            writer.WriteStartArray("shape");
            foreach (var axis in tensor.Shape ?? []) writer.WriteNumberValue(axis.Size);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static Task StatsAsync(HttpContext context, string? name, string? version)
    {
        if (name is not null) Models(context).Lease(name, version).Dispose();
        var models = Models(context).Models.Where(entry => name is null || entry.Name == name).SelectMany(entry => entry.Versions.Values).Where(model => version is null || model.Version == version);
        return JsonReply.WriteAsync(context, writer =>
        {
            writer.WriteStartArray("model_stats");
            foreach (var model in models) OipStatistics.Write(writer, model);
            writer.WriteEndArray();
        });
    }

    private static ModelLease Lease(HttpContext context) => Models(context).Lease((string?)context.GetRouteValue("model"), (string?)context.GetRouteValue("version"));

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}
