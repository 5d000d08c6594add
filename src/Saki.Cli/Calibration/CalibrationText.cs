using System.CommandLine;
using Saki.Calibration;
using Saki.Cli.Terminal;

namespace Saki.Cli.Calibration;

/// <summary>A calibration's report for people, or as JSON.</summary>
internal static class CalibrationText
{
    public static void Write(ParseResult parsed, CalibrationReport report)
    {
        var terminal = Verb.Terminal.Value!;
        terminal.EndProgress();
        if (parsed.GetValue(SakiCommand.Json))
        {
            terminal.WriteJson(report, CalibrationJson.Default.CalibrationReport);
            return;
        }
        foreach (var file in report.LeftOut) terminal.Say($"left out: {file.Path}: {file.Reason}");
        if (report.Missing.Count > 0) terminal.Say($"no pictures of {string.Join(", ", report.Missing)}: these were rehearsed only");
        var table = new TextTable("PICTURES", "ASKED", "BEFORE", "AFTER", "P").Right("ASKED", "BEFORE", "AFTER", "P");
        Add(table, "yours, held back", report.You);
        foreach (var one in report.Classes) table.Add($"  {one.Name}", $"{one.HeldBack}", $"{one.Before}", $"{one.After}", "");
        Add(table, report.Test, report.All);
        table.Write(terminal.Output);
        foreach (var line in report.Lines) terminal.Output.WriteLine($"{(line.Passed ? "yes" : "no "),-4} {line.Check}: {line.Expected}; got {line.Got}");
        terminal.Output.WriteLine(CalibrationGate.Sentence(report));
        terminal.Say($"package {report.Folder}, {report.Seconds:0.0} s");
    }

    private static void Add(TextTable table, string name, BeforeAfter figures) =>
        table.Add(name, $"{figures.Samples:N0}", Share(figures.Before, figures.Samples), Share(figures.After, figures.Samples), FormattableString.Invariant($"{figures.PValue:0.0000}"));

    private static string Share(int right, int of) => of == 0 ? "-" : Format.Percent((double)right / of);
}
