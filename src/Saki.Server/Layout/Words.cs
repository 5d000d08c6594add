using System.Globalization;
using Saki.Tracking;

namespace Saki.Server.Layout;

/// <summary>Numbers as people read them, the same on every page: a no-break space before units, few digits, never a false zero or a false hundred.</summary>
internal static class Words
{
    private const char Space = '\u00a0';

    /// <summary>A probability in 0..1 with one decimal: <c>96.4 %</c>; <c>&lt; 0.1 %</c> and <c>&gt; 99.9 %</c> at the ends.</summary>
    public static string Percent(double probability) => probability switch
    {
        <= 0 => $"0{Space}%",
        < 0.0005 => $"<{Space}0.1{Space}%",
        < 1 and >= 0.9995 => $">{Space}99.9{Space}%",
        _ => $"{Number(probability * 100, "0.0")}{Space}%",
    };

    /// <summary>Milliseconds with two significant digits, without unit.</summary>
    public static string Milliseconds(double value) => Number(value, value >= 9.95 ? "0" : value >= 0.995 ? "0.0" : "0.00");

    /// <summary>Bytes in kB, MB or GB of 1000.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes}{Space}B",
        < 1_000_000 => $"{Number(bytes / 1e3, "0")}{Space}kB",
        < 1_000_000_000 => $"{Number(bytes / 1e6, "0.#")}{Space}MB",
        _ => $"{Number(bytes / 1e9, "0.#")}{Space}GB",
    };

    /// <summary>An id as it is shown: its first 7 and last 3 signs.</summary>
    public static string ShortId(string id) => id.Length <= 12 ? id : $"{id[..7]}…{id[^3..]}";

    /// <summary>A run's state.</summary>
    public static string Of(RunStatus state) => state switch
    {
        RunStatus.Scheduled => "Waiting",
        RunStatus.Killed => "Stopped",
        _ => state.ToString(),
    };

    /// <summary>A count with its thousands: <c>12,408</c>.</summary>
    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A measured value of any size in about four digits; whole numbers whole, a true minus, NaN and infinity in words of mathematics.</summary>
    public static string Metric(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "∞" : "−∞";
        var text = Math.Abs(value) switch
        {
            0 => "0",
            < 1e-4 => value.ToString("0.###e0", CultureInfo.InvariantCulture),
            < 1e15 and var size when size == Math.Floor(size) => value.ToString("#,0", CultureInfo.InvariantCulture),
            < 100 => value.ToString("0.0000", CultureInfo.InvariantCulture),
            < 1e6 => value.ToString("#,0.00", CultureInfo.InvariantCulture),
            _ => value.ToString("0.###e0", CultureInfo.InvariantCulture),
        };
        return text.Replace('-', '−');
    }

    /// <summary>A length of time: <c>52.4 s</c>, <c>18 min 42 s</c>, <c>2 h 5 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { Ticks: < 0 } => "—",
        { TotalSeconds: < 59.95 } => $"{Number(time.TotalSeconds, "0.0")}{Space}s",
        { TotalHours: < 1 } => $"{time.Minutes}{Space}min {time.Seconds}{Space}s",
        { TotalDays: < 1 } => $"{time.Hours}{Space}h {time.Minutes}{Space}min",
        _ => $"{time.Days}{Space}d {time.Hours}{Space}h",
    };

    /// <summary>How long ago, up to a week; then the day.</summary>
    public static string Ago(DateTimeOffset time, DateTimeOffset now) => (now - time) switch
    {
        { TotalSeconds: < 60 } => "just now",
        { TotalHours: < 1 } and var past => $"{past.Minutes}{Space}min ago",
        { TotalDays: < 1 } and var past => $"{past.Hours}{Space}h ago",
        { TotalDays: < 7 } and var past => $"{past.Days}{Space}d ago",
        _ => time.ToString(time.Year == now.Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture),
    };

    /// <summary>A number for an attribute.</summary>
    public static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);
}
