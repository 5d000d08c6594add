using System.CommandLine;
using Saki.Labelling;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels apply NAME</c>: a new version of the data set with a queue's labels.</summary>
internal static class LabelsApplyVerb
{
    private const int MostListed = 20;

    public static Command Create()
    {
        var (name, server) = (new Argument<string>("name") { Description = "The queue" }, TrackingOptions.Server());
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would change, and change nothing" };
        var verb = new Verb("apply", "Make a data set version of a queue's labels") { Examples = ["saki labels apply doubtful --dry-run", "saki labels apply doubtful"] };
        verb.Add(name);
        verb.Add(dryRun);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = TrackingOptions.Api(parsed, server, LabelsVerbs.Patience);
            var applied = await client.PostAsync($"api/label/queues/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/apply", new LabelApplyAsk(parsed.GetValue(dryRun)), LabelJson.Default.LabelApplyAsk, LabelJson.Default.LabelApplied, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(applied, LabelJson.Default.LabelApplied);
            else Write(terminal.Output, applied, parsed.GetValue(dryRun));
            return 0;
        });
        return verb;
    }

    private static void Write(TextWriter output, LabelApplied applied, bool dryRun)
    {
        foreach (var change in applied.Relabelled.Take(MostListed)) output.WriteLine($"  ! {change.Path}: {change.From} -> {change.To}");
        if (applied.RelabelledCount > MostListed) output.WriteLine($"    … and {applied.RelabelledCount - MostListed:N0} more; --json lists them");
        output.WriteLine($"{applied.Labelled:N0} pictures labelled: {applied.RelabelledCount:N0} with another class than before, {applied.Added:N0} added, {applied.Removed:N0} left out; {applied.Unusable:N0} unusable, {applied.Undecided:N0} without a majority, {applied.Gone:N0} gone");
        output.WriteLine(applied.To is null ? "No change: no new version." : dryRun ? "Nothing was written (--dry-run)." : $"{applied.From ?? "nothing"} -> {applied.To}");
    }
}
