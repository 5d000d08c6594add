using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Saki.Server.RunPages;

/// <summary>A view of runs as CSV (RFC 4180), row by row. Texts that a spreadsheet would run as a formula get an apostrophe before them; numbers stay numbers.</summary>
internal sealed class RunCsv(RunListReader runs, RunListQuery query, IReadOnlyList<RunColumn> columns) : IResult
{
    private const int MostRows = 200_000;

    private static readonly SearchValues<char> Separators = SearchValues.Create(",\"\r\n;\t");

    public async Task ExecuteAsync(HttpContext context)
    {
        // The first page is read before anything is sent: a filter that cannot be read is still refused.
        using var rows = runs.All(query, columns).Take(MostRows).GetEnumerator();
        var any = rows.MoveNext();
        context.Response.ContentType = "text/csv; charset=utf-8";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"runs.csv\"";
        await using var text = new StreamWriter(context.Response.Body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), 1 << 15, leaveOpen: true);
        await text.WriteAsync(Line(["run_id", "name", "status", "experiment_id", "started", "ended", .. columns.Select(column => column.Text)]));
        for (; any; any = rows.MoveNext())
        {
            var row = rows.Current;
            await text.WriteAsync(Line([row.RunId, row.Name, row.Status.ToString().ToUpperInvariant(), row.Experiment, Time(row.StartTime), Time(row.EndTime), .. Cells(row)]));
            context.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One line with its end.</summary>
    public static string Line(IEnumerable<object?> cells) => string.Concat(string.Join(',', cells.Select(Cell)), "\r\n");

    private static string Cell(object? value) => value switch
    {
        null => "",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        _ => Quote(Harmless((string)value)),
    };

    // A spreadsheet looks at the first character behind white space; tab and carriage return count as first ones, too.
    private static string Harmless(string text) =>
        !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && (text.TrimStart() is ['=' or '+' or '-' or '@' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20', ..] || text is ['\t' or '\r' or '\n', ..]) ? $"'{text}" : text;

    private static string Quote(string text) => text.AsSpan().ContainsAny(Separators) ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;

    private IEnumerable<object?> Cells(RunRow row) => columns.Select((column, at) => column.Entity == Saki.Tracking.Search.SearchEntity.Attribute ? row.UserId : row.Cells[at]);

    private static string Time(long? time) => time is { } ms ? DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(ms, 0, 253_402_300_799_999)).ToString("O", CultureInfo.InvariantCulture) : "";
}
