using System.Globalization;
using Saki.Drift;
using Saki.Inference.Serving;
using Saki.Loop;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Feedback;
using Saki.Server.Layout;
using Saki.Server.Registry;
using Saki.Server.Registry.Audit;
using Saki.Tracking;

namespace Saki.Server.Ask;

/// <summary>Tools about a model: its card, and whether what it answers has drifted.</summary>
internal sealed class ModelTools(ServerOptions options, RegistryReader registry, AuditReader audit, FeedbackStore feedback, Func<string, DriftSight?> watched, ModelPlaces places)
{
    private const int MostListed = 50, MostClasses = 40, LongestCard = 3000, MostAnswers = 1000, LeastForDrift = 100;
    private const double LargeIndex = 0.25, UnlikelyByChance = 0.01;

    public AskTool Card => new("model_card", "What a model is: versions and stages, classes, training data, gate findings, and its card. Without a model: all models.", Scope.View,
        [new ToolArgument("model", "Its name; leave it out to list all."), new ToolArgument("version", "A version number; leave it out for the one in Production.")], CardAsync);

    public AskTool Drift => new("drift", "Whether what a model is asked and answers now differs from its training data, its first pictures, or its gate's test set.", Scope.View,
        [new ToolArgument("model", "Its name; leave it out for the one that answers.")], (call, _) => Task.FromResult(Drifted(call)));

    /// <summary>The page of a model; null when it is not registered, which has none.</summary>
    public string? PageOf(string model) => Find(model) is null ? null : Page(model);

    /// <summary>Names that a question may mean.</summary>
    public IReadOnlyList<string> Names() => [.. registry.SearchModels(null, [], MostListed, null).RegisteredModels.Select(model => model.Name).Union(Served().Select(entry => entry.Name))];

    private async Task<ToolResult> CardAsync(ToolCall call, CancellationToken cancellation)
    {
        var registered = registry.SearchModels(null, [], MostListed, null).RegisteredModels;
        var name = call.Text("model") ?? Only(registered);
        if (name is null) return List(registered);
        var model = registered.FirstOrDefault(known => known.Name == name) ?? Find(name);
        var served = options.Models?.Find(name) is { IsLoaded: true } entry ? entry : null;
        if (model is null && served is null) return ToolResult.Nothing("Model card", $"There is no model \"{ToolResult.Plain(name, 80)}\". {(Names() is { Count: > 0 } names ? $"Known are: {string.Join(", ", names.Select(known => ToolResult.Plain(known, 60)))}." : "None is registered or served.")}");
        var version = call.Text("version") ?? Champion(model)?.ToString(CultureInfo.InvariantCulture) ?? served?.Default ?? (model is { LatestVersions: [.., var newest] } ? newest.Version : "");
        var package = version.Length > 0 ? await places.PackageAsync(name, version, cancellation) : null;
        return Describe(name, version, model, served, package);
    }

    private ToolResult Describe(string name, string version, RegisteredModel? model, ModelEntry? served, Package? package)
    {
        var labels = served?.Versions.GetValueOrDefault(version)?.Labels ?? package?.Pipeline.Labels ?? [];
        var of = long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && model is not null ? registry.Get(name, number) : null;
        var gate = of is null ? null : audit.ProofOf(name, number);
        var rows = new List<ToolRow> { new("model", name, model is null ? null : Page(name)), new("version", version.Length == 0 ? "none" : version) };
        if (of is not null) rows.Add(new("stage", of.CurrentStage));
        if (of?.Aliases.Count > 0) rows.Add(new("aliases", string.Join(", ", of.Aliases)));
        rows.Add(new("answers now", served is { IsLoaded: true } ? $"yes, version {served.Default}" : "no", served is null ? null : "/serving"));
        if (labels.Count > 0) rows.Add(new("classes", string.Join(", ", labels.Take(MostClasses)) + (labels.Count > MostClasses ? " …" : "")));
        if (of?.RunId is { Length: > 0 } run) rows.Add(new("run", run, $"/runs/{run}"));
        if (of?.Description is { Length: > 0 } note) rows.Add(new("note", note));
        if (model?.Description is { Length: > 0 } about) rows.Add(new("about the model", about));
        foreach (var line in gate?.Lines ?? []) rows.Add(new($"gate: {line.Check}", $"{(line.Passed ? "passed" : "failed")}, {line.Got}"));
        if (gate?.Report is { } report) rows.Add(new("accuracy on its test set", Right(report.Accuracy)));
        if (package is not null) rows.Add(new("card", package.Card.Length <= LongestCard ? package.Card : package.Card[..LongestCard]));
        var place = of is null ? "is not registered" : of.CurrentStage == "None" ? "is registered and in no stage" : $"is in {of.CurrentStage}";
        var sentence = version.Length == 0 ? $"{name} has no version yet." : $"{name} {version} {place}{(served?.Default == version ? " and answers now" : "")}.";
        if (labels.Count > 0) sentence += $" It knows {labels.Count} classes: {string.Join(", ", labels.Take(12).Select(label => ToolResult.Plain(label, 40)))}{(labels.Count > 12 ? " …" : "")}.";
        if (gate?.Report is { } measured) sentence += $" Its gate measured {Right(measured.Accuracy)} right on the test set.";
        return new ToolResult { Title = $"Model card of {ToolResult.Plain(name, 80)}", Sentence = sentence, Link = model is null ? null : Page(name), Rows = rows };
    }

    private ToolResult List(IReadOnlyList<RegisteredModel> registered)
    {
        var rows = registered.Select(model => new ToolRow(model.Name, Stages(model), Page(model.Name)))
            .Concat(Served().Where(entry => registered.All(model => model.Name != entry.Name)).Select(entry => new ToolRow(entry.Name, $"answers as version {entry.Default}, not registered"))).ToList();
        return rows.Count == 0 ? ToolResult.Nothing("Models", "No model is registered or served yet.")
            : new ToolResult { Title = "Models", Link = "/models", Rows = rows, Sentence = $"There {(rows.Count == 1 ? "is one model" : $"are {rows.Count} models")}: {string.Join("; ", rows.Take(8).Select(row => $"{ToolResult.Plain(row.Name, 60)} ({row.Value})"))}." };
    }

    private ToolResult Drifted(ToolCall call)
    {
        const string title = "Drift";
        var name = call.Text("model") ?? options.Models?.DefaultModel ?? Only(registry.SearchModels(null, [], MostListed, null).RegisteredModels);
        if (name is null) return ToolResult.Nothing(title, "No model answers, so nothing can have drifted. Name a model.");
        if (Champion(Find(name)) is not { } version) return ToolResult.Nothing(title, $"{ToolResult.Plain(name, 80)} has no version in Production, so there is nothing that its answers could be compared with.");
        if (watched(name) is { } sight) return Drifted(title, name, version, sight);
        if (audit.ProofOf(name, version)?.Report is not { } report) return ToolResult.Nothing(title, $"Version {version} of {ToolResult.Plain(name, 80)} came to Production without a measurement on a test set, so its answers cannot be compared with any.");
        var kept = feedback.Search(new FeedbackSearch { Model = name, Most = MostAnswers }).Where(answer => answer.Version == version.ToString(CultureInfo.InvariantCulture)).ToList();
        if (kept.Count < LeastForDrift) return ToolResult.Nothing(title, $"Needs {LeastForDrift} kept answers of {ToolResult.Plain(name, 80)} {version}, has {kept.Count}.");
        var now = kept.CountBy(answer => answer.Class).ToDictionary();
        var classes = report.PerClass.Select(row => row.Class).ToList();
        var psi = PopulationStability.Between([.. classes.Select((_, column) => report.Confusion.Sum(row => row[column]))], [.. classes.Select(label => (long)now.GetValueOrDefault(label))]);
        var word = psi < 0.1 ? "have not drifted" : psi < LargeIndex ? "have drifted somewhat" : "have drifted a lot";
        var before = report.PerClass.Select((row, column) => (row.Class, Share: report.Confusion.Sum(line => line[column]) / (double)report.Confusion.Sum(line => line.Sum()))).ToList();
        return new ToolResult
        {
            Title = title,
            Link = "/loop",
            Sentence = $"The classes that {ToolResult.Plain(name, 80)} {version} answers {word} since its gate: population stability index {Words.Number(psi, "0.000")} over {Words.Count(kept.Count)} kept answers (below 0.1 nothing happened, from 0.25 on a lot did).",
            Rows = [
                new("population stability index", Words.Number(psi, "0.000")), new("kept answers", Words.Count(kept.Count)),
                .. before.Select(share => new ToolRow(share.Class, $"{Words.Percent(now.GetValueOrDefault(share.Class) / (double)kept.Count)} now, {Words.Percent(share.Share)} in the test set")),
            ],
        };
    }

    // Its loop samples the traffic: that says more than the answers that people agreed to have kept.
    private static ToolResult Drifted(string title, string name, long version, DriftSight sight)
    {
        var traffic = $"the traffic of {ToolResult.Plain(name, 80)} {version}";
        if (sight.Problem is { } problem) return ToolResult.Nothing(title, $"Drift in {traffic} cannot be measured: {ToolResult.Plain(problem, 300)}");
        if (sight.Figures.Count == 0)
        {
            var have = sight.Have < sight.Need ? $"{sight.Have} of {sight.Need} pictures of the reference" : $"{sight.Window} of the first {sight.Need} pictures after it";
            return ToolResult.Nothing(title, $"Drift in {traffic} is watched against {sight.Reference}; so far there are {have}.");
        }
        var moved = sight.Figures.Where(HasMoved).Select(figure => figure.Of).ToList();
        return new ToolResult
        {
            Title = title,
            Link = "/loop",
            Sentence = $"Against {sight.Reference}, {(moved.Count == 0 ? $"nothing in {traffic} has drifted a lot" : $"{traffic} has drifted a lot in {string.Join(", ", moved)}")} over the newest {sight.Need} pictures that were sampled.",
            Rows = [.. sight.Figures.Select(figure => new ToolRow(figure.Of, $"{Measure(figure)} {Words.Number(figure.Value, "0.000")}{(figure.Before is { } before ? $", in the window before {Words.Number(before, "0.000")}" : "")}"))],
        };
    }

    private static bool HasMoved(DriftFigure figure) => figure.Of == DriftFigure.Embeddings ? figure.Value <= UnlikelyByChance : figure.Value >= LargeIndex;

    private static string Measure(DriftFigure figure) => figure.Of == DriftFigure.Embeddings ? "chance of so large a difference" : "population stability index";

    private IEnumerable<ModelEntry> Served() => options.Models?.Models.Where(entry => entry.IsLoaded) ?? [];

    private RegisteredModel? Find(string name)
    {
        try
        {
            return registry.Get(name);
        }
        catch (MlflowException none) when (none.Code == MlflowException.NotThere)
        {
            return null;
        }
    }

    // The one there is, so that nobody has to name it.
    private string? Only(IReadOnlyList<RegisteredModel> registered) => registered.Select(model => model.Name).Union(Served().Select(entry => entry.Name)).Take(2).ToArray() is [var one] ? one : null;

    private static long? Champion(RegisteredModel? model) => model is null ? null : RegistryMoves.ProductionOf(model);

    private static string Stages(RegisteredModel model) => model.LatestVersions.Count == 0 ? "no version yet" : string.Join(", ", model.LatestVersions.Select(version => $"version {version.Version} {(version.CurrentStage == "None" ? "in no stage" : $"in {version.CurrentStage}")}"));

    private static string Page(string model) => $"/models/{Uri.EscapeDataString(model)}";

    private static string Right(double share) => Words.Percent(share);
}
