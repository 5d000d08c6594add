using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Layout;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.RunPages;

/// <summary><c>/runs/compare?ids=A&amp;ids=B</c>: several runs beside and over each other.</summary>
internal static class CompareApi
{
    private const int MostCharts = 6, MostMetrics = 60;

    public static void MapCompare(this IEndpointRouteBuilder app, RunReader runs, RunPageReader reader, ArtifactStore artifacts) => app.MapGet("/runs/compare", async (HttpContext context) =>
    {
        var ids = context.Request.Query["ids"].OfType<string>().SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().Take(CompareView.MostRuns);
        var chosen = ids.Select(runs.Get).ToList();
        var options = ChartOptions.Read(context.Request.Query);
        var metrics = MetricComparison.Of(chosen);
        var settings = ParamDifference.Of(chosen).OrderBy(item => item.Equal).ToList();
        var several = chosen.Count > 1;
        var reports = new List<(int, RunReport)>();
        for (var i = 0; several && i < chosen.Count; i++)
            if (await RunReport.FindAsync(artifacts, chosen[i].Info.ArtifactUri) is { } report) reports.Add((i, report));
        return new Html<ComparePage>(new CompareView
        {
            Runs = chosen,
            Params = settings,
            Metrics = [.. metrics.Take(MostMetrics)],
            MoreMetrics = Math.Max(0, metrics.Count - MostMetrics),
            Charts = chosen.Count < 2 ? [] : [.. metrics.Take(MostCharts).Select(metric => reader.Chart(chosen, metric.Key, options))],
            Options = options,
            Parallel = several ? ParallelDrawing.Of(settings, metrics) : null,
            Scatter = several ? ScatterDrawing.Of(settings, metrics, context.Request.Query["sx"], context.Request.Query["sy"]) : null,
            Reports = reports,
        });
    }).Demand(Scope.View);
}
