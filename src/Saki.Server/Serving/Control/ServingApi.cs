using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Serving.Control;

/// <summary>
/// <c>/api/serving</c>: what is served and where requests go, and every change of it. A change answers with the model as it is then; all are audited.
/// </summary>
internal static class ServingApi
{
    private const int LongestBody = 1 << 16;

    public static void MapServing(this IEndpointRouteBuilder management)
    {
        var api = management.MapGroup("/api/serving");
        api.MapGet("", (RequestDelegate)(context => context.Response.WriteAsJsonAsync(Reader(context).View(), ServingJson.Default.ServingView))).Demand(Scope.View);
        var model = api.MapGroup("/models/{model}");
        model.MapGet("", (RequestDelegate)(context => AnswerAsync(context, Name(context)))).Demand(Scope.View);
        foreach (var (name, change) in Changes) Map(model, $"/{name}", change);
        Map(api, "/undo/{event}", UndoAsync);
    }

    /// <summary>The changes of one model by their names in addresses.</summary>
    public static IReadOnlyDictionary<string, Func<ServingCall, ServingChanges, Task>> Changes { get; } = new Dictionary<string, Func<ServingCall, ServingChanges, Task>>
    {
        ["load"] = LoadAsync,
        ["unload"] = (call, changes) => changes.UnloadAsync(call.Name, call.Text("version"), call.By),
        ["default"] = (call, changes) => changes.SetDefaultAsync(call.Name, call.Required("version"), call.By),
        ["scale"] = (call, changes) => changes.ScaleAsync(call.Name, call.Text("version"), (int)call.RequiredNumber("instances"), call.By),
        ["follow"] = (call, changes) => changes.FollowAsync(call.Name, call.Text("follows"), call.By),
        ["canary"] = (call, changes) => changes.CanaryAsync(call.Name, Canary(call), call.By),
        ["shadow"] = (call, changes) => changes.ShadowAsync(call.Name, call.Text("version") is { } version ? new ShadowPlan(version, call.Number("percent") ?? 100) : null, call.By),
        ["user"] = (call, changes) => changes.UserAsync(call.Name, call.Required("user"), call.Text("version"), call.By),
    };

    /// <summary>Takes a change back.</summary>
    public static Task UndoAsync(ServingCall call, ServingChanges changes) => changes.UndoAsync((string)call.Context.GetRouteValue("event")!, call.By);

    /// <summary>Loads a version by its number, stage or alias of the registry, or a file of the model store; without either, what is known of the model is read again.</summary>
    public static async Task LoadAsync(ServingCall call, ServingChanges changes)
    {
        var options = call.Context.RequestServices.GetRequiredService<ServerOptions>();
        var models = options.Models!;
        var plan = call.Text("file") is { } file ? models.Open(ModelStore.Find(options, file), call.Name)[^1]
            : models.Open(Source(models, call.Name, call.Text("version")), call.Name) is var plans && call.Text("version") is { } version ? plans.FirstOrDefault(plan => plan.Version == version) ?? plans[^1]
            : plans[^1];
        await changes.LoadAsync(plan, call.By, beside: true);
    }

    // Where the version came from before, else the registry that this server is connected to.
    private static string Source(ModelRepository models, string name, string? version)
    {
        var entry = models.Find(name);
        if (version is not null && entry?.Sources.TryGetValue(version, out var source) == true) return source;
        if (models.HasRegistry)
            return version is null ? $"models:/{name}/Production" : version.StartsWith('@') ? $"models:/{name}{version}" : long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out _) || IsStage(version) ? $"models:/{name}/{version}" : $"models:/{name}@{version}";
        if (version is null && entry?.Sources.TryGetValue(entry.Default, out source) == true) return source;
        throw new RequestException(StatusCodes.Status404NotFound, "Loading", "a version that was loaded before, a file of the model store, or a server with a registry", "none of them", "Start the server with saki up, or with saki serve models:/NAME@ALIAS.");
    }

    private static bool IsStage(string version) => version.ToUpperInvariant() is "PRODUCTION" or "STAGING" or "ARCHIVED" or "NONE" or "LATEST";

    private static CanaryPlan? Canary(ServingCall call)
    {
        if (call.Text("version") is not { } version) return null;
        var normal = new CanaryLimits();
        return new CanaryPlan(version, call.RequiredNumber("percent"))
        {
            Limits = new CanaryLimits
            {
                MinRequests = (int)(call.Number("min_requests") ?? normal.MinRequests),
                WindowSeconds = call.Number("window_seconds") ?? normal.WindowSeconds,
                MaxExtraErrors = call.Limit("max_extra_errors", normal.MaxExtraErrors),
                MaxLatencyRatio = call.Limit("max_latency_ratio", normal.MaxLatencyRatio),
                MaxDisagreement = call.Limit("max_disagreement", normal.MaxDisagreement),
            },
        };
    }

    private static void Map(IEndpointRouteBuilder routes, string pattern, Func<ServingCall, ServingChanges, Task> change) => routes.MapPost(pattern, (RequestDelegate)(async context =>
    {
        using var call = await ServingCall.ReadAsync(context, LongestBody);
        await change(call, Models(context).Changes);
        if (call.Name.Length > 0 && Models(context).Find(call.Name) is { IsLoaded: true }) await AnswerAsync(context, call.Name);
        else await context.Response.WriteAsJsonAsync(Reader(context).View(), ServingJson.Default.ServingView);
    }));

    private static Task AnswerAsync(HttpContext context, string name) => context.Response.WriteAsJsonAsync(Reader(context).View(name), ServingJson.Default.ModelServing);

    private static string Name(HttpContext context) => (string)context.GetRouteValue("model")!;

    private static ServingReader Reader(HttpContext context) => new(Models(context), context.RequestServices.GetRequiredService<ServingHistory>());

    private static ModelRepository Models(HttpContext context) => context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
}
