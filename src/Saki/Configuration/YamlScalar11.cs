using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>What a plain YAML 1.1 scalar means, with OmegaConf's wider floats (1e3, without a point): the resolver of PyYAML as OmegaConf uses it.</summary>
internal static partial class YamlScalar11
{
    public static object? Read(string text)
    {
        switch (text)
        {
            case "" or "~" or "null" or "Null" or "NULL": return null;
            case "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON": return true;
            case "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF": return false;
            case ".nan" or ".NaN" or ".NAN": return double.NaN;
        }
        var first = text[0];
        if (!char.IsAsciiDigit(first) && first is not ('+' or '-' or '.')) return text;
        if (Infinity().IsMatch(text)) return first == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (Integer().IsMatch(text)) return Whole(text.Replace("_", "", StringComparison.Ordinal));
        return Float().IsMatch(text) ? Fraction(text.Replace("_", "", StringComparison.Ordinal)) : text;
    }

    private static object Whole(string text)
    {
        var negative = text[0] == '-';
        var digits = text.TrimStart('+', '-');
        var value = digits switch
        {
            "0" => BigInteger.Zero,
            _ when digits.StartsWith("0b", StringComparison.Ordinal) => InBase(digits[2..], 2),
            _ when digits.StartsWith("0x", StringComparison.Ordinal) => BigInteger.Parse("0" + digits[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            _ when digits.Contains(':') => Sexagesimal(digits),
            _ when digits[0] == '0' => InBase(digits, 8),
            _ => BigInteger.Parse(digits, CultureInfo.InvariantCulture),
        };
        return Narrow(negative ? -value : value);
    }

    internal static object Narrow(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    private static BigInteger InBase(string digits, int radix) => digits.Aggregate(BigInteger.Zero, (sum, digit) => (sum * radix) + (digit - '0'));

    private static BigInteger Sexagesimal(string text) =>
        text.Split(':').Aggregate(BigInteger.Zero, (sum, part) => (sum * 60) + BigInteger.Parse(part, CultureInfo.InvariantCulture));

    private static double Fraction(string text)
    {
        if (!text.Contains(':')) return double.Parse(text, CultureInfo.InvariantCulture);
        var value = text.TrimStart('+', '-').Split(':').Aggregate(0.0, (sum, part) => (sum * 60) + double.Parse(part, CultureInfo.InvariantCulture));
        return text[0] == '-' ? -value : value;
    }

    [GeneratedRegex(@"^[-+]?\.(inf|Inf|INF)$")]
    private static partial Regex Infinity();

    [GeneratedRegex(@"^([-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$")]
    private static partial Regex Integer();

    [GeneratedRegex(@"^([-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$")]
    private static partial Regex Float();
}
