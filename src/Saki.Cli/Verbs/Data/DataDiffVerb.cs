using System.CommandLine;
using Saki.Datasets;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data diff A B</c>: what the second version has that the first has not, and the other way round; exit code 1 when they differ.</summary>
internal static class DataDiffVerb
{
    private const int MostListed = 20;

    public static Command Create()
    {
        var first = new Argument<string>("a") { Description = "NAME (newest version) or NAME@DIGEST-PREFIX" };
        var second = new Argument<string>("b") { Description = "The same for the other version" };
        var verb = new Verb("diff", "Compare two versions; exit code 1 when they differ") { Examples = ["saki data diff fer2013@6a7ffa6 fer2013", "saki data diff birds birds2 --json"] };
        verb.Add(first);
        verb.Add(second);
        verb.SetAction(parsed => Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(first), parsed.GetRequiredValue(second), parsed.GetValue(SakiCommand.Json)));
        return verb;
    }

    private static int Run(SakiHome home, string first, string second, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var (a, b) = (store.Load(first), store.Load(second));
        var diff = DatasetDiff.Of(a, b);
        if (json)
        {
            terminal.WriteJson(new DiffView(DatasetView.Of(a.Summary), DatasetView.Of(b.Summary), diff), DataJson.Default.DiffView);
            return diff.IsEmpty ? 0 : 1;
        }
        terminal.Output.WriteLine($"{a.Summary} ({a.Summary.Total:N0} images) -> {b.Summary} ({b.Summary.Total:N0} images)");
        if (!a.Classes.SequenceEqual(b.Classes)) terminal.Output.WriteLine($"classes: {string.Join(", ", a.Classes)} -> {string.Join(", ", b.Classes)}");
        List(terminal.Output, '+', "added", diff.Added);
        List(terminal.Output, '-', "removed", diff.Removed);
        List(terminal.Output, '>', "renamed", [.. diff.Renamed.Select(change => $"{change.From} -> {change.To}")]);
        List(terminal.Output, '~', "changed", diff.Changed);
        List(terminal.Output, '!', "relabelled", [.. diff.Relabelled.Select(Change)]);
        List(terminal.Output, '=', "moved to another split", [.. diff.Resplit.Select(Change)]);
        if (diff.IsEmpty) terminal.Output.WriteLine("no difference");
        return diff.IsEmpty ? 0 : 1;
    }

    private static string Change(SampleChange change) => $"{change.Path}: {change.From} -> {change.To}";

    private static void List(TextWriter output, char mark, string what, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return;
        output.WriteLine($"{lines.Count:N0} {what}:");
        foreach (var line in lines.Take(MostListed)) output.WriteLine($"  {mark} {line}");
        if (lines.Count > MostListed) output.WriteLine($"    … and {lines.Count - MostListed:N0} more; --json lists them");
    }
}

/// <summary>What <c>saki data diff --json</c> prints.</summary>
internal sealed record DiffView(DatasetView A, DatasetView B, DatasetDiff Diff);
