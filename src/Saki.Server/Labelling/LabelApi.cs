using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Labelling;
using Saki.Server.Accounts;
using Saki.Server.Http;

namespace Saki.Server.Labelling;

/// <summary><c>/api/label/queues</c>: queues, tasks, answers, history, versions. The annotator is whoever the token names.</summary>
internal static class LabelApi
{
    private const int MostBody = 64 * 1024, MostTasks = 50, MostEntries = 10_000;

    public static void MapLabelApi(this IEndpointRouteBuilder app, LabelStore store, LabelReader reader, QueueMaker maker, LabelApply apply)
    {
        var queues = app.MapGroup("/api/label/queues");
        queues.MapGet("", () => Json(Made(reader.All(), maker), LabelJson.Default.IReadOnlyListLabelQueueView)).Demand(Scope.View);
        queues.MapGet("/{name}", (string name) => Json(Made([reader.View(reader.Get(name))], maker)[0], LabelJson.Default.LabelQueueView)).Demand(Scope.View);
        queues.MapGet("/{name}/stats", (string name) => Json(LabelStatistics.Of(reader.Answers(reader.Get(name).Id)), LabelJson.Default.LabelStats)).Demand(Scope.View);
        queues.MapGet("/{name}/history", (string name, long? after) => Json(reader.History(reader.Get(name).Id, after ?? 0, MostEntries), LabelJson.Default.IReadOnlyListLabelEntry)).Demand(Scope.View);
        queues.MapPost("", async (HttpContext context) =>
        {
            var ask = await ReadAsync(context, LabelJson.Default.LabelQueueAsk);
            await maker.StartAsync(ask, Who(context));
            return Json(Made([reader.View(reader.Get(ask.Name))], maker)[0], LabelJson.Default.LabelQueueView, StatusCodes.Status202Accepted);
        }).Demand(Scope.Manage);
        queues.MapPost("/{name}/close", async (string name) =>
        {
            await store.CloseAsync(reader.Get(name));
            return Results.NoContent();
        }).Demand(Scope.Manage);
        queues.MapPost("/{name}/apply", async (HttpContext context, string name) =>
        {
            var ask = await ReadAsync(context, LabelJson.Default.LabelApplyAsk);
            return Json(await apply.RunAsync(reader.Get(name), Who(context), ask.DryRun), LabelJson.Default.LabelApplied);
        }).Demand(Scope.Manage);
        MapAnswers(queues, store, reader);
    }

    // Asking for a task takes it, so this is no GET.
    private static void MapAnswers(RouteGroupBuilder queues, LabelStore store, LabelReader reader)
    {
        queues.MapPost("/{name}/next", async (HttpContext context, string name, int? count) =>
            Json(new LabelNext(await store.LeaseAsync(reader.Get(name), Who(context), Math.Clamp(count ?? 1, 1, MostTasks))), LabelJson.Default.LabelNext)).Demand(Scope.Label);
        queues.MapPost("/{name}/answers", async (HttpContext context, string name) =>
        {
            await store.AnswerAsync(reader.Get(name), Who(context), await ReadAsync(context, LabelJson.Default.LabelAnswerAsk));
            return Results.NoContent();
        }).Demand(Scope.Label);
        queues.MapPost("/{name}/undo", async (HttpContext context, string name) =>
        {
            var (queue, who) = (reader.Get(name), Who(context));
            var task = await store.UndoAsync(queue, who);
            return Json(new LabelNext(task is { } id ? reader.Views([reader.Task(queue.Id, id)!]) : []), LabelJson.Default.LabelNext);
        }).Demand(Scope.Label);
    }

    /// <summary>Whose answers these are.</summary>
    public static string Who(HttpContext context) => context.Caller()!.Name;

    /// <summary>The queues with how far those are that are being made.</summary>
    public static IReadOnlyList<LabelQueueView> Made(IReadOnlyList<LabelQueueView> queues, QueueMaker maker) =>
        [.. queues.Select(queue => queue.State != "making" ? queue : maker.Progress(queue.Name) is var (looked, of) ? queue with { Looked = looked, ToLook = of } : queue)];

    /// <summary>Reads a JSON body of at most 64 kB.</summary>
    /// <exception cref="RequestException">400: it is none, or not of this form; 413: it is longer.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int most = MostBody)
    {
        if (context.Request.ContentLength > most) throw TooLong(most);
        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            if (body.Length + read > most) throw TooLong(most);
            body.Write(buffer, 0, read);
        }
        try
        {
            return JsonSerializer.Deserialize(body.GetBuffer().AsSpan(0, (int)body.Length), type) ?? throw new JsonException("null");
        }
        catch (JsonException failure)
        {
            throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", $"a JSON object with the fields {string.Join(", ", type.Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null).Select(property => property.Name))}",
                failure.Path is { Length: > 1 } path ? $"something else at {path}" : "something else");
        }
    }

    public static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => Results.Json(value, type, statusCode: status);

    private static RequestException TooLong(int most) => new(StatusCodes.Status413PayloadTooLarge, "Reading the request", string.Create(CultureInfo.InvariantCulture, $"at most {most / 1024} kB"), "more");
}
