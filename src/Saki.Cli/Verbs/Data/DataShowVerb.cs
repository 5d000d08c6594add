using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data show NAME</c>: one version: where from, how many of each class in each split, what was left out.</summary>
internal static class DataShowVerb
{
    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "NAME (newest version) or NAME@DIGEST-PREFIX" };
        var verb = new Verb("show", "Show one version of a data set") { Examples = ["saki data show emotions", "saki data show fer2013@deb82c4b --json"] };
        verb.Add(name);
        verb.SetAction(parsed => Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(name), parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static void Run(SakiHome home, string reference, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var version = store.Load(reference);
        var summary = version.Summary;
        if (json)
        {
            terminal.WriteJson(DatasetView.Of(summary) with { LeftOutFiles = version.LeftOut }, DataJson.Default.DatasetView);
            return;
        }
        terminal.Output.WriteLine($"{summary}");
        terminal.Output.WriteLine($"from {summary.Source}, {summary.Created.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        terminal.Output.WriteLine();
        var splits = SplitNames.All.Where(s => summary.Count(s) > 0).ToList();
        var table = new TextTable(["CLASS", .. splits.Select(s => s.Name().ToUpperInvariant()), "ALL"]).Right([.. splits.Select(s => s.Name().ToUpperInvariant()), "ALL"]);
        for (var label = 0; label < summary.Classes.Count; label++)
            table.Add([summary.Classes[label], .. splits.Select(s => $"{summary.Counts[(int)s][label]:N0}"), $"{splits.Sum(s => summary.Counts[(int)s][label]):N0}"]);
        table.Add(["", .. splits.Select(s => $"{summary.Count(s):N0}"), $"{summary.Total:N0}"]);
        table.Write(terminal.Output);
        if (summary.LeftOutCount == 0) return;
        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"{summary.LeftOutCount:N0} files were left out:");
        foreach (var file in version.LeftOut.Take(20)) terminal.Output.WriteLine($"  {file.Path}: {file.Reason}");
    }
}
