using System.CommandLine;
using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Tracking;

namespace Saki.Cli.Verbs.Models;

/// <summary><c>saki models history NAME</c>: who moved what, and whether the audit is as it was written; exit code 1 when it is not.</summary>
internal static class HistoryVerb
{
    public static Command Create()
    {
        var (name, server) = (ModelsVerbs.Name(), TrackingOptions.Server());
        var verb = new Verb("history", "Show every move of a model, and check the audit's chain") { Examples = ["saki models history emotions"] };
        verb.Add(name);
        verb.Add(server);
        verb.SetAction(async (parsed, cancel) =>
        {
            using var registry = RegistryServer.Of(parsed, server);
            var entries = await registry.Models.GetHistoryAsync(parsed.GetRequiredValue(name), cancel);
            var check = await registry.Models.CheckAuditAsync(cancel);
            var terminal = Verb.Terminal.Value!;
            if (parsed.GetValue(SakiCommand.Json)) terminal.WriteJson(new HistoryView(entries, check), CliJson.Default.HistoryView);
            else Write(terminal.Output, entries, check);
            return check.Broken is null ? 0 : 1;
        });
        return verb;
    }

    private static void Write(TextWriter output, IReadOnlyList<AuditEntry> entries, AuditCheck check)
    {
        var table = new TextTable("ROW", "TIME (UTC)", "WHO", "VERSION", "MOVE", "PRODUCTION", "WHY").Right("ROW", "VERSION");
        foreach (var entry in entries)
        {
            table.Add(Text(entry.Number), ModelsVerbs.Moment(entry.Time), entry.Who, entry.Version == 0 ? "" : Text(entry.Version), Move(entry),
                entry.ProductionBefore == entry.ProductionAfter ? "" : $"{Text(entry.ProductionBefore)} → {Text(entry.ProductionAfter)}", entry.Why);
        }
        table.Write(output);
        output.WriteLine(check.Broken is { } broken
            ? string.Create(CultureInfo.InvariantCulture, $"BROKEN at row {broken}: {check.Reason}. {check.Rows} rows before it are as they were written.")
            : string.Create(CultureInfo.InvariantCulture, $"chain whole: {check.Rows} rows, head {check.Head[..12]}"));
    }

    private static string Move(AuditEntry entry)
    {
        var what = entry.Subject.Length > 0 ? $"{entry.Action} {entry.Subject}" : entry.Action;
        var change = entry.From.Length + entry.To.Length == 0 ? "" : $" {Short(entry.From)} → {Short(entry.To)}";
        var proof = entry.Evidence.Length > 0 ? $" [{entry.Evidence[..12]}]" : "";
        return $"{what}{change}{(entry.Overridden ? " AGAINST ITS GATE" : "")}{proof}";
    }

    private static string Short(string text)
    {
        const int Longest = 24;
        return text.Length == 0 ? "—" : text.Length <= Longest ? text : $"{text[..(Longest - 1)]}…";
    }

    private static string Text(long number) => number == 0 ? "—" : number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A model's audit in <c>--json</c>.</summary>
/// <param name="Entries">The newest first.</param>
/// <param name="Check">Of the whole server's audit.</param>
internal sealed record HistoryView(IReadOnlyList<AuditEntry> Entries, AuditCheck Check);
