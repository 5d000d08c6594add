using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Storage;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Experiments;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary><c>/experiments</c>: the list. The addresses that MLflow's own pages have lead to the table of runs and to the run.</summary>
internal static class ExperimentPageApi
{
    private const int Most = 200;

    public static void MapExperimentPages(this IEndpointRouteBuilder app, ExperimentStore experiments, Database database)
    {
        app.MapGet("/experiments", (HttpContext context) => List(experiments, database, context.Request.Query["page"].ToString() is { Length: > 0 } token ? token : null)).Demand(Scope.View);
        app.MapGet("/experiments/{id}", (string id) => Results.Redirect($"/runs?experiment={Uri.EscapeDataString(id)}")).Demand(Scope.View);
        app.MapGet("/experiments/{id}/runs/{run}", (string id, string run) => Results.Redirect($"/runs/{Uri.EscapeDataString(run)}")).Demand(Scope.View);
    }

    private static Html<ExperimentListPage> List(ExperimentStore experiments, Database database, string? token)
    {
        var page = experiments.Search(null, [], ViewType.ActiveOnly, Most, token);
        var ids = page.Experiments.Select(one => ExperimentStore.Number(one.ExperimentId)).ToArray();
        var counts = database.Read(connection => connection.Query<(long Experiment, long Runs, long Newest)>(
            "SELECT experiment, count(*), max(start_time) FROM runs WHERE experiment IN @ids AND lifecycle = 'active' GROUP BY experiment", new { ids }).ToDictionary(row => row.Experiment));
        return new Html<ExperimentListPage>(new ExperimentListView([.. page.Experiments.Select(one =>
            counts.TryGetValue(ExperimentStore.Number(one.ExperimentId), out var found) ? new ExperimentRow(one, found.Runs, found.Newest) : new ExperimentRow(one, 0, null))], page.NextPageToken));
    }
}

/// <summary>One experiment in the list.</summary>
/// <param name="Experiment">Name and id.</param>
/// <param name="Runs">How many it has, deleted ones left out.</param>
/// <param name="Newest">When the newest began, milliseconds since 1970; null for none.</param>
public sealed record ExperimentRow(Experiment Experiment, long Runs, long? Newest);

/// <summary>What the list of experiments shows.</summary>
/// <param name="Rows">The newest first.</param>
/// <param name="Next">The token of the next page; null for the last one.</param>
public sealed record ExperimentListView(IReadOnlyList<ExperimentRow> Rows, string? Next);
