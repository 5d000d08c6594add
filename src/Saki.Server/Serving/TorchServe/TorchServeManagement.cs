using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.TorchServe;

/// <summary>
/// TorchServe's management address: register, scale, describe, list, unregister, set-default. A model is registered by the name of a file in the model store, never by an
/// address elsewhere. A worker is a run at once.
/// </summary>
internal static class TorchServeManagement
{
    public static void MapTorchServeManagement(this IEndpointRouteBuilder management)
    {
        var api = management.MapGroup("/models").WithMetadata(TorchServeApi.Errors);
        api.MapGet("", (RequestDelegate)ListAsync);
        api.MapPost("", (RequestDelegate)RegisterAsync);
        foreach (var model in new[] { "/{model}", "/{model}/{version}" })
        {
            api.MapGet(model, (RequestDelegate)DescribeAsync);
            api.MapPut(model, (RequestDelegate)ScaleAsync);
            api.MapDelete(model, (RequestDelegate)UnregisterAsync);
        }
        api.MapPut("/{model}/{version}/set-default", (RequestDelegate)SetDefaultAsync);
    }

    private static async Task RegisterAsync(HttpContext context)
    {
        var query = context.Request.Query;
        string? url = query["url"], name = query["model_name"];
        if (url is null) throw new RequestException(400, "Registering", "a parameter url", "none");
        var models = Models(context);
        var plan = models.Open(ModelStore.Find(context.RequestServices.GetRequiredService<ServerOptions>(), url), string.IsNullOrEmpty(name) ? null : name)[^1];
        if (models.Models.Any(entry => entry.Name == plan.Name && entry.Versions.ContainsKey(plan.Version)))
            throw new RequestException(409, "Registering", "a version that is not registered yet", $"{plan.Name} {plan.Version}, which is");
        plan = plan with
        {
            Settings = plan.Settings with
            {
                MaxBatch = Number(query["batch_size"]) is > 0 and <= 4096 and var batch ? batch : plan.Settings.MaxBatch,
                // Its default of 100 ms waits on an idle server; ours is measured, so only a delay that someone asked for counts.
                DelayMicroseconds = query.ContainsKey("max_batch_delay") && Number(query["batch_size"]) > 1 && Number(query["max_batch_delay"]) is >= 0 and <= 10_000 and var delay ? delay * 1000 : plan.Settings.DelayMicroseconds,
            },
        };
        var model = await models.Changes.LoadAsync(plan, By(context), beside: true);
        if (Number(query["initial_workers"]) is > 0 and var workers) await models.Changes.ScaleAsync(plan.Name, plan.Version, workers, By(context));
        await StatusAsync(context, $"Model \"{plan.Name}\" Version: {plan.Version} registered with {model.Instances} initial workers");
    }

    // Workers are runs at once on cores that all models share, so there are never more than cores; the answer says what it came to.
    private static async Task ScaleAsync(HttpContext context)
    {
        var (name, version, query) = ((string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"), context.Request.Query);
        var asked = Number(query["min_worker"]) ?? Number(query["max_worker"]) ?? 1;
        if (asked == 0) throw new RequestException(400, "Scaling", "at least one worker", "none", "Unregister the model instead.");
        var real = await Models(context).Changes.ScaleAsync(name, version, asked, By(context));
        var now = query["synchronous"] == "true";
        if (!now) context.Response.StatusCode = StatusCodes.Status202Accepted;
        var bound = real < asked ? $" ({asked} asked for; this machine computes {real} at once)" : "";
        await StatusAsync(context, now || real < asked ? $"Workers scaled to {real} for model: {name}{bound}" : "Processing worker updates...");
    }

    private static Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = Number(query["limit"]) is > 0 and <= 1000 and var asked ? asked : 100;
        var from = Math.Max(0, Number(query["next_page_token"]) ?? 0);
        var all = Models(context).Models.Where(entry => entry.IsLoaded).ToList();
        return JsonReply.WriteAsync(context, writer =>
        {
            if (from + limit < all.Count) writer.WriteString("nextPageToken", (from + limit).ToString(CultureInfo.InvariantCulture));
            writer.WriteStartArray("models");
            foreach (var entry in all.Skip(from).Take(limit))
            {
                writer.WriteStartObject();
                writer.WriteString("modelName", entry.Name);
                writer.WriteString("modelUrl", Url(entry, entry.Default));
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        });
    }

    private static Task DescribeAsync(HttpContext context)
    {
        var (name, version) = ((string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"));
        var models = Models(context);
        if (version != "all") models.Lease(name, version).Dispose();
        else models.Lease(name).Dispose();
        var entry = models.Find(name)!;
        var chosen = version == "all" ? entry.Versions.Values : entry.Versions.Values.Where(model => model.Version == (version ?? entry.Default));
        return JsonReply.WriteValueAsync(context, writer =>
        {
            writer.WriteStartArray();
            foreach (var model in chosen) Describe(writer, entry, model);
            writer.WriteEndArray();
        });
    }

    private static void Describe(Utf8JsonWriter writer, ModelEntry entry, ServedModel model)
    {
        var workers = model.Instances;
        writer.WriteStartObject();
        writer.WriteString("modelName", model.Name);
        writer.WriteString("modelVersion", model.Version);
        writer.WriteString("modelUrl", Url(entry, model.Version));
        writer.WriteString("engine", "ONNX");
        writer.WriteString("runtime", "onnxruntime");
        writer.WriteNumber("minWorkers", workers);
        writer.WriteNumber("maxWorkers", workers);
        writer.WriteNumber("batchSize", Math.Max(1, model.Tensors.MaxRows));
        writer.WriteNumber("maxBatchDelay", (model.Settings.DelayMicroseconds ?? 0) / 1000);
        writer.WriteBoolean("loadedAtStartup", true);
        writer.WriteStartArray("workers");
        for (var id = 0; id < workers; id++)
        {
            writer.WriteStartObject();
            writer.WriteString("id", (9000 + id).ToString(CultureInfo.InvariantCulture));
            writer.WriteString("startTime", model.LoadedAt.ToString("O", CultureInfo.InvariantCulture));
            writer.WriteString("status", "READY");
            writer.WriteNumber("memoryUsage", 0);
            writer.WriteNumber("pid", Environment.ProcessId);
            writer.WriteBoolean("gpu", false);
            writer.WriteString("gpuUsage", "N/A");
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteStartObject("jobQueueStatus");
        writer.WriteNumber("remainingCapacity", Math.Max(0, model.Settings.MaxQueued - model.Queued));
        writer.WriteNumber("pendingRequests", model.Queued);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static async Task UnregisterAsync(HttpContext context)
    {
        var (name, version) = ((string)context.GetRouteValue("model")!, (string?)context.GetRouteValue("version"));
        var models = Models(context);
        var entry = models.Find(name);
        if (version is not null && entry is { Versions.Count: > 1 } && entry.Default == version)
            throw new RequestException(403, "Unregistering", "a version that is not the default", "the default version", "Choose another default first.");
        // Without a version TorchServe takes the default one; where others are there that is refused, as above.
        if (version is null && entry is { Versions.Count: > 1 }) throw new RequestException(403, "Unregistering", "a version, since there are several", "none");
        await models.Changes.UnloadAsync(name, version, By(context));
        await StatusAsync(context, $"Model \"{name}\" unregistered");
    }

    private static async Task SetDefaultAsync(HttpContext context)
    {
        var (name, version) = ((string)context.GetRouteValue("model")!, (string)context.GetRouteValue("version")!);
        await Models(context).Changes.SetDefaultAsync(name, version, By(context));
        await StatusAsync(context, $"Default version successfully updated for model \"{name}\" to \"{version}\"");
    }

    private static string Url(ModelEntry entry, string version) => entry.Sources.TryGetValue(version, out var source) ? Path.GetFileName(source) : "";

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Task StatusAsync(HttpContext context, string status) => JsonReply.WriteAsync(context, writer => writer.WriteString("status", status));

    private static ChangedBy By(HttpContext context) => new(context.Caller()?.Name ?? "", "TorchServe's management");

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}
