using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Experiments;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary><c>/runs</c>: the table, its rows alone, and the same as CSV.</summary>
internal static class RunListApi
{
    private const int MostExperiments = 200, MostLiveRows = 100;

    public static void MapRunList(this IEndpointRouteBuilder app, RunListReader runs, RunColumnReader columns, ExperimentStore experiments)
    {
        app.MapGet("/runs", (HttpContext context, TimeProvider time) => Show(context, time, runs, columns, experiments)).Demand(Scope.View);
        app.MapGet("/runs/rows", (HttpContext context, TimeProvider time) =>
        {
            var query = RunListQuery.Read(context.Request.Query);
            var rows = runs.Read([.. context.Request.Query["ids"].OfType<string>().Take(MostLiveRows)], query.Columns);
            return new Html<RunRows>(new RunRowsView(rows, query.Columns, time.GetUtcNow().ToUnixTimeMilliseconds(), MayEdit(context)));
        }).Demand(Scope.View);
        app.MapGet("/runs/new", (HttpContext context) =>
        {
            var query = context.Request.Query;
            return long.TryParse(query["since"], NumberStyles.None, CultureInfo.InvariantCulture, out var since) ? CountNew(runs, RunListQuery.Read(query), since) : Results.BadRequest();
        }).Demand(Scope.View);
        app.MapGet("/runs.csv", (HttpContext context) =>
        {
            var query = RunListQuery.Read(context.Request.Query);
            return new RunCsv(runs, query, columns.Of(query));
        }).Demand(Scope.View);
    }

    private static IResult CountNew(RunListReader runs, RunListQuery query, long since)
    {
        try
        {
            return Results.Text(runs.CountNew(query, since).ToString(CultureInfo.InvariantCulture));
        }
        catch (MlflowException refusal) when (refusal.Code == MlflowException.Invalid)
        {
            return Results.BadRequest();
        }
    }

    private static bool MayEdit(HttpContext context) => context.Caller()?.May(Scope.Manage) == true;

    private static Html<RunListPage> Show(HttpContext context, TimeProvider time, RunListReader runs, RunColumnReader columns, ExperimentStore experiments)
    {
        var query = RunListQuery.Read(context.Request.Query);
        var shown = columns.Of(query);
        var newest = runs.Newest(); // before the page is read: what comes meanwhile is new
        var view = new RunListView
        {
            Query = query,
            Experiments = experiments.Search(null, [], ViewType.ActiveOnly, MostExperiments, null).Experiments,
            Columns = shown,
            Choices = columns.Choices(query),
            Newest = newest,
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            MayEdit = MayEdit(context),
            Address = $"{context.Request.Scheme}://{context.Request.Host}",
        };
        try
        {
            return new Html<RunListPage>(view with { Page = runs.Read(query, shown), Chips = FilterText.Chips(query.Filter) });
        }
        catch (MlflowException refusal) when (refusal.Code == MlflowException.Invalid)
        {
            return new Html<RunListPage>(view with { FilterError = refusal.Message.TrimEnd('.') }, StatusCodes.Status400BadRequest);
        }
    }
}
