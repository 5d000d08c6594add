using System.CommandLine;
using Saki.Cli.Terminal;
using Saki.Labelling;

namespace Saki.Cli.Verbs.Labels;

/// <summary><c>saki labels stats NAME</c>: people, agreement, and what the order gains over chance.</summary>
internal static class LabelsStatsVerb
{
    public static Command Create()
    {
        var (name, server) = (new Argument<string>("name") { Description = "The queue" }, TrackingOptions.Server());
        var verb = new Verb("stats", "Show people, agreement and what the order gains") { Examples = ["saki labels stats doubtful"] };
        verb.Add(name);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var client = TrackingOptions.Api(parsed, server, LabelsVerbs.Patience);
            var stats = await client.GetAsync($"api/label/queues/{Uri.EscapeDataString(parsed.GetRequiredValue(name))}/stats", LabelJson.Default.LabelStats, cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(stats, LabelJson.Default.LabelStats);
            else Write(terminal.Output, stats);
            return 0;
        });
        return verb;
    }

    private static void Write(TextWriter output, LabelStats stats)
    {
        var table = new TextTable("WHO", "LABELS", "SKIPPED", "UNUSABLE", "MEDIAN S", "GOLD", "KAPPA").Right("LABELS", "SKIPPED", "UNUSABLE", "MEDIAN S", "GOLD", "KAPPA");
        foreach (var person in stats.Annotators)
            table.Add(person.Name, $"{person.Labels:N0}", $"{person.Skipped:N0}", $"{person.Flagged:N0}", $"{person.Seconds:0.0}", person.GoldAsked > 0 ? $"{person.GoldRight}/{person.GoldAsked}" : "", $"{person.Kappa:0.00}");
        table.Write(output);
        output.WriteLine($"agreement (Krippendorff's alpha): {(stats.Alpha is { } alpha ? $"{alpha:0.000}" : "unknown")} on {stats.LabelledTwice:N0} labelled twice");
        foreach (var arm in stats.Arms) output.WriteLine($"{(arm.Arm == "control" ? "random control" : "in order"),-14} {arm.Wrong:N0} of {arm.Labelled:N0} guesses were wrong{(arm.Labelled > 0 ? $" ({100.0 * arm.Wrong / arm.Labelled:0.0} %)" : "")}");
    }
}
