using System.Globalization;
using System.Net;

namespace Saki.Evaluation;

/// <summary>The report as one HTML file that needs nothing else: no script, no request, light and dark. Names and classes are data, never markup.</summary>
public static class EvaluationPage
{
    private const string Style = """
        :root{color-scheme:light dark;--bg:light-dark(#f7f6f5,#111112);--surface:light-dark(#fff,#18181a);--sunken:light-dark(#f1efee,#202023);--line:light-dark(#e2dfdd,#2b2b2e);
        --ink:light-dark(#1b1a1b,#eceaeb);--ink2:light-dark(#5c595b,#a9a5a8);--accent:light-dark(#b3195c,#f285ac);--c1:light-dark(#2a67c9,#3589ec);--bad:light-dark(#b8300c,#f5866a)}
        *{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:400 .875rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
        main{max-width:76rem;margin:auto;padding:2rem 1.5rem 4rem;display:grid;gap:2rem}h1{font-size:1.25rem;margin:0;overflow-wrap:anywhere}h2{font-size:1rem;margin:0 0 .75rem}p{margin:0;max-width:70ch}
        .dim{color:var(--ink2)}.big{font-size:2.75rem;font-weight:600;letter-spacing:-.03em;line-height:1.1}main>*,.cols>*{min-width:0}.cols{display:grid;gap:2rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr))}
        .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));background:var(--surface);border:1px solid var(--line);border-radius:6px;overflow:hidden;margin:0}
        .facts div{box-shadow:0 0 0 .5px var(--line);padding:.625rem .875rem}.facts dt{color:var(--ink2);font-size:.75rem}.facts dd{margin:0;font-size:1.125rem;font-variant-numeric:tabular-nums}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th,td{white-space:nowrap;padding:.3125rem .625rem;text-align:end;border-bottom:1px solid var(--line)}th:first-child,td:first-child{text-align:start}
        th{font-weight:500;color:var(--ink2);font-size:.75rem}.heat td:not(:first-child){text-align:center;border:1px solid var(--bg)}
        svg{display:block;max-width:100%}text{fill:var(--ink2);font-size:11px}.bar{fill:var(--c1)}.track{fill:var(--sunken)}.grid{stroke:var(--line)}.ideal{stroke:var(--ink2);stroke-dasharray:4 4}
        .worst{display:grid;grid-template-columns:repeat(auto-fill,minmax(8.5rem,1fr));gap:.75rem;list-style:none;margin:0;padding:0}.worst li{background:var(--surface);border:1px solid var(--line);border-radius:6px;overflow:hidden}
        .worst img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:light-dark(#e9e9e9,#0c0c0c);image-rendering:auto}.worst p{padding:.375rem .5rem;font-size:.75rem;overflow-wrap:anywhere}.worst b{color:var(--bad)}
        .note{padding:.75rem 1rem;border-radius:6px;background:var(--sunken)}
        """;

    /// <summary>Writes the page.</summary>
    /// <param name="output">UTF-8 text.</param>
    /// <param name="report">With its model, data, slices and worst answers where there are.</param>
    /// <param name="picture">The picture of a wrong answer as a data URL; null when there is none to show.</param>
    public static void Write(TextWriter output, EvaluationReport report, Func<SampleOutcome, string?> picture)
    {
        output.Write($"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{Text(report.Model ?? "Evaluation")}</title><style>{Style}</style><main>");
        Head(output, report);
        Facts(output, report);
        Notes(output, report);
        output.Write("<div class=\"cols\">");
        Classes(output, report);
        Reliability(output, report);
        output.Write("</div>");
        Confusion(output, report);
        Slices(output, report);
        Worst(output, report, picture);
        output.Write("</main></html>");
    }

    private static void Head(TextWriter output, EvaluationReport report)
    {
        output.Write($"<header><h1>{Text(report.Model ?? "Evaluation")}</h1><p class=\"dim\">on {Text(report.Data ?? "labelled samples")} · {Whole(report.Samples)} samples</p></header>");
        output.Write($"<section><h2>Accuracy</h2><p class=\"big\">{Percent(report.Accuracy)}</p><p class=\"dim\">95 % interval {Percent(report.AccuracyInterval[0])} to {Percent(report.AccuracyInterval[1])}</p></section>");
    }

    private static void Facts(TextWriter output, EvaluationReport report)
    {
        output.Write("<dl class=\"facts\">");
        Fact("Balanced accuracy", Percent(report.BalancedAccuracy));
        Fact("Macro F1", Number(report.MacroF1));
        Fact("Weighted F1", Number(report.WeightedF1));
        if (report.Top3 is { } top3) Fact("In the best 3", Percent(top3));
        if (report.Top5 is { } top5) Fact("In the best 5", Percent(top5));
        if (report.RocAuc is { } area) Fact("ROC-AUC", Number(area));
        Fact("Log loss", Number(report.LogLoss));
        Fact("Brier score", Number(report.Brier));
        Fact("Calibration error", Number(report.Ece));
        output.Write("</dl>");

        void Fact(string name, string value) => output.Write($"<div><dt>{name}</dt><dd>{value}</dd></div>");
    }

    private static void Notes(TextWriter output, EvaluationReport report)
    {
        if (report.Against is { } test)
            output.Write($"<p class=\"note\">{Text(test.Verdict)} Difference {Percent(test.DifferenceInterval[0])} to {Percent(test.DifferenceInterval[1])} (95 %); only the first right {Whole(test.OnlyFirstRight)}, only the second right {Whole(test.OnlySecondRight)}.</p>");
        if (report.WithoutCopies is { } without)
            output.Write($"<p class=\"note\">{Whole(without.Copies)} samples are copies of training samples or of one another. Without them: {Percent(without.Accuracy)} ({Percent(without.AccuracyInterval[0])} to {Percent(without.AccuracyInterval[1])}) of {Whole(without.Samples)}.</p>");
        if (report.WithoutLookAlikes is { } strict)
            output.Write($"<p class=\"note\">{Whole(strict.Copies)} samples are copies of or look like training samples or one another. Without them: {Percent(strict.Accuracy)} ({Percent(strict.AccuracyInterval[0])} to {Percent(strict.AccuracyInterval[1])}) of {Whole(strict.Samples)}.</p>");
        if (report.Recalibrated is { } honest)
            output.Write($"<p class=\"note\">Temperature {Number(honest.Temperature)}, fitted on {Whole(honest.FittedOn)} validation samples, would bring the calibration error from {Number(report.Ece)} to {Number(honest.Ece)} and the log loss from {Number(report.LogLoss)} to {Number(honest.LogLoss)}.</p>");
    }

    private static void Classes(TextWriter output, EvaluationReport report)
    {
        output.Write("<section><h2>Classes</h2><div class=\"scroll\"><table><tr><th>Class<th>Precision<th>Recall<th>F1<th>Samples</tr>");
        foreach (var one in report.PerClass)
            output.Write($"<tr><td>{Text(one.Class)}<td>{Percent(one.Precision)}<td>{Percent(one.Recall)}<td>{Number(one.F1)}<td>{Whole(one.Support)}</tr>");
        output.Write("</table></div></section>");
    }

    // How often answers of a confidence are right, against the line where the two are equal.
    private static void Reliability(TextWriter output, EvaluationReport report)
    {
        const int size = 240, left = 34, bottom = 26;
        output.Write($"<section><h2>Is it as sure as it should be?</h2><svg viewBox=\"0 0 {left + size + 8} {size + bottom + 8}\" width=\"{left + size + 8}\" role=\"img\" aria-label=\"Reliability diagram: accuracy by confidence\">");
        foreach (var share in (double[])[0, 0.25, 0.5, 0.75, 1])
        {
            var y = 8 + (size * (1 - share));
            output.Write($"<path class=\"grid\" d=\"M{left} {Pixel(y)}h{size}\"/><text x=\"{left - 6}\" y=\"{Pixel(y + 4)}\" text-anchor=\"end\">{Pixel(share * 100)}</text><text x=\"{Pixel(left + (size * share))}\" y=\"{size + 24}\" text-anchor=\"middle\">{Pixel(share * 100)}</text>");
        }
        var most = report.Calibration.Max(bin => bin.Samples);
        foreach (var bin in report.Calibration)
        {
            var height = size * bin.Accuracy;
            var opacity = Pixel(0.35 + (0.65 * Math.Sqrt((double)bin.Samples / most)));
            output.Write($"<rect class=\"bar\" opacity=\"{opacity}\" x=\"{Pixel(left + (size * bin.Confidence) - 5)}\" y=\"{Pixel(8 + size - height)}\" width=\"10\" height=\"{Pixel(height)}\"><title>confidence {Percent(bin.Confidence)}: right {Percent(bin.Accuracy)} of {Whole(bin.Samples)}</title></rect>");
        }
        output.Write($"<path class=\"ideal\" d=\"M{left} {8 + size}L{left + size} 8\"/></svg><p class=\"dim\">Share of right answers (up) by confidence (right), in percent. Bars below the line: too sure. Stronger bars hold more samples.</p></section>");
    }

    private static void Confusion(TextWriter output, EvaluationReport report)
    {
        output.Write("<section><h2>What is taken for what</h2><div class=\"scroll\"><table class=\"heat\"><tr><th>True class \\ answer");
        foreach (var one in report.PerClass) output.Write($"<th style=\"text-align:center\">{Text(one.Class)}");
        output.Write("</tr>");
        for (var i = 0; i < report.Confusion.Count; i++)
        {
            output.Write($"<tr><td>{Text(report.PerClass[i].Class)}");
            for (var j = 0; j < report.Confusion.Count; j++)
            {
                var share = report.PerClass[i].Support == 0 ? 0 : (double)report.Confusion[i][j] / report.PerClass[i].Support;
                var colour = i == j ? "var(--c1)" : "var(--bad)";
                output.Write($"<td style=\"background:color-mix(in oklab,{colour} {Pixel(share * 70)}%,var(--surface))\" title=\"{Percent(share)}\">{Whole(report.Confusion[i][j])}");
            }
            output.Write("</tr>");
        }
        output.Write("</table></div></section>");
    }

    private static void Slices(TextWriter output, EvaluationReport report)
    {
        if (report.Slices.Count == 0) return;
        output.Write("<section><h2>Where it is weak</h2><div class=\"scroll\"><table><tr><th>Quarter of the samples<th>From<th>To<th>Samples<th colspan=\"2\">Accuracy</tr>");
        foreach (var slice in report.Slices)
        {
            var width = Pixel(slice.Accuracy * 160);
            output.Write($"<tr><td>{Text(slice.Property)}<td>{Pixel(slice.From)}<td>{Pixel(slice.To)}<td>{Whole(slice.Samples)}<td>{Percent(slice.Accuracy)}<td><svg width=\"160\" height=\"8\" aria-hidden=\"true\"><rect class=\"track\" width=\"160\" height=\"8\" rx=\"2\"/><rect class=\"bar\" width=\"{width}\" height=\"8\" rx=\"2\"/></svg></tr>");
        }
        output.Write("</table></div></section>");
    }

    private static void Worst(TextWriter output, EvaluationReport report, Func<SampleOutcome, string?> picture)
    {
        if (report.Worst.Count == 0) return;
        output.Write("<section><h2>Sure, and wrong</h2><ol class=\"worst\">");
        foreach (var wrong in report.Worst)
        {
            output.Write("<li>");
            if (picture(wrong) is { } url) output.Write($"<img src=\"{Text(url)}\" alt=\"{Text(wrong.Path)}\">");
            output.Write($"<p><b>{Text(wrong.Answer)}</b> {Percent(wrong.Confidence)}, is {Text(wrong.Label)}<br><span class=\"dim\">{Text(wrong.Path)}</span></p></li>");
        }
        output.Write("</ol></section>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Percent(double share) => $"{(share * 100).ToString("0.0", CultureInfo.InvariantCulture)} %";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Pixel(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
