using System.Globalization;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.RunPages;
using Saki.Server.Tracking;
using Saki.Server.Tracking.Experiments;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Ask;

/// <summary>Tools about training runs. Filters and orders are made here of checked parts; nothing that is asked with becomes part of a query's text unquoted.</summary>
internal sealed class RunTools(RunReader runs, ExperimentStore experiments, TimeProvider time)
{
    private const int UsualRuns = 5, MostRuns = 10, MetricsShown = 10, SettingsShown = 20, ShortestId = 7, MostExperiments = 1000, LookedAt = 20;
    private static readonly string[] States = ["any", "running", "finished", "failed", "killed"];

    public AskTool Find => new("find_runs", "The best or the newest training runs, each with its telling metrics.", Scope.View,
        [
            new ToolArgument("experiment", "Name of an experiment; leave it out for all."), new ToolArgument("metric", "Metric to order by, best first; leave it out for the one that tells most."),
            new ToolArgument("order", "best by the metric, or newest.", ["best", "newest"]), new ToolArgument("status", "State of the runs.", States), new ToolArgument("count", "How many.", Most: MostRuns),
        ], (call, _) => Task.FromResult(Found(call)));

    public AskTool One => new("run", "One training run: state, metrics, settings, data set.", Scope.View, [new ToolArgument("run", "Its id, or the first 7 or more signs of it.")], (call, _) => Task.FromResult(Shown(call)));

    private ToolResult Found(ToolCall call)
    {
        const string title = "Runs";
        if (Experiments(call.Text("experiment")) is not { } among) return ToolResult.Nothing(title, $"There is no experiment \"{ToolResult.Plain(call.Text("experiment"), 80)}\".");
        var status = call.Text("status");
        var filter = status is null or "any" ? null : $"attributes.status = '{status.ToUpperInvariant()}'";
        var newest = runs.Search(among, filter, [], ViewType.ActiveOnly, LookedAt, null).Runs;
        if (newest.Count == 0) return ToolResult.Nothing(title, status is null or "any" ? "There are no runs yet." : $"No run is {status}.");
        var count = call.Number("count") ?? UsualRuns;
        var metric = Metric(newest, call.Text("metric"));
        if (call.Text("order") == "newest" || metric is null)
        {
            var first = newest[0];
            return Listed(title, [.. newest.Take(count)], metric, $"The newest{(status is null or "any" ? "" : $" {status}")} run is {Name(first)} ({Words.Of(first.Info.Status).ToLowerInvariant()}, {Words.Ago(DateTimeOffset.FromUnixTimeMilliseconds(first.Info.StartTime), time.GetUtcNow())}){Figure(first, metric)}.");
        }
        var falls = MetricDirection.Falling(metric);
        var best = runs.Search(among, filter, [$"metrics.`{metric}` {(falls ? "ASC" : "DESC")}"], ViewType.ActiveOnly, count, null).Runs.Where(run => Value(run, metric) is not null).ToList();
        if (best.Count == 0) return ToolResult.Nothing(title, $"No run has the metric {ToolResult.Plain(metric, 80)}.");
        return Listed(title, best, metric, $"The best run by {metric} ({(falls ? "less" : "more")} is better) is {Name(best[0])}{Figure(best[0], metric)}{(best.Count > 1 ? $"; next comes {Name(best[1])}{Figure(best[1], metric)}" : "")}.");
    }

    private static ToolResult Listed(string title, IReadOnlyList<Run> found, string? metric, string sentence) => new()
    {
        Title = title,
        Sentence = sentence,
        Link = "/runs",
        Rows = [.. found.Select(run => new ToolRow(run.Info.RunName, $"{Words.Of(run.Info.Status)}{Figure(run, metric)}, id {run.Info.RunId}", $"/runs/{run.Info.RunId}"))],
    };

    private ToolResult Shown(ToolCall call)
    {
        const string title = "Run";
        var id = call.Text("run")?.ToLowerInvariant() ?? "";
        if (id.Length is < ShortestId or > 32 || !id.All(char.IsAsciiHexDigit)) return ToolResult.Nothing(title, $"Expected a run's id or its first {ShortestId} signs or more.");
        var fitting = runs.Search(Experiments(null)!, $"attributes.run_id LIKE '{id}%'", [], ViewType.ActiveOnly, 2, null).Runs;
        if (fitting.Count != 1) return ToolResult.Nothing(title, fitting.Count == 0 ? $"There is no run {id}." : $"Several runs begin with {id}.");
        var run = fitting[0];
        var metrics = run.Data.Metrics.OrderBy(metric => RunColumnReader.Rank(metric.Key)).ThenBy(metric => metric.Key, StringComparer.Ordinal).Take(MetricsShown).ToList();
        var data = run.Inputs?.DatasetInputs.Select(input => $"{input.Dataset.Name}@{input.Dataset.Digest}").Distinct().ToList() ?? [];
        var took = run.Info.EndTime is { } end && end >= run.Info.StartTime ? Words.Duration(TimeSpan.FromMilliseconds(end - run.Info.StartTime)) : null;
        return new ToolResult
        {
            Title = $"Run {ToolResult.Plain(run.Info.RunName, 80)}",
            Link = $"/runs/{run.Info.RunId}",
            Sentence = $"{Name(run)} is {Words.Of(run.Info.Status).ToLowerInvariant()}{(took is null ? "" : $" after {took}")}{(metrics.Count == 0 ? "; it logged no metric" : $": {string.Join(", ", metrics.Take(3).Select(metric => $"{ToolResult.Plain(metric.Key, 60)} {Words.Metric(metric.Value)}"))}")}.",
            Rows = [
                new("run", run.Info.RunId, $"/runs/{run.Info.RunId}"), new("name", run.Info.RunName), new("state", Words.Of(run.Info.Status)), new("started by", run.Info.UserId),
                .. data.Select(name => new ToolRow("data set", name)),
                .. metrics.Select(metric => new ToolRow(metric.Key, Words.Metric(metric.Value))),
                .. run.Data.Params.OrderBy(setting => setting.Key, StringComparer.Ordinal).Take(SettingsShown).Select(setting => new ToolRow(setting.Key, setting.Value)),
            ],
        };
    }

    /// <summary>Names of metrics that the newest runs have.</summary>
    public IReadOnlyList<string> Metrics() => [.. runs.Search(Experiments(null)!, null, [], ViewType.ActiveOnly, LookedAt, null).Runs.SelectMany(run => run.Data.Metrics).Select(metric => metric.Key).Distinct()];

    private IReadOnlyList<string>? Experiments(string? name)
    {
        if (name is null) return [.. experiments.Search(null, [], ViewType.ActiveOnly, MostExperiments, null).Experiments.Select(experiment => experiment.ExperimentId)];
        return experiments.GetByName(name) is { } one ? [one.ExperimentId] : null;
    }

    // Only a name that a run has: what is asked with is never itself put into the order.
    private static string? Metric(IReadOnlyList<Run> newest, string? asked)
    {
        var known = newest.SelectMany(run => run.Data.Metrics).Select(metric => metric.Key).Where(key => !key.Contains('`') && !key.StartsWith("system/", StringComparison.Ordinal)).Distinct().ToList();
        return asked is null ? known.OrderBy(RunColumnReader.Rank).ThenBy(key => key, StringComparer.Ordinal).FirstOrDefault() : known.FirstOrDefault(key => key.Equals(asked, StringComparison.OrdinalIgnoreCase));
    }

    private static double? Value(Run run, string? metric) => run.Data.Metrics.FirstOrDefault(known => known.Key == metric)?.Value;

    private static string Figure(Run run, string? metric) => Value(run, metric) is { } value ? string.Create(CultureInfo.InvariantCulture, $", {ToolResult.Plain(metric, 60)} {Words.Metric(value)}") : "";

    private static string Name(Run run) => $"{ToolResult.Plain(run.Info.RunName, 80)} ({Words.ShortId(run.Info.RunId)})";
}
