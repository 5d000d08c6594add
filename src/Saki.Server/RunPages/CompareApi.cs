using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Layout;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.RunPages;

/// <summary><c>/runs/compare?ids=A&amp;ids=B</c>: several runs beside and over each other.</summary>
internal static class CompareApi
{
    private const int MostCharts = 6, MostMetrics = 60;

    public static void MapCompare(this IEndpointRouteBuilder app, RunReader runs, RunPageReader reader) => app.MapGet("/runs/compare", (HttpContext context) => Problem.Guard(() =>
    {
        var ids = context.Request.Query["ids"].OfType<string>().SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct().Take(CompareView.MostRuns);
        var chosen = ids.Select(runs.Get).ToList();
        var options = ChartOptions.Read(context.Request.Query);
        var metrics = MetricComparison.Of(chosen);
        return new Html<ComparePage>(new CompareView
        {
            Runs = chosen,
            Params = [.. ParamDifference.Of(chosen).OrderBy(item => item.Equal)],
            Metrics = [.. metrics.Take(MostMetrics)],
            MoreMetrics = Math.Max(0, metrics.Count - MostMetrics),
            Charts = chosen.Count < 2 ? [] : [.. metrics.Take(MostCharts).Select(metric => reader.Chart(chosen, metric.Key, options))],
            Options = options,
        });
    })).Demand(Scope.View);
}
