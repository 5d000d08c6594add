using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Datasets;
using Saki.Labelling;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Http;
using Saki.Server.Layout;
using Saki.Vision;

namespace Saki.Server.Labelling;

/// <summary><c>/label</c>: the queues; <c>/label/NAME</c>: one picture after the other; <c>/label/NAME/result</c>: what came out. Forms work without scripts; the script swaps the desk.</summary>
internal static class LabelPages
{
    /// <summary>Tasks that a browser gets at once: the one asked and those whose pictures it loads ahead.</summary>
    private const int Ahead = 7;

    public static void MapLabelPages(this IEndpointRouteBuilder app, LabelStore store, LabelReader reader, QueueMaker maker, LabelApply apply, LabelPictures pictures, ServerOptions options)
    {
        var pages = new Pages(store, reader, maker, apply, pictures, options);
        app.MapGet("/label", (HttpContext context) => pages.List(context)).Demand(Scope.Label);
        // Cast, for a lambda would be taken for a RequestDelegate, whose result is dropped.
        app.MapPost("/label", (Func<HttpContext, Task<IResult>>)pages.MakeAsync).Demand(Scope.Manage);
        app.MapGet("/label/{name}", (HttpContext context, string name) => pages.DeskAsync(context, name)).Demand(Scope.Label);
        app.MapPost("/label/{name}", (HttpContext context, string name) => pages.AnswerAsync(context, name)).Demand(Scope.Label);
        app.MapPost("/label/{name}/undo", (HttpContext context, string name) => pages.UndoAsync(context, name)).Demand(Scope.Label);
        app.MapGet("/label/{name}/result", (HttpContext context, string name) => pages.ResultAsync(context, name, apply: false)).Demand(Scope.Label);
        app.MapPost("/label/{name}/apply", (HttpContext context, string name) => pages.ResultAsync(context, name, apply: true)).Demand(Scope.Manage);
        app.MapPost("/label/{name}/close", async (string name) =>
        {
            await store.CloseAsync(reader.Get(name));
            return new SeeOther("/label");
        }).Demand(Scope.Manage);
        app.MapGet("/label/pictures/{task:long}/{number:long}", (HttpContext context, long task, long number) => Picture(context, reader, pictures, task, number)).Demand(Scope.Label);
    }

    private static IResult Picture(HttpContext context, LabelReader reader, LabelPictures pictures, long task, long number)
    {
        if (reader.Picture(task, number) is not { } picture || pictures.Read(picture) is not { } bytes) return Results.NotFound();
        var (shown, type) = LabelPictures.ForBrowser(bytes);
        // What is in a task never changes, but may be erased.
        context.Response.Headers.CacheControl = "private, max-age=600";
        return Results.Bytes(shown, type);
    }

    private sealed class Pages(LabelStore store, LabelReader reader, QueueMaker maker, LabelApply apply, LabelPictures pictures, ServerOptions options)
    {
        public Html<LabelListPage> List(HttpContext context, ErrorBody? error = null, int status = StatusCodes.Status200OK)
        {
            using var data = new DatasetStore(options.Home!);
            return new Html<LabelListPage>(new LabelListView
            {
                Queues = LabelApi.Made(reader.All(), maker),
                Data = [.. data.List().Select(version => version.Name).Distinct()],
                MayManage = MayManage(context),
                Error = error,
            }, status);
        }

        public async Task<IResult> MakeAsync(HttpContext context)
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            try
            {
                await maker.StartAsync(new LabelQueueAsk
                {
                    Name = form["name"].ToString().Trim(),
                    Data = form["data"].ToString(),
                    Source = form["source"].ToString() is { Length: > 0 } source ? source : null,
                    Order = form["order"].ToString(),
                    Count = int.TryParse(form["count"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0,
                    Annotators = int.TryParse(form["annotators"], NumberStyles.None, CultureInfo.InvariantCulture, out var annotators) ? annotators : 1,
                }, LabelApi.Who(context));
                return new SeeOther("/label");
            }
            catch (SakiException refusal)
            {
                return List(context, ErrorBody.Of(refusal), ErrorReplies.StatusOf(refusal));
            }
        }

        public async Task<IResult> DeskAsync(HttpContext context, string name) => await DeskAsync(context, reader.Get(name), null, null);

        public async Task<IResult> AnswerAsync(HttpContext context, string name)
        {
            var (queue, form) = (reader.Get(name), await context.Request.ReadFormAsync(context.RequestAborted));
            var kind = form["kind"].ToString() is { Length: > 0 } other ? other : "label";
            var answer = new LabelAnswerAsk
            {
                Task = long.TryParse(form["task"], NumberStyles.None, CultureInfo.InvariantCulture, out var task) ? task : 0,
                Kind = kind,
                Label = kind == "label" ? form["label"].ToString() : "",
                Took = long.TryParse(form["took"], NumberStyles.None, CultureInfo.InvariantCulture, out var took) ? took : 0,
            };
            try
            {
                await store.AnswerAsync(queue, LabelApi.Who(context), answer);
            }
            catch (SakiException refusal)
            {
                return await DeskAsync(context, queue, null, refusal);
            }
            if (!IsScripted(context)) return new SeeOther($"/label/{queue.Name}");
            return await DeskAsync(context, queue, kind switch { "skip" => "Skipped", "flag" => "Marked unusable", _ => $"Labelled {answer.Label}" }, null);
        }

        public async Task<IResult> UndoAsync(HttpContext context, string name)
        {
            var queue = reader.Get(name);
            var task = await store.UndoAsync(queue, LabelApi.Who(context));
            if (!IsScripted(context)) return new SeeOther($"/label/{queue.Name}");
            return await DeskAsync(context, queue, task is null ? "Nothing to undo" : "Taken back", null, task);
        }

        public async Task<IResult> ResultAsync(HttpContext context, string name, bool apply)
        {
            var queue = reader.Get(name);
            var stats = LabelStatistics.Of(reader.Answers(queue.Id));
            var (change, error) = await ApplyAsync(queue, LabelApi.Who(context), apply);
            return new Html<LabelResultPage>(new LabelResultView
            {
                Queue = reader.View(queue),
                Stats = stats,
                Change = change,
                Applied = apply && error is null,
                Error = error is null ? null : ErrorBody.Of(error),
                MayManage = MayManage(context),
                Gain = Gain(stats),
            }, error is null || !apply ? StatusCodes.Status200OK : ErrorReplies.StatusOf(error));
        }

        private async Task<IResult> DeskAsync(HttpContext context, QueueRow queue, string? done, SakiException? refusal, long? first = null)
        {
            var tasks = queue.State == "open" ? await store.LeaseAsync(queue, LabelApi.Who(context), Ahead) : [];
            if (first is not null) tasks = [.. tasks.OrderByDescending(task => task.Id == first)];
            var view = new LabelDeskView
            {
                Queue = LabelApi.Made([reader.Progress(queue)], maker)[0],
                Tasks = tasks,
                Mine = reader.CountOf(queue.Id, LabelApi.Who(context)),
                Size = tasks.Count == 0 ? null : SizeOf(tasks[0].Id),
                Done = done,
                Error = refusal is null ? null : ErrorBody.Of(refusal),
            };
            var status = refusal is null ? StatusCodes.Status200OK : ErrorReplies.StatusOf(refusal);
            return IsScripted(context) ? new Html<LabelDesk>(view, status) : new Html<LabelPage>(view, status);
        }

        private (int, int)? SizeOf(long task)
        {
            if (reader.Picture(task, 0) is not { } picture || pictures.Read(picture) is not { } bytes) return null;
            var info = ImageHeader.Read(bytes);
            return (info.UprightWidth, info.UprightHeight);
        }

        private async Task<(LabelApplied? Change, SakiException? Error)> ApplyAsync(QueueRow queue, string who, bool really)
        {
            try
            {
                return (await apply.RunAsync(queue, who, dryRun: !really), null);
            }
            catch (SakiException refusal)
            {
                return (null, refusal);
            }
        }

        private static Chart? Gain(LabelStats stats)
        {
            if (stats.Arms.Any(arm => arm.Labelled < 2)) return null;
            return new Chart("Wrong guesses found, by labels given", [.. stats.Arms.Select(Line)], new ChartOptions()) { Leads = true };
        }

        private static ChartLine Line(ArmStats arm)
        {
            var points = arm.Course.Select((wrong, i) => new ChartPoint(i + 1, wrong)).ToList();
            return new ChartLine
            {
                Name = arm.Arm == "control" ? "random control" : "in order",
                Points = Thinning.Thin(points),
                Count = points.Count,
                Least = points[0].Y,
                Greatest = points[^1].Y,
                Last = points[^1].Y,
            };
        }

        private static bool MayManage(HttpContext context) => context.Caller()?.May(Scope.Manage) == true;

        private static bool IsScripted(HttpContext context) => context.Request.Headers.ContainsKey("Saki-Fragment");
    }
}
