using System.Globalization;
using Saki.Cli.Terminal;
using Saki.Evaluation;

namespace Saki.Cli.Evaluation;

/// <summary>The report as a person reads it in a terminal: the figure first, then why.</summary>
internal static class EvaluationText
{
    private const int WorstShown = 5, LongestName = 8;

    public static void Write(TextWriter output, EvaluationReport report)
    {
        output.WriteLine($"{report.Model} on {report.Data}: {report.Samples:N0} samples");
        output.WriteLine($"accuracy {Format.Percent(report.Accuracy)}  (95 % interval {Format.Percent(report.AccuracyInterval[0])} to {Format.Percent(report.AccuracyInterval[1])})");
        if (report.WithoutCopies is { } without)
            output.WriteLine($"without {without.Copies:N0} copies {Format.Percent(without.Accuracy)}  ({Format.Percent(without.AccuracyInterval[0])} to {Format.Percent(without.AccuracyInterval[1])}, {without.Samples:N0} samples)");
        if (report.WithoutLookAlikes is { } strict)
            output.WriteLine($"without {strict.Copies:N0} copies and look-alikes {Format.Percent(strict.Accuracy)}  ({Format.Percent(strict.AccuracyInterval[0])} to {Format.Percent(strict.AccuracyInterval[1])}, {strict.Samples:N0} samples)");
        output.WriteLine(string.Join(" · ", Figures(report)));
        if (report.Recalibrated is { } honest)
            output.WriteLine(Invariant($"temperature {honest.Temperature:0.00} (fitted on {honest.FittedOn:N0} validation samples) would bring the calibration error to {honest.Ece:0.000} and the log loss to {honest.LogLoss:0.000}"));
        output.WriteLine();
        Classes(output, report);
        Confusion(output, report);
        if (report.Slices.Count > 0) Slices(output, report);
        if (report.Worst.Count > 0)
        {
            output.WriteLine();
            output.WriteLine("Sure, and wrong:");
            foreach (var wrong in report.Worst.Take(WorstShown)) output.WriteLine($"  {wrong.Path}: {wrong.Answer} {Format.Percent(wrong.Confidence)}, is {wrong.Label}");
        }
        if (report.Against is { } test)
        {
            output.WriteLine();
            output.WriteLine(test.Verdict);
            output.WriteLine(Invariant($"difference {test.DifferenceInterval[0] * 100:+0.00;-0.00;0.00} to {test.DifferenceInterval[1] * 100:+0.00;-0.00;0.00} points (95 %), only the first right {test.OnlyFirstRight:N0}, only the second {test.OnlySecondRight:N0}"));
        }
    }

    private static IEnumerable<string> Figures(EvaluationReport report)
    {
        yield return $"balanced accuracy {Format.Percent(report.BalancedAccuracy)}";
        yield return Invariant($"macro F1 {report.MacroF1:0.000}");
        if (report.Top3 is { } top3) yield return $"in the best 3 {Format.Percent(top3)}";
        if (report.RocAuc is { } area) yield return Invariant($"ROC-AUC {area:0.000}");
        yield return Invariant($"log loss {report.LogLoss:0.000}");
        yield return Invariant($"Brier {report.Brier:0.000}");
        yield return Invariant($"calibration error {report.Ece:0.000}");
    }

    private static void Classes(TextWriter output, EvaluationReport report)
    {
        var table = new TextTable("CLASS", "PRECISION", "RECALL", "F1", "SAMPLES").Right("PRECISION", "RECALL", "F1", "SAMPLES");
        foreach (var one in report.PerClass)
            table.Add(one.Class, Format.Percent(one.Precision), Format.Percent(one.Recall), Invariant($"{one.F1:0.000}"), $"{one.Support:N0}");
        table.Write(output);
    }

    private static void Confusion(TextWriter output, EvaluationReport report)
    {
        output.WriteLine();
        var names = report.PerClass.Select(one => one.Class.Length > LongestName ? one.Class[..LongestName] : one.Class).ToArray();
        var table = new TextTable(["TRUE \\ ANSWER", .. names]).Right(names);
        for (var c = 0; c < names.Length; c++) table.Add([report.PerClass[c].Class, .. report.Confusion[c].Select(count => $"{count:N0}")]);
        table.Write(output);
    }

    private static void Slices(TextWriter output, EvaluationReport report)
    {
        output.WriteLine();
        var table = new TextTable("QUARTER BY", "FROM", "TO", "SAMPLES", "ACCURACY").Right("FROM", "TO", "SAMPLES", "ACCURACY");
        foreach (var slice in report.Slices) table.Add(slice.Property, Invariant($"{slice.From:0.#}"), Invariant($"{slice.To:0.#}"), $"{slice.Samples:N0}", Format.Percent(slice.Accuracy));
        table.Write(output);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
