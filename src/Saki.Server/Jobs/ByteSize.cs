using System.Globalization;

namespace Saki.Server.Jobs;

/// <summary>Sizes as people write them: <c>512 MB</c>, <c>4 GB</c>, in powers of 1000.</summary>
internal static class ByteSize
{
    /// <summary>Bytes from 1 MB to 1 PB; null for what is none.</summary>
    public static long? TryParse(string text)
    {
        var number = text.TrimEnd([.. "kKMGTB "]);
        var scale = text[number.Length..].Trim().ToUpperInvariant() switch { "MB" => 1e6, "GB" => 1e9, "TB" => 1e12, _ => 0 };
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * scale is >= 1e6 and <= 1e15 ? (long)(value * scale) : null;
    }
}
