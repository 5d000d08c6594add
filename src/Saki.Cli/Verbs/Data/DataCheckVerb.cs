using System.CommandLine;
using System.Runtime.ExceptionServices;
using Saki.Cli.Terminal;
using Saki.Datasets;
using Saki.Vision;

namespace Saki.Cli.Verbs.Data;

/// <summary><c>saki data check NAME</c>: decodes every image and says what is wrong with the set; exit code 1 when something is. <c>--drop</c> makes a version without it.</summary>
internal static class DataCheckVerb
{
    private const int Block = 1024, MostListed = 5;

    public static Command Create()
    {
        var name = new Argument<string>("name") { Description = "NAME (newest version) or NAME@DIGEST-PREFIX" };
        var drop = new Option<string?>("--drop") { Description = $"Make a version without these: {string.Join(", ", DatasetDrop.Kinds)}", HelpName = "KIND,…" };
        var verb = new Verb("check", "Find damage, copies, leaks and contradictions; exit code 1 when there are any")
        {
            Examples = ["saki data check emotions", "saki data check fer2013 --drop leaks,constant", "saki data check fer2013 --json"],
        };
        verb.Add(name);
        verb.Add(drop);
        verb.SetAction((parsed, cancel) =>
        {
            var kinds = parsed.GetValue(drop) is { } text ? DatasetDrop.Parse(text) : [];
            return Task.FromResult(Run(SakiHome.Find(parsed.GetValue(SakiCommand.Home)), parsed.GetRequiredValue(name), kinds, parsed.GetValue(SakiCommand.Json), cancel));
        });
        return verb;
    }

    private static int Run(SakiHome home, string reference, IReadOnlyList<string> kinds, bool json, CancellationToken cancel)
    {
        var terminal = Verb.Terminal.Value!;
        using var store = new DatasetStore(home);
        var version = store.Load(reference);
        var findings = DatasetCheck.Of(version, Look(store, version, terminal, cancel));
        var dropped = DatasetDrop.Choose(findings, kinds);
        if (kinds.Count > 0) dropped = DatasetDrop.WithErased(version, dropped, store.Erased);
        DatasetSummary? made = null;
        if (dropped.Count > 0)
        {
            home.EnsureWritable();
            made = store.Add(DatasetDrop.Apply(version, dropped, $"saki data check {version.Summary} --drop {string.Join(',', kinds)}", TimeProvider.System.GetUtcNow())).Version.Summary;
        }
        if (json) terminal.WriteJson(FindingsView.Of(findings, made, dropped), DataJson.Default.FindingsView);
        else
        {
            new FindingsReport(findings, terminal.Output, MostListed).Write(hint: kinds.Count == 0);
            if (kinds.Count > 0) WriteDropped(terminal, version.Summary, made, dropped);
        }
        // Who asks for a version without the faults and gets it has acted on them.
        return findings.HasFaults && kinds.Count == 0 ? 1 : 0;
    }

    private static SampleFacts[] Look(DatasetStore store, DatasetVersion version, Terminal.Terminal terminal, CancellationToken cancel)
    {
        var facts = new SampleFacts[version.Samples.Count];
        using var bar = new ProgressBar(terminal, "Check", TimeProvider.System);
        for (var from = 0; from < facts.Length; from += Block)
        {
            try
            {
                Parallel.For(from, Math.Min(from + Block, facts.Length), new ParallelOptions { CancellationToken = cancel }, i => facts[i] = SampleLook.At(store.Read(version.Samples[i])));
            }
            catch (AggregateException failures)
            {
                ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            }
            bar.Report(Math.Min(from + Block, facts.Length), facts.Length);
        }
        return facts;
    }

    private static void WriteDropped(Terminal.Terminal terminal, DatasetSummary from, DatasetSummary? made, IReadOnlyList<LeftOut> dropped)
    {
        terminal.Output.WriteLine();
        if (made is null)
        {
            terminal.Output.WriteLine("Nothing to drop: no new version.");
            return;
        }
        foreach (var kind in dropped.GroupBy(file => file.Reason))
        {
            terminal.Output.WriteLine($"dropped {kind.Count():N0} ({kind.Key}): {string.Join(", ", kind.Take(MostListed).Select(file => file.Path))}{(kind.Count() > MostListed ? ", …" : "")}");
        }
        terminal.Output.WriteLine($"{made}: {made.Total:N0} images, {from.Total - made.Total:N0} fewer than {from}");
    }
}
