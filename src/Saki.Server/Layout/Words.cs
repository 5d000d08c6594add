using System.Globalization;

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

    /// <summary>Bytes in kB or MB of 1000.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes}{Space}B",
        < 1_000_000 => $"{Number(bytes / 1e3, "0")}{Space}kB",
        _ => $"{Number(bytes / 1e6, "0.#")}{Space}MB",
    };

    /// <summary>An id as it is shown: its first 7 and last 3 signs.</summary>
    public static string ShortId(string id) => id.Length <= 12 ? id : $"{id[..7]}…{id[^3..]}";

    /// <summary>A number for an attribute.</summary>
    public static string Number(double value, string format = "0.##") => value.ToString(format, CultureInfo.InvariantCulture);
}
