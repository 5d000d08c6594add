using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Server.RunPages;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Runs;

/// <summary><c>saki runs compare A B</c>: settings that differ first, then metrics.</summary>
internal static class CompareVerb
{
    public static Command Create()
    {
        var ids = new Argument<string[]>("run") { Description = "Two runs or more: ids, in the home folder also their first digits, or latest", Arity = new ArgumentArity(2, CompareView.MostRuns) };
        var (server, all) = (TrackingOptions.Server(), new Option<bool>("--all") { Description = "Also the settings in which they agree" });
        var verb = new Verb("compare", "Compare runs: settings that differ, then metrics") { Examples = ["saki runs compare 0193a5 0193b7", "saki runs compare latest 0193a5 --json"] };
        verb.Add(ids);
        verb.Add(server);
        verb.Add(all);
        verb.SetAction(async (parsed, cancel) =>
        {
            var home = SakiHome.Find(parsed.GetValue(SakiCommand.Home));
            var runs = new List<Run>();
            using var client = parsed.GetValue(server) is { } url ? TrackingOptions.Connect(url, home) : null;
            foreach (var id in parsed.GetRequiredValue(ids)) runs.Add(client is null ? RunReference.Find(home, id).Read() : await client.GetRunAsync(id, cancel));
            var view = new ComparisonView([.. runs.Select(run => run.Info)], [.. ParamDifference.Of(runs).OrderBy(item => item.Equal)], MetricComparison.Of(runs));
            if (parsed.GetValue(SakiCommand.Json)) Verb.Terminal.Value!.WriteJson(view, CliJson.Default.ComparisonView);
            else Write(Verb.Terminal.Value!.Output, view, parsed.GetValue(all));
        });
        return verb;
    }

    private static void Write(TextWriter output, ComparisonView view, bool all)
    {
        string[] names = [.. view.Runs.Select(run => $"{run.RunName} ({run.RunId[..8]})")];
        var items = view.Params.Where(item => all || !item.Equal).ToList();
        if (items.Count > 0)
        {
            var table = new TextTable(["SETTING", .. names]);
            foreach (var item in items) table.Add([item.Key, .. item.Values.Select(value => Cut(value ?? "—"))]);
            table.Write(output);
        }
        else
        {
            output.WriteLine(view.Params.Count == 0 ? "No settings were logged." : $"All {view.Params.Count} settings agree.");
        }
        if (view.Metrics.Count == 0) return;
        output.WriteLine();
        var metrics = new TextTable(["METRIC", .. names]).Right(names);
        foreach (var metric in view.Metrics) metrics.Add([metric.Key, .. metric.Values.Select(value => Shown(value, metric.Best))]);
        metrics.Write(output);
    }

    private static string Shown(double? value, double? best) => value is not { } number ? "—" : $"{number.ToString("0.####", CultureInfo.InvariantCulture)}{(number == best ? " *" : "")}";

    private static string Cut(string value) => value.Length <= 40 ? value : $"{value[..39]}…";
}

/// <summary>What <c>saki runs compare --json</c> prints. Settings that differ come first, telling metrics first.</summary>
internal sealed record ComparisonView(IReadOnlyList<RunInfo> Runs, IReadOnlyList<ParamDifference> Params, IReadOnlyList<MetricComparison> Metrics);
