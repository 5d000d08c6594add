using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.OpenInference;

/// <summary>Triton's repository extension: what is there, load, unload. A model is loaded from where it came from, never from an address in the request.</summary>
internal static class RepositoryApi
{
    public static void MapRepository(this IEndpointRouteBuilder management)
    {
        var repository = management.MapGroup("/v2/repository").WithMetadata(OipApi.Errors);
        repository.MapPost("/index", (RequestDelegate)IndexAsync);
        repository.MapPost("/models/{model}/load", (RequestDelegate)LoadAsync);
        repository.MapPost("/models/{model}/unload", (RequestDelegate)UnloadAsync);
    }

    private static async Task IndexAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, 1 << 16, context.RequestAborted);
        var readyOnly = body.Length > 0 && Parse(body.Memory) is { RootElement: var root } && root.ValueKind == JsonValueKind.Object && root.TryGetProperty("ready", out var ready) && ready.ValueKind == JsonValueKind.True;
        await JsonReply.WriteValueAsync(context, writer =>
        {
            writer.WriteStartArray();
            foreach (var entry in Models(context).Models)
                foreach (var version in entry.Sources.Keys.Union(entry.Versions.Keys))
                {
                    var loaded = entry.Versions.ContainsKey(version);
                    if (readyOnly && !loaded) continue;
                    writer.WriteStartObject();
                    writer.WriteString("name", entry.Name);
                    writer.WriteString("version", version);
                    writer.WriteString("state", loaded ? "READY" : "UNAVAILABLE");
                    writer.WriteString("reason", loaded ? "" : "unloaded");
                    writer.WriteEndObject();
                }
            writer.WriteEndArray();
        });
    }

    private static async Task LoadAsync(HttpContext context)
    {
        using var body = await RequestBody.ReadAsync(context.Request, 1 << 20, context.RequestAborted);
        if (body.Length > 0)
        {
            using var json = Parse(body.Memory);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("parameters", out var parameters) && parameters.ValueKind == JsonValueKind.Object && parameters.EnumerateObject().Any())
                throw new RequestException(400, "Loading the model", "no parameters: a model is loaded as its own files say", "a config or files in the request", "Put them into the model's folder.");
        }
        await LoadAsync(Models(context), (string)context.GetRouteValue("model")!, By(context));
    }

    /// <summary>Loads a model again from where it came from.</summary>
    /// <exception cref="SakiException">It was never there, or does not load; what was loaded stays.</exception>
    public static async Task LoadAsync(ModelRepository models, string name, ChangedBy by)
    {
        var plans = Plans(models, name);
        // The first replaces what was there, the others (a version policy that asks for several) stand beside it; the newest answers.
        for (var i = 0; i < plans.Count; i++) await models.Changes.LoadAsync(plans[i], by, beside: i > 0);
        if (plans.Count > 1) await models.Changes.SetDefaultAsync(name, plans[^1].Version, by);
    }

    private static async Task UnloadAsync(HttpContext context)
    {
        await Models(context).Changes.UnloadAsync((string)context.GetRouteValue("model")!, null, By(context), context.RequestAborted);
    }

    /// <summary>Who asks, for the audit.</summary>
    public static ChangedBy By(HttpContext context) => new(context.Caller()?.Name ?? "", "the protocol's repository extension");

    // The model's source is read again: a new version in its folder is found.
    private static List<ModelPlan> Plans(ModelRepository models, string name)
    {
        var entry = models.Find(name);
        if (entry is null || entry.Sources.Count == 0) models.Lease(name).Dispose(); // says that it is not there
        var plans = entry!.Sources.Values.Distinct(StringComparer.Ordinal).SelectMany(source => models.Open(source, name)).ToList();
        return plans.Count > 0 ? plans : throw new RequestException(404, "Loading the model", "a model at its source", "nothing there any more");
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return StrictJson.Parse(json, new JsonDocumentOptions { MaxDepth = 8 });
        }
        catch (JsonException)
        {
            throw new RequestException(400, "Reading the request", "JSON, or an empty body", "something else");
        }
    }

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}
