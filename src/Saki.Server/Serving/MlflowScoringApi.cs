using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Tensors;
using Saki.Server.Http;

namespace Saki.Server.Serving;

/// <summary>
/// MLflow's scoring server: <c>POST /invocations</c> with inputs, instances, dataframe_split or dataframe_records.
/// The model is the default one, or <c>?id=NAME&amp;stage=…</c> with a stage, an alias or a version. An <c>id</c> that names no model is a user's, as in the first seed project: their own version answers
/// where they have one, else the one for all.
/// </summary>
internal static class MlflowScoringApi
{
    private static readonly string[] Forms = ["inputs", "instances", "dataframe_split", "dataframe_records"];

    public static void MapMlflowScoring(this IEndpointRouteBuilder inference)
    {
        var scoring = inference.MapGroup("").WithMetadata(Errors);
        scoring.MapPost("/invocations", (RequestDelegate)InvokeAsync);
    }

    /// <summary>MLflow's own error object.</summary>
    private static ErrorFormat Errors { get; } = new(StatusCodes.Status400BadRequest, (context, error) => JsonReply.WriteAsync(context, writer =>
    {
        writer.WriteString("error_code", context.Response.StatusCode switch { 404 => "RESOURCE_DOES_NOT_EXIST", >= 500 => "INTERNAL_ERROR", _ => "BAD_REQUEST" });
        writer.WriteString("message", error.Message);
    }));

    private static Task InvokeAsync(HttpContext context)
    {
        string? id = context.Request.Query["id"], stage = context.Request.Query["stage"];
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        var (name, user) = string.IsNullOrEmpty(id) ? (null, null) : IsModel(options, id) ? (id, null) : ((string?)null, ServedBy.Key(id));
        return ModelCall.AnswerAsync(context, ScoreAsync, name, string.IsNullOrEmpty(stage) ? null : stage, user);
    }

    // Also NAME@ALIAS.
    private static bool IsModel(ServerOptions options, string id) =>
        options.Models is { } models && (models.Find(id) ?? (id.IndexOf('@', StringComparison.Ordinal) is > 0 and var at ? models.Find(id[..at]) : null)) is { IsLoaded: true };

    private static async Task ScoreAsync(ModelCall call)
    {
        if (KserveV1Api.IsPictures(call))
        {
            using var json = JsonSkeleton.Parse(call.Body.Memory);
            if (json.Document.RootElement.ValueKind == JsonValueKind.Object && json.Document.RootElement.EnumerateObject().FirstOrDefault(member => member.Value.ValueKind == JsonValueKind.Array) is { Value.ValueKind: JsonValueKind.Array } list)
            {
                var answers = await KserveV1Api.PicturesAsync(call, list.Value);
                await JsonReply.WriteAsync(call.Context, writer => KserveV1Api.WritePictures(writer, answers));
                return;
            }
        }
        using var skeleton = JsonSkeleton.Parse(call.Body.Memory, "inputs", "instances", "data");
        var outputs = await call.InferAsync(Tensors(call, skeleton));
        await JsonReply.WriteAsync(call.Context, writer => KserveV1Api.WritePredictions(writer, outputs));
    }

    private static List<TensorInput> Tensors(ModelCall call, JsonSkeleton skeleton)
    {
        var root = skeleton.Document.RootElement;
        var given = root.ValueKind == JsonValueKind.Object ? Forms.Where(form => root.TryGetProperty(form, out _)).ToList() : [];
        if (given.Count != 1) throw Bad($"exactly one of {string.Join(", ", Forms)}", given.Count == 0 ? "none" : "several");
        var value = root.GetProperty(given[0]);
        return given[0] switch
        {
            "dataframe_split" => Split(call, skeleton, value),
            "dataframe_records" => Records(call, value),
            _ => JsonInstances.Tensors(skeleton, value, call.Model),
        };
    }

    // A table of plain columns is one tensor: a row for each record.
    private static List<TensorInput> Split(ModelCall call, JsonSkeleton skeleton, JsonElement frame) =>
        frame.ValueKind == JsonValueKind.Object && frame.TryGetProperty("data", out var data) ? JsonInstances.Tensors(skeleton, data, call.Model) : throw Bad("data in dataframe_split", "none");

    private static List<TensorInput> Records(ModelCall call, JsonElement records)
    {
        if (records.ValueKind != JsonValueKind.Array) throw Bad("a list in dataframe_records", "something else");
        var rows = records.EnumerateArray().Select(record =>
            record.ValueKind == JsonValueKind.Object ? $"[{string.Join(',', record.EnumerateObject().Select(member => member.Value.GetRawText()))}]" : throw Bad("objects in dataframe_records", "something else"));
        var text = System.Text.Encoding.UTF8.GetBytes($"{{\"data\":[{string.Join(',', rows)}]}}");
        using var skeleton = JsonSkeleton.Parse(text, "data");
        return JsonInstances.Tensors(skeleton, skeleton.Document.RootElement.GetProperty("data"), call.Model);
    }

    private static RequestException Bad(string expected, string got) => new(400, "Reading the request", expected, got);
}
