using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Datasets;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;

namespace Saki.Server.Find;

/// <summary><c>GET /find?q=</c>: models, runs, experiments and data sets by a part of their name, for the palette.</summary>
internal sealed class FindApi(SakiHome home, RegistryReader registry, RunReader runs, ExperimentStore experiments)
{
    private const int MostOfKind = 6, Longest = 100, MostExperiments = 1000;

    public void Map(IEndpointRouteBuilder app) => app.MapGet("/find", (HttpContext context) => Results.Json(Find(context.Request.Query["q"].ToString().Trim()), FindJson.Default.IReadOnlyListFoundEntry)).Demand(Scope.View);

    private IReadOnlyList<FoundEntry> Find(string text)
    {
        // A sign that stands for any other is a sign here, which no name needs.
        text = text.Replace("%", "", StringComparison.Ordinal);
        if (text.Length is < 2 or > Longest) return [];
        return [.. Models(text), .. Runs(text), .. Experiments(text), .. Datasets(text)];
    }

    private IEnumerable<FoundEntry> Models(string text) => registry.SearchModels($"name ILIKE {Pattern(text)}", [], MostOfKind, null).RegisteredModels
        .Select(model => new FoundEntry(model.Name, "model", "models", $"/models/{Uri.EscapeDataString(model.Name)}"));

    private IEnumerable<FoundEntry> Runs(string text)
    {
        var among = experiments.Search(null, [], ViewType.ActiveOnly, MostExperiments, null).Experiments.Select(experiment => experiment.ExperimentId).ToList();
        var byId = text.Length is >= 4 and <= 32 && text.All(char.IsAsciiHexDigitLower) ? runs.Search(among, $"attributes.run_id LIKE '{text}%'", [], ViewType.ActiveOnly, MostOfKind, null).Runs : [];
        var byName = runs.Search(among, $"attributes.run_name ILIKE {Pattern(text)}", [], ViewType.ActiveOnly, MostOfKind, null).Runs;
        return byId.Concat(byName).DistinctBy(run => run.Info.RunId).Take(MostOfKind)
            .Select(run => new FoundEntry(run.Info.RunName, $"run {Words.ShortId(run.Info.RunId)}, {Words.Of(run.Info.Status).ToLowerInvariant()}", "runs", $"/runs/{run.Info.RunId}"));
    }

    private IEnumerable<FoundEntry> Experiments(string text) => experiments.Search($"name ILIKE {Pattern(text)}", [], ViewType.ActiveOnly, MostOfKind, null).Experiments
        .Select(experiment => new FoundEntry(experiment.Name, "experiment", "table", $"/runs?experiment={experiment.ExperimentId}"));

    private IEnumerable<FoundEntry> Datasets(string text)
    {
        using var store = new DatasetStore(home);
        if (!Directory.Exists(home.Datasets)) return [];
        return [.. Directory.EnumerateDirectories(home.Datasets).Select(Path.GetFileName).OfType<string>().Where(name => name.Contains(text, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).Take(MostOfKind)
            .SelectMany(name => store.Versions(name).Take(1)).Select(version => new FoundEntry(version.ToString(), $"data set, {Words.Count(version.Total)} pictures", "datasets", $"/data/{version.Name}"))];
    }

    // The grammar has no way to write both kinds of quotes in one text; a sign that stands for any other is used for one of them.
    private static string Pattern(string text) => $"'%{text.Replace('\'', '_')}%'";
}

/// <summary>Something that was found.</summary>
/// <param name="Text">Its name.</param>
/// <param name="Detail">What it is.</param>
/// <param name="Icon">A shape of the sprite.</param>
/// <param name="Href">Where it is.</param>
internal sealed record FoundEntry(string Text, string Detail, string Icon, string Href);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<FoundEntry>))]
internal sealed partial class FindJson : JsonSerializerContext;
