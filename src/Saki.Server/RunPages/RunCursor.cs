using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Saki.Server.RunPages;

/// <summary>
/// A place in the ordered runs: between this run and its neighbour. Pages are found by it and not by counting rows, so that page 2,000 costs what page 2 costs
/// and new runs do not shift what is read.
/// </summary>
/// <param name="Rank">0 for runs that have what is ordered by; more for those that come behind them.</param>
/// <param name="Value">What is ordered by: a text, a number, or null.</param>
/// <param name="Start">When the run began.</param>
/// <param name="RunId">The run.</param>
public sealed record RunCursor(long Rank, object? Value, long Start, string RunId)
{
    /// <summary>As addresses carry it.</summary>
    public string Text
    {
        get
        {
            var value = Value switch
            {
                null => "-",
                string text => $"t{text}",
                _ => $"n{Convert.ToDouble(Value, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)}",
            };
            return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Rank}|{Start}|{RunId}|{value}")));
        }
    }

    /// <summary>Reads <see cref="Text"/>; null for anything else, which means the first page.</summary>
    public static RunCursor? Read(string? text)
    {
        if (string.IsNullOrEmpty(text) || text.Length > 12_000 || !Base64Url.IsValid(text)) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('|', 4);
        if (parts.Length != 4 || parts[3].Length == 0) return null;
        if (!long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var rank)) return null;
        if (!long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var start)) return null;
        if (parts[3][0] != 'n') return new RunCursor(rank, parts[3][0] == 't' ? parts[3][1..] : null, start, parts[2]);
        return double.TryParse(parts[3].AsSpan(1), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? new RunCursor(rank, number, start, parts[2]) : null;
    }
}
