using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Inference.Serving;
using Saki.Labelling.LabelStudio;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Serving;
using Saki.Storage;

namespace Saki.Server.Labelling;

/// <summary>
/// Label Studio's ML-backend protocol under <c>/label-studio</c>: a Label Studio in use asks for predictions and tells of annotations. It signs in with Basic, the token as password.
/// Pictures are found by the digest in the task's data (<c>saki labels export</c> writes it) or come as <c>data:</c>; Saki fetches nothing from addresses that a request names.
/// </summary>
internal static class MlBackendApi
{
    private const string Prefix = "/label-studio";
    private const int MostTasks = 1000;

    public static void MapMlBackend(this IEndpointRouteBuilder app, LabelStore store, LabelReader reader, LabelPictures pictures, ServerOptions options)
    {
        var backend = app.MapGroup(Prefix);
        foreach (var path in (string[])["", "/health"]) backend.MapGet(path, () => Reply(writer => WriteHealth(writer, options))).Demand(Scope.View);
        backend.MapGet("/metrics", () => Reply(_ => { })).Demand(Scope.View);
        backend.MapPost("/setup", async (HttpContext context, Admission admission) =>
        {
            using var ticket = admission.Enter(context.Request.ContentLength);
            using var body = await BodyAsync(context);
            LabelConfig.Parse(Text(body.RootElement, "schema")).Classification();
            using var lease = PictureModel.Lease(options);
            var version = Version(lease.Model);
            return Reply(writer => writer.WriteString("model_version", version));
        }).Demand(Scope.Infer);
        backend.MapPost("/predict", async (HttpContext context, Admission admission) =>
        {
            using var ticket = admission.Enter(context.Request.ContentLength);
            using var body = await BodyAsync(context);
            return await PredictAsync(body.RootElement, pictures, options, context.RequestAborted);
        }).Demand(Scope.Infer);
        backend.MapPost("/webhook", async (HttpContext context, Admission admission) =>
        {
            using var ticket = admission.Enter(context.Request.ContentLength);
            using var body = await BodyAsync(context);
            return await new OutsideAnnotations(store, reader, pictures).HearAsync(body.RootElement, LabelApi.Who(context));
        }).Demand(Scope.Label);
    }

    /// <summary>An object whose fields <paramref name="write"/> writes.</summary>
    public static IResult Reply(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK)
    {
        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return Results.Text(Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length), "application/json", statusCode: status);
    }

    /// <summary>A text that must be there.</summary>
    /// <exception cref="RequestException">400: it is not.</exception>
    public static string Text(JsonElement body, string name) => body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", $"a text under \"{name}\"", "none", "Connect this server as Label Studio's ML backend.");

    /// <summary>The digest in a task's data; null when there is none.</summary>
    public static Digest? DigestOf(JsonElement data) => data.TryGetProperty("digest", out var text) && text.ValueKind == JsonValueKind.String && Digest.TryParse(text.GetString(), out var digest) ? digest : null;

    private static async Task<IResult> PredictAsync(JsonElement body, LabelPictures pictures, ServerOptions options, CancellationToken cancel)
    {
        var (choices, key) = LabelConfig.Parse(Text(body, "label_config")).Classification();
        if (!body.TryGetProperty("tasks", out var tasks) || tasks.ValueKind != JsonValueKind.Array || tasks.GetArrayLength() > MostTasks)
            throw new RequestException(StatusCodes.Status400BadRequest, "Predicting", string.Create(CultureInfo.InvariantCulture, $"a list of at most {MostTasks} tasks"), "something else, or more", "Ask for fewer at once.");
        using var lease = PictureModel.Lease(options);
        var answers = new List<Prediction?>();
        foreach (var task in tasks.EnumerateArray())
            answers.Add(Picture(task, key, pictures, options) is { } picture ? await lease.Model.PredictAsync(picture, null, lease.Model.Labels!.Count, new CallOptions(options.Patience, 0, cancel)) : null);
        if (answers.Count > 0 && answers.All(answer => answer is null))
            throw new SakiException("Predicting", "tasks whose data has a \"digest\" of a picture that is here, or the picture itself as data:", "none", "Make the tasks with `saki labels export`. Addresses are not fetched.");
        return Reply(writer =>
        {
            writer.WriteStartArray("results");
            foreach (var answer in answers) WriteAnswer(writer, answer, choices, Version(lease.Model));
            writer.WriteEndArray();
        });
    }

    // The likeliest class that the config offers.
    private static void WriteAnswer(Utf8JsonWriter writer, Prediction? answer, LabelControl choices, string version)
    {
        var best = answer?.Top.FirstOrDefault(found => choices.Labels.Count == 0 || choices.Labels.Contains(found.Class));
        writer.WriteStartObject();
        writer.WriteString("model_version", version);
        writer.WriteStartArray("result");
        if (best is not null) TaskFile.WriteChoice(writer, choices.Name, choices.ToName, best.Class);
        writer.WriteEndArray();
        writer.WriteNumber("score", best?.Probability ?? 0);
        writer.WriteEndObject();
    }

    private static byte[]? Picture(JsonElement task, string key, LabelPictures pictures, ServerOptions options)
    {
        if (task.ValueKind != JsonValueKind.Object || !task.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Object) return null;
        if (DigestOf(data) is { } digest && pictures.Read(new TaskPicture(TaskPicture.Data, "", digest.ToString())) is { } known) return known;
        if (!data.TryGetProperty(key, out var image) || image.ValueKind != JsonValueKind.String || image.GetString() is not { } text || !text.StartsWith("data:", StringComparison.Ordinal)) return null;
        var comma = text.IndexOf(";base64,", StringComparison.Ordinal);
        if (comma < 0 || (text.Length - comma) / 4 * 3 > options.MaxImageBytes) return null;
        var bytes = new byte[(text.Length - comma) / 4 * 3];
        return Convert.TryFromBase64Chars(text.AsSpan(comma + ";base64,".Length), bytes, out var length) ? bytes[..length] : null;
    }

    private static void WriteHealth(Utf8JsonWriter writer, ServerOptions options)
    {
        using var lease = PictureModel.TryLease(options);
        writer.WriteString("model_class", lease?.Model.Name ?? "none");
        writer.WriteString("status", "UP");
    }

    private static string Version(ServedModel model) => $"{model.Name}-{model.Version}";

    private static async Task<JsonDocument> BodyAsync(HttpContext context)
    {
        try
        {
            return await JsonDocument.ParseAsync(context.Request.Body, new JsonDocumentOptions { MaxDepth = 32 }, context.RequestAborted);
        }
        catch (JsonException)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", "a JSON object", "something else");
        }
    }
}
