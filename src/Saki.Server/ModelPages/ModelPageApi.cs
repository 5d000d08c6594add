using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Gates;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Server.RunPages;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.ModelPages;

/// <summary><c>/models</c>, <c>/models/NAME</c> and its audit: what is read. Moves are in <see cref="ModelMoveApi"/>.</summary>
internal sealed class ModelPageApi(RegistryReader registry, AuditReader audit, PolicyFolder<GatePolicy> policies, RunReader runs, RunListReader rows)
{
    private const int ModelsOfPage = 100, VersionsOfPage = 50, MetricsShown = 3, MovesShown = 8, MovesOfAudit = 500;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/models", (HttpContext context) => List(context.Request.Query)).WithMetadata(new PageMark()).Demand(Scope.View);
        app.MapGet("/models/{name}", (HttpContext context, string name) => One(context, name)).WithMetadata(new PageMark()).Demand(Scope.View);
        app.MapGet("/models/{name}/audit", (string name) => Audit(name)).WithMetadata(new PageMark()).Demand(Scope.View);
    }

    /// <summary>The page of one model.</summary>
    /// <param name="context">Says which version and which older versions.</param>
    /// <param name="name">The model.</param>
    /// <param name="refusal">Why what was asked for just now was not done; null when nothing was.</param>
    /// <exception cref="MlflowException">There is no such model.</exception>
    public Html<ModelPage> One(HttpContext context, string name, MlflowException? refusal = null)
    {
        var query = context.Request.Query;
        var model = registry.Get(name);
        var page = registry.SearchVersions($"name LIKE {Pattern(name)}", ["version_number DESC"], VersionsOfPage, Token(query));
        // A pattern may hold signs that stand for others; only this model is meant.
        var versions = page.ModelVersions.Where(version => version.Name == name).ToList();
        var metrics = Metrics(versions);
        var of = rows.Read([.. versions.Select(version => version.RunId).Where(id => id.Length > 0).Distinct()], metrics).ToDictionary(row => row.RunId);
        var proof = query["evidence"].ToString() is { Length: 64 } digest ? audit.Proof(name, digest) : audit.NewestProof(name, Number(query["version"]));
        var chosen = Chosen(name, versions, Number(query["version"]) ?? proof?.Version);
        var caller = context.Caller();
        return new Html<ModelPage>(new ModelView
        {
            Model = model,
            Moves = audit.Count(name),
            Versions = versions,
            Next = page.NextPageToken,
            Metrics = metrics,
            Runs = of,
            Chosen = chosen,
            Gate = proof is not null && proof.Version.ToString(CultureInfo.InvariantCulture) == chosen?.Version ? Finding(proof) : null,
            Policy = Policy(name),
            History = audit.History(name, MovesShown),
            Before = audit.Before(name),
            MayMove = caller?.May(Scope.Manage) == true,
            MayOverride = caller?.May(Scope.Admin) == true,
            Moved = Number(query["moved"]) is { } row ? audit.Row(name, row) : null,
            Problem = refusal?.Message,
        }, refusal?.Status ?? StatusCodes.Status200OK);
    }

    private Html<ModelListPage> List(IQueryCollection query)
    {
        var find = query["find"].ToString().Trim();
        var page = registry.SearchModels(find.Length == 0 ? null : $"name ILIKE {Pattern($"%{find}%")}", [], ModelsOfPage, Token(query));
        return new Html<ModelListPage>(new ModelListView(page.RegisteredModels, page.NextPageToken, find));
    }

    private Html<ModelAuditPage> Audit(string name) =>
        new(new ModelAuditView { Model = registry.Get(name), Moves = audit.Count(name), Entries = audit.History(name, MovesOfAudit), Check = audit.Check() });

    private ModelVersion? Chosen(string name, List<ModelVersion> versions, long? number)
    {
        var asked = number?.ToString(CultureInfo.InvariantCulture);
        if (asked is null || versions.Exists(version => version.Version == asked)) return versions.Find(version => version.Version == asked) ?? versions.FirstOrDefault();
        try
        {
            return registry.Get(name, number!.Value);
        }
        catch (MlflowException gone) when (gone.Code == MlflowException.NotThere)
        {
            return versions.FirstOrDefault();
        }
    }

    private GateFinding? Finding(AuditEntry entry) =>
        audit.Evidence(entry.Evidence) is { } json && JsonSerializer.Deserialize(json, GateJson.Default.GateEvidence) is { } evidence ? new GateFinding(entry, evidence) : null;

    // A policy that cannot be read lets nothing through; the page says so when somebody asks for a move.
    private GatePolicy? Policy(string name)
    {
        try
        {
            return policies.Find(name)?.Policy;
        }
        catch (SakiException)
        {
            return new GatePolicy();
        }
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

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // The grammar has no way to write both kinds of quotes in one text; a sign that stands for any other is used for one of them.
    private static string Pattern(string text) => $"'{text.Replace('\'', '_')}'";
}
