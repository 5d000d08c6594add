using System.Globalization;
using System.Net;
using System.Text;
using Saki.Cli.Terminal;

namespace Saki.Cli.Benching;

/// <summary>A ladder of loads and what came of it.</summary>
/// <param name="Target">What was loaded.</param>
/// <param name="ItemsPerRequest">Pictures or rows in one request.</param>
/// <param name="Processors">Of the machine that loaded it.</param>
/// <param name="Seconds">Of each step.</param>
/// <param name="Steps">In the order run.</param>
internal sealed record BenchReport(string Target, int ItemsPerRequest, int Processors, double Seconds, IReadOnlyList<LoadResult> Steps)
{
    private const int Bar = 40;

    private const string Style = """
        body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:52rem;padding:0 1rem;color:#222;background:#fff}
        table{border-collapse:collapse;width:100%} td,th{padding:.3rem .6rem;text-align:right;border-bottom:1px solid #ddd} td:first-child,th:first-child{text-align:left} svg{width:100%;height:auto}
        @media(prefers-color-scheme:dark){body{color:#ddd;background:#161616} td,th{border-color:#444}}
        """;

    /// <summary>The table, then bars of items per second and of the latencies.</summary>
    public void Write(TextWriter output)
    {
        string[] heads = ["CALLERS", "OFFERED/S", "REQUESTS/S", "ITEMS/S", "P50 MS", "P99 MS", "REFUSED", "FAILED"];
        var table = new TextTable(heads).Right(heads);
        foreach (var step in Steps)
            table.Add(Callers(step), step.Offered == 0 ? "" : Number(step.Offered), Number(step.PerSecond), Number(step.PerSecond * ItemsPerRequest), Number(step.P50), Number(step.P99), $"{step.Refused}", $"{step.Failed}");
        table.Write(output);
        if (Steps.Count < 2) return;
        output.WriteLine();
        Bars(output, "items/s", step => step.PerSecond * ItemsPerRequest);
        Bars(output, "p99 ms", step => step.P99);
    }

    /// <summary>One line of heads, one for each step.</summary>
    public void WriteCsv(TextWriter output)
    {
        output.WriteLine($"{LoadResult.CsvHead},items_per_second");
        foreach (var step in Steps) output.WriteLine($"{step.Csv},{(step.PerSecond * ItemsPerRequest).ToString("0.0", CultureInfo.InvariantCulture)}");
    }

    /// <summary>A page by itself: the table and two charts, no script.</summary>
    public string Html()
    {
        var rows = new StringBuilder();
        foreach (var step in Steps)
            rows.Append(CultureInfo.InvariantCulture, $"<tr><td>{Label(step)}<td>{step.PerSecond:0.0}<td>{step.PerSecond * ItemsPerRequest:0.0}<td>{step.P50:0.000}<td>{step.P99:0.000}<td>{step.Refused}<td>{step.Failed}</tr>\n");
        return $$"""
            <!doctype html><html lang="en"><meta charset="utf-8"><title>saki bench</title>
            <style>{{Style}}</style>
            <h1>saki bench</h1><p>{{WebUtility.HtmlEncode(Target)}} · {{ItemsPerRequest}} in a request · {{Processors}} processors · {{Seconds.ToString("0.#", CultureInfo.InvariantCulture)}} s a step</p>
            <table><tr><th>load<th>requests/s<th>items/s<th>p50 ms<th>p99 ms<th>refused<th>failed</tr>
            {{rows}}</table>
            <h2>Items per second</h2>{{Chart(step => step.PerSecond * ItemsPerRequest)}}
            <h2>Latency, p99 in milliseconds</h2>{{Chart(step => step.P99)}}
            </html>
            """;
    }

    private void Bars(TextWriter output, string what, Func<LoadResult, double> value)
    {
        var most = Most(value);
        foreach (var step in Steps) output.WriteLine($"{what,-8} {Label(step),-12} {new string('█', Length(value(step), most)).PadRight(Bar)} {Number(value(step))}");
        output.WriteLine();
    }

    private string Chart(Func<LoadResult, double> value)
    {
        var (most, svg) = (Most(value), new StringBuilder());
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 600 {(26 * Steps.Count) + 4}\" role=\"img\" font-size=\"13\" fill=\"currentColor\">");
        for (var i = 0; i < Steps.Count; i++)
        {
            var (x, y) = (400 * (double.IsFinite(value(Steps[i])) ? value(Steps[i]) / most : 0), 26 * i);
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 17}\">{Label(Steps[i])}</text><rect x=\"110\" y=\"{y + 4}\" width=\"{x:0.#}\" height=\"18\" fill=\"#4a7fb5\"/><text x=\"{x + 118:0.#}\" y=\"{y + 17}\">{Number(value(Steps[i]))}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    private double Most(Func<LoadResult, double> value) => Math.Max(1e-9, Steps.Select(value).Where(double.IsFinite).DefaultIfEmpty(0).Max());

    private static int Length(double value, double most) => double.IsFinite(value) ? (int)Math.Round(Bar * value / most) : 0;

    private static string Callers(LoadResult step) => step.Concurrency == 0 ? "open" : $"{step.Concurrency}";

    private static string Label(LoadResult step) => step.Concurrency == 0 ? $"{Number(step.Offered)}/s" : $"{step.Concurrency} callers";

    private static string Number(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
