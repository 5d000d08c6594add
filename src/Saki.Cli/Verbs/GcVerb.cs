using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Cli.Verbs.Runs;
using Saki.Tracking;

namespace Saki.Cli.Verbs;

/// <summary><c>saki gc</c>: removes for good what was deleted some time ago.</summary>
internal static class GcVerb
{
    private static readonly (string Unit, double Days)[] Units = [("d", 1), ("h", 1.0 / 24), ("w", 7)];

    public static Command Create()
    {
        var age = new Option<string>("--older-than") { Description = "How long ago it was deleted: days (30d), hours (12h) or weeks (2w); 0d for all", HelpName = "AGE", DefaultValueFactory = _ => "30d" };
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would go" };
        var (yes, server, stores) = (Confirmation.Yes(), TrackingOptions.Server(), new StoreOptions());
        var verb = new Verb("gc", "Remove for good what was deleted: runs, experiments, logged models, artifacts, leftovers") { Examples = ["saki gc --dry-run", "saki gc --older-than 7d --yes"] };
        foreach (var option in (Option[])[age, dry, yes, server]) verb.Add(option);
        stores.AddTo(verb);
        verb.SetAction(async (parsed, cancel) =>
        {
            var asked = new CollectGarbage { OlderThanDays = Days(parsed.GetRequiredValue(age)), DryRun = true };
            await using var store = await RunLifecycle.OpenAsync(parsed, server, stores);
            var report = await store.CollectAsync(asked, cancel);
            if (!parsed.GetValue(dry))
            {
                if (!Confirmation.Ask($"Remove for good {Sum(report)}?", parsed.GetValue(yes))) return 1;
                report = await store.CollectAsync(asked with { DryRun = false }, cancel);
            }
            Print(report, parsed.GetValue(dry), parsed.GetValue(SakiCommand.Json));
            return 0;
        });
        return verb;
    }

    private static void Print(GarbageReport report, bool dry, bool json)
    {
        var terminal = Verb.Terminal.Value!;
        if (json)
        {
            terminal.WriteJson(report, CliJson.Default.GarbageReport);
            return;
        }
        terminal.Output.WriteLine($"{(dry ? "would remove" : "removed")} {Sum(report)}");
        foreach (var kept in report.Kept) terminal.Output.WriteLine($"kept: {kept}");
    }

    private static string Sum(GarbageReport report) => string.Create(CultureInfo.InvariantCulture,
        $"{report.Runs:N0} runs, {report.LoggedModels:N0} logged models, {report.Experiments:N0} experiments, {report.Orphans:N0} leftovers");

    private static double Days(string text)
    {
        foreach (var (unit, days) in Units)
            if (text.EndsWith(unit, StringComparison.Ordinal) && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count)) return count * days;
        throw new SakiException("Reading --older-than", "an age such as 30d, 12h or 2w", $"\"{text}\"", "Correct it.");
    }
}
