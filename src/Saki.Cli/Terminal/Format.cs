namespace Saki.Cli.Terminal;

/// <summary>Numbers as people read them.</summary>
internal static class Format
{
    /// <summary><c>52 s</c>, <c>18 min 42 s</c>, <c>2 h 4 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(double seconds)
    {
        if (double.IsNaN(seconds) || double.IsInfinity(seconds)) return "—";
        var s = (long)Math.Round(Math.Max(0, seconds));
        return s switch
        {
            < 60 => $"{s} s",
            < 3600 => $"{s / 60} min {s % 60} s",
            < 86400 => $"{s / 3600} h {s / 60 % 60} min",
            _ => $"{s / 86400} d {s / 3600 % 24} h",
        };
    }

    /// <summary>A moment in milliseconds since 1970 as <c>2026-05-01 12:00</c> (UTC). Clients log what they like: beyond the calendar it is its end.</summary>
    public static string Moment(long milliseconds, string format = "yyyy-MM-dd HH:mm") =>
        DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253_402_300_799_999)).UtcDateTime.ToString(format, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary><c>96.4 %</c>; <c>&lt; 0.1 %</c> instead of 0.0 for what is not zero.</summary>
    public static string Percent(double share) =>
        share > 0 && share < 0.0005 ? "< 0.1 %" : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{share * 100:0.0} %");

    /// <summary><c>12 kB</c>, <c>4.2 MB</c> (powers of 1000).</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => $"{bytes / 1e3:0.#} kB",
        < 1_000_000_000 => $"{bytes / 1e6:0.#} MB",
        _ => $"{bytes / 1e9:0.##} GB",
    };
}
