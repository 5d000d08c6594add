using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;
using Saki.Pipelines;
using Saki.Server.Http;
using Saki.Server.Serving.OpenInference;

namespace Saki.Server.Serving;

/// <summary>KServe v1: <c>POST /v1/models/NAME:predict</c> with <c>{"instances": […]}</c>, answered with <c>{"predictions": […]}</c>. Instances are numbers, or <c>{"b64": "…"}</c> for pictures.</summary>
internal static class KserveV1Api
{
    public static void MapKserveV1(this IEndpointRouteBuilder inference)
    {
        var v1 = inference.MapGroup("/v1/models").WithMetadata(OipApi.Errors);
        v1.MapGet("", (RequestDelegate)ListAsync);
        v1.MapGet("/{model}", (RequestDelegate)ReadyAsync);
        v1.MapPost("/{model}:predict", (RequestDelegate)(context => ModelCall.AnswerAsync(context, PredictAsync)));
        v1.MapPost("/{model}:explain", (RequestDelegate)(_ => throw NoExplanations()));
    }

    /// <summary>Heat maps do not exist yet.</summary>
    public static RequestException NoExplanations() =>
        new(StatusCodes.Status501NotImplemented, "Explaining", "a model with explanations", "one that only predicts", "Ask for a prediction.");

    /// <summary>Answers a list of pictures, as the page does for one.</summary>
    public static async Task<Prediction[]> PicturesAsync(ModelCall call, JsonElement list)
    {
        var options = call.Context.RequestServices.GetRequiredService<ServerOptions>();
        if (list.GetArrayLength() > options.MaxImages) throw Upload.TooMany(options.MaxImages);
        var pictures = list.EnumerateArray().Select(item => Base64Images.DecodeMember(item, options)).ToList();
        return await Task.WhenAll(pictures.Select(picture =>
            call.Lease.PredictAsync(picture.Bytes, null, call.Model.Predictor!.Pipeline.Labels.Count, new CallOptions(options.Patience, 0, call.Context.RequestAborted), inline: pictures.Count == 1).AsTask()));
    }

    private static async Task PredictAsync(ModelCall call)
    {
        if (IsPictures(call))
        {
            using var json = JsonSkeleton.Parse(call.Body.Memory);
            var root = json.Document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("instances", out var list) || list.ValueKind != JsonValueKind.Array) throw NoInstances();
            var answers = await PicturesAsync(call, list);
            await JsonReply.WriteAsync(call.Context, writer => WritePictures(writer, answers));
            return;
        }
        using var skeleton = JsonSkeleton.Parse(call.Body.Memory, "instances");
        if (skeleton.Document.RootElement.ValueKind != JsonValueKind.Object || !skeleton.Document.RootElement.TryGetProperty("instances", out var instances))
            throw NoInstances();
        var outputs = await call.InferAsync(JsonInstances.Tensors(skeleton, instances, call.Model));
        await JsonReply.WriteAsync(call.Context, writer => WritePredictions(writer, outputs));
    }

    /// <summary>True for a model of pictures that is sent objects instead of numbers.</summary>
    public static bool IsPictures(ModelCall call)
    {
        if (call.Model.Predictor is null) return false;
        var start = call.Body.Memory.Span[..Math.Min(call.Body.Length, 512)];
        return start.IndexOf("\"b64\""u8) >= 0 || start.IndexOf("\"image\""u8) >= 0;
    }

    /// <summary><c>"predictions"</c> of pictures: the record of <c>predict --json</c> each.</summary>
    public static void WritePictures(Utf8JsonWriter writer, Prediction[] answers)
    {
        writer.WriteStartArray("predictions");
        foreach (var answer in answers) JsonSerializer.Serialize(writer, answer, PipelineJson.Default.Prediction);
        writer.WriteEndArray();
    }

    /// <summary><c>"predictions"</c> of tensors: the only output, or an object of them.</summary>
    public static void WritePredictions(Utf8JsonWriter writer, IReadOnlyList<TensorOutput> outputs)
    {
        writer.WritePropertyName("predictions");
        JsonValues.WriteNested(writer, outputs);
    }

    private static RequestException NoInstances() => new(400, "Reading the request", "an object with a list \"instances\"", "something else");

    private static Task ListAsync(HttpContext context) => JsonReply.WriteAsync(context, writer =>
    {
        writer.WriteStartArray("models");
        foreach (var entry in Models(context).Models.Where(entry => entry.IsLoaded)) writer.WriteStringValue(entry.Name);
        writer.WriteEndArray();
    });

    private static Task ReadyAsync(HttpContext context)
    {
        using var lease = Models(context).Lease((string?)context.GetRouteValue("model"));
        return JsonReply.WriteAsync(context, writer =>
        {
            writer.WriteString("name", (string?)context.GetRouteValue("model"));
            writer.WriteBoolean("ready", true);
        });
    }

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}
