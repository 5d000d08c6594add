using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.RunPages;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.ModelPages;

/// <summary><c>/models</c> and <c>/models/NAME</c>.</summary>
internal sealed class ModelPageApi(RegistryReader registry, RunReader runs, RunListReader rows)
{
    private const int ModelsOfPage = 100, VersionsOfPage = 50, MetricsShown = 3;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/models", (HttpContext context) => Problem.Guard(() => List(context.Request.Query))).WithMetadata(new PageMark()).Demand(Scope.View);
        app.MapGet("/models/{name}", (HttpContext context, string name) => Problem.Guard(() => One(name, Token(context.Request.Query)))).WithMetadata(new PageMark()).Demand(Scope.View);
    }

    private Html<ModelListPage> List(IQueryCollection query)
    {
        var find = query["find"].ToString().Trim();
        var page = registry.SearchModels(find.Length == 0 ? null : $"name ILIKE {Pattern($"%{find}%")}", [], ModelsOfPage, Token(query));
        return new Html<ModelListPage>(new ModelListView(page.RegisteredModels, page.NextPageToken, find));
    }

    private Html<ModelPage> One(string name, string? token)
    {
        var model = registry.Get(name);
        var page = registry.SearchVersions($"name LIKE {Pattern(name)}", ["version_number DESC"], VersionsOfPage, token);
        // A pattern may hold signs that stand for others; only this model is meant.
        var versions = page.ModelVersions.Where(version => version.Name == name).ToList();
        var metrics = Metrics(versions);
        var of = rows.Read([.. versions.Select(version => version.RunId).Where(id => id.Length > 0).Distinct()], metrics).ToDictionary(row => row.RunId);
        return new Html<ModelPage>(new ModelView { Model = model, Versions = versions, Next = page.NextPageToken, Metrics = metrics, Runs = of });
    }

    // Those of the newest version whose run is here.
    private List<RunColumn> Metrics(List<ModelVersion> versions)
    {
        foreach (var version in versions.Where(version => version.RunId.Length > 0).Take(3))
        {
            try
            {
                var keys = runs.Get(version.RunId).Data.Metrics.Select(metric => metric.Key);
                return [.. keys.OrderBy(RunColumnReader.Rank).ThenBy(key => key, StringComparer.Ordinal).Take(MetricsShown).Select(key => new RunColumn(SearchEntity.Metric, key))];
            }
            catch (MlflowException gone) when (gone.Code == MlflowException.NotThere)
            {
                // The run was deleted for good, or is of another server.
            }
        }
        return [];
    }

    private static string? Token(IQueryCollection query) => query["page"].ToString() is { Length: > 0 } token ? token : null;

    // The grammar has no way to write both kinds of quotes in one text; a sign that stands for any other is used for one of them.
    private static string Pattern(string text) => $"'{text.Replace('\'', '_')}'";
}
