using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Charts;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.Tracking.Artifacts;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary><c>/runs/ID</c>: one run in four parts, and its files.</summary>
internal sealed class RunPageApi(RunReader runs, RunPageReader reader, RunStop stop, ExperimentStore experiments, RegistryReader registry, ArtifactStore artifacts, SakiHome? home)
{
    private const int ChartsOfOverview = 4, ChartsOfSheet = 12;

    // The file is data of who logged it: whatever it holds, a browser that opens it by itself runs nothing and asks nothing of this server.
    private const string FilePolicy = "default-src 'none'; sandbox; frame-ancestors 'none'";

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/runs/{id}", (HttpContext context, TimeProvider time, string id) => ShowAsync(context, time, id, RunTab.Overview)).Demand(Scope.View);
        app.MapGet("/runs/{id}/charts", (HttpContext context, TimeProvider time, string id) => ShowAsync(context, time, id, RunTab.Charts)).Demand(Scope.View);
        app.MapGet("/runs/{id}/system", (HttpContext context, TimeProvider time, string id) => ShowAsync(context, time, id, RunTab.System)).Demand(Scope.View);
        app.MapGet("/runs/{id}/parameters", (HttpContext context, TimeProvider time, string id) => ShowAsync(context, time, id, RunTab.Parameters)).Demand(Scope.View);
        app.MapGet("/runs/{id}/artifacts", (HttpContext context, TimeProvider time, string id) => ShowAsync(context, time, id, RunTab.Artifacts)).Demand(Scope.View);
        app.MapGet("/runs/{id}/file", SendAsync).Demand(Scope.View);
        stop.Map(app);
    }

    private async Task<IResult> ShowAsync(HttpContext context, TimeProvider time, string id, RunTab tab)
    {
        var run = runs.Get(id);
        var query = context.Request.Query;
        var view = new RunView
        {
            Tab = tab,
            Run = run,
            Experiment = experiments.Get(run.Info.ExperimentId).Name,
            Options = ChartOptions.Read(query),
            Find = query["find"].ToString().Trim(),
            Folder = query["path"].ToString(),
            Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            MayEdit = context.Caller()?.May(Scope.Manage) == true,
            Job = run.Info.Status is RunStatus.Running or RunStatus.Scheduled ? stop.JobOf(run.Info.RunId) : null,
        };
        return new Html<RunPage>(tab switch
        {
            RunTab.Overview => await OverviewAsync(view),
            RunTab.Charts or RunTab.System => Charts(view, int.TryParse(query["sheet"], NumberStyles.None, CultureInfo.InvariantCulture, out var sheet) ? sheet : 1),
            RunTab.Artifacts => await ArtifactsAsync(view),
            RunTab.Parameters => view with { Origins = LocalRun(run)?.Origins() ?? view.Origins },
            _ => view,
        });
    }

    private async Task<RunView> OverviewAsync(RunView view)
    {
        var before = reader.Before(view.Run.Info);
        var local = LocalRun(view.Run);
        return view with
        {
            Charts = [.. MetricGroup.Of(view.Run.Data.Metrics.Select(metric => metric.Key).Where(key => !RunView.IsSystem(key))).Take(ChartsOfOverview).Select(group => reader.Chart(view.Run, group, view.Options))],
            Report = await RunReport.FindAsync(artifacts, view.Run.Info.ArtifactUri),
            Command = ReproduceCommand.Of(view.Run, local?.Overrides()),
            Resume = view.Run.Info.Status is RunStatus.Killed or RunStatus.Failed ? local is { Resumable: true } ? $"saki train --resume {local.Id}" : Elsewhere(view.Run, local) : null,
            ResumeElsewhere = local is null,
            Versions = registry.SearchVersions($"run_id = '{view.Run.Info.RunId}'", [], 20, null).ModelVersions,
            Previous = before?.Info,
            Changed = before is null ? [] : [.. ParamDifference.Of([before, view.Run]).Where(item => !item.Equal)],
        };
    }

    private RunView Charts(RunView view, int sheet)
    {
        var groups = MetricGroup.Of(view.Run.Data.Metrics.Select(metric => metric.Key).Where(key => RunView.IsSystem(key) == (view.Tab == RunTab.System) && key.Contains(view.Find, StringComparison.OrdinalIgnoreCase)));
        var sheets = Math.Max(1, (groups.Count + ChartsOfSheet - 1) / ChartsOfSheet);
        var shown = Math.Clamp(sheet, 1, sheets);
        return view with { Sheet = shown, Sheets = sheets, Charts = [.. groups.Skip((shown - 1) * ChartsOfSheet).Take(ChartsOfSheet).Select(group => reader.Chart(view.Run, group, view.Options))] };
    }

    private async Task<RunView> ArtifactsAsync(RunView view)
    {
        var uri = view.Run.Info.ArtifactUri;
        try
        {
            var at = ArtifactStore.PathOf(uri, view.Folder);
            if (await artifacts.SizeAsync(at) is not { } bytes) return view with { Files = await artifacts.ListUnderAsync(uri, view.Folder) };
            await using var content = await artifacts.OpenAsync(at);
            var parent = view.Folder.Contains('/') ? view.Folder[..view.Folder.LastIndexOf('/')] : "";
            return view with { Folder = parent, Files = await artifacts.ListUnderAsync(uri, parent), Preview = ArtifactPreview.Read(view.Folder, bytes, content) };
        }
        catch (MlflowException elsewhere) when (elsewhere.Code == "NOT_IMPLEMENTED")
        {
            return view with { FilesElsewhere = uri };
        }
    }

    private Task SendAsync(HttpContext context, string id)
    {
        var path = ArtifactStore.PathOf(runs.Get(id).Info.ArtifactUri, context.Request.Query["path"]);
        context.Response.Headers.ContentSecurityPolicy = FilePolicy;
        return artifacts.SendAsync(context, path);
    }

    // A run of saki train on another machine: its checkpoint is there.
    private static string? Elsewhere(Run run, LocalRun? local) =>
        local is null && run.Data.Tags.FirstOrDefault(tag => tag.Key == SakiTags.LocalRun)?.Value is { } id && RunListQuery.IsId(id) ? $"saki train --resume {id}" : null;

    private LocalRun? LocalRun(Run run) => home is null ? null : RunPages.LocalRun.Find(home, run);
}
