using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Saki.Inference.Serving;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Server.Serving;
using Saki.Server.Serving.Control;

namespace Saki.Server.ServingPages;

/// <summary><c>/serving</c>, and the forms on it: each does what <c>/api/serving</c> does, then comes back to the page with what was done and how to undo it.</summary>
internal static class ServingPageApi
{
    private const int Points = 60;
    private const long LongestForm = 1 << 16;

    public static void MapServingPage(this IEndpointRouteBuilder app)
    {
        app.MapGet("/serving", Show).WithMetadata(new PageMark()).Demand(Scope.View);
        app.MapPost("/serving/{model}/{change}", (HttpContext context, string change) => DoAsync(context, ServingApi.Changes.TryGetValue(change, out var work) ? work : null)).Demand(Scope.Manage);
        // As a RequestDelegate, which it would fit, too, its result would be dropped.
        app.MapPost("/serving/undo/{event}", (Delegate)((HttpContext context) => DoAsync(context, ServingApi.UndoAsync))).Demand(Scope.Manage);
    }

    private static Html<ServingPage> Show(HttpContext context)
    {
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        if (options.Models is not { } models) return new Html<ServingPage>(Empty);
        var history = context.RequestServices.GetRequiredService<ServingHistory>();
        var now = new ServingReader(models, history).View();
        var done = context.Request.Query["done"].ToString();
        return new Html<ServingPage>(new ServingPageView
        {
            Now = now,
            Hours = models.Models.SelectMany(entry => entry.Versions.Values).ToDictionary(model => (model.Name, model.Version), model => history.Hour(model, Points)),
            Span = history.Span,
            Done = now.Events.FirstOrDefault(told => told.Id == done),
            MayManage = context.Caller()?.May(Scope.Manage) == true,
        });
    }

    private static ServingPageView Empty => new()
    {
        Now = new ServingView { Cores = Environment.ProcessorCount, MemoryBytes = Environment.WorkingSet, Models = [], Events = [] },
        Hours = new Dictionary<(string, string), IReadOnlyList<RecentFigures>>(),
        MayManage = false,
    };

    private static async Task<IResult> DoAsync(HttpContext context, Func<ServingCall, ServingChanges, Task>? change)
    {
        if (change is null) throw new RequestException(StatusCodes.Status404NotFound, "Changing what is served", "load, unload, default, scale, canary, shadow or user", "something else");
        var models = context.RequestServices.GetRequiredService<ServerOptions>().Models ?? throw PredictApi.NoModel();
        using var call = await ReadAsync(context);
        await change(call, models.Changes);
        return new SeeOther($"/serving?done={(models.Routes.Events is [var newest, ..] ? newest.Id : "")}#done");
    }

    // A field left empty counts as left out.
    private static async Task<ServingCall> ReadAsync(HttpContext context)
    {
        var form = context.Request is { HasFormContentType: true, ContentLength: <= LongestForm } request ? await request.ReadFormAsync(context.RequestAborted)
            : throw new RequestException(StatusCodes.Status400BadRequest, "Reading the request", "a form of this page", "something else");
        using var json = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            foreach (var (name, values) in form)
                if (values is [{ Length: > 0 } value]) writer.WriteString(name, value);
            writer.WriteEndObject();
        }
        return ServingCall.Of(context, json.ToArray());
    }
}
