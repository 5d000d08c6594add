using System.Globalization;

namespace Saki.Configuration;

/// <summary>Where a value comes from: a file and its line, or an override (line 0).</summary>
/// <param name="Source">Path as shown to people, or the override's text.</param>
/// <param name="Line">1-based; 0 when there is no line.</param>
public sealed record ConfigOrigin(string Source, int Line)
{
    /// <summary>Made by the program.</summary>
    public static ConfigOrigin None { get; } = new("", 0);

    /// <summary><c>conf/train.yaml:12</c>, or <c>override trainer.epochs=3</c>.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}

/// <summary>A value of a configuration: a map, a list, or a scalar. Interpolations (<c>${…}</c>) are text scalars until they are resolved.</summary>
public abstract class ConfigNode
{
    /// <summary>Who gave this value.</summary>
    public ConfigOrigin Origin { get; internal init; } = ConfigOrigin.None;

    internal abstract ConfigNode Copy();
}

/// <summary>A key of a map: text, or a number or boolean as YAML reads them.</summary>
/// <param name="Value">string, long, double, bool, or null (only in overrides).</param>
/// <remarks>Keys are equal as in Python, where 1, 1.0 and true are one key.</remarks>
public readonly record struct ConfigKey(object? Value)
{
    private object? Comparable => Value switch { true => 1.0, false => 0.0, long whole when whole is > -(1L << 53) and < 1L << 53 => (double)whole, _ => Value };

    /// <inheritdoc/>
    public bool Equals(ConfigKey other) => Equals(Comparable, other.Comparable);

    /// <inheritdoc/>
    public override int GetHashCode() => Comparable?.GetHashCode() ?? 0;

    /// <summary>A text key.</summary>
    public static implicit operator ConfigKey(string text) => new(text);

    /// <summary>The key as OmegaConf writes it into a path.</summary>
    public override string ToString() => ConfigScalar.TextOf(Value);
}

/// <summary>Keys and values in their order.</summary>
public sealed class ConfigMap : ConfigNode
{
    /// <summary>The entries; keys are unique.</summary>
    public OrderedDictionary<ConfigKey, ConfigNode> Entries { get; } = [];

    /// <summary>The value under a text key; null when there is none.</summary>
    public ConfigNode? this[string key] => Entries.GetValueOrDefault(key);

    /// <summary>Every scalar, list and empty map under this map with its dotted path.</summary>
    public IEnumerable<(string Path, ConfigNode Value)> Leaves(string prefix = "")
    {
        foreach (var (key, value) in Entries)
        {
            var path = prefix.Length == 0 ? key.ToString() : $"{prefix}.{key}";
            if (value is not ConfigMap { Entries.Count: > 0 } map) yield return (path, value);
            else
                foreach (var leaf in map.Leaves(path)) yield return leaf;
        }
    }

    // "1" in a path finds the key 1 as well.
    internal ConfigKey? KeyFor(string text)
    {
        if (Entries.ContainsKey(text)) return text;
        foreach (var key in Entries.Keys)
            if (key.Value is not string && key.ToString() == text) return key;
        return null;
    }

    internal override ConfigMap Copy()
    {
        var copy = new ConfigMap { Origin = Origin };
        foreach (var (key, value) in Entries) copy.Entries.Add(key, value.Copy());
        return copy;
    }
}

/// <summary>Values in their order.</summary>
public sealed class ConfigList : ConfigNode
{
    /// <summary>The values.</summary>
    public List<ConfigNode> Items { get; } = [];

    internal override ConfigList Copy()
    {
        var copy = new ConfigList { Origin = Origin };
        foreach (var item in Items) copy.Items.Add(item.Copy());
        return copy;
    }
}

/// <summary>One value.</summary>
/// <param name="value">null, bool, long, <see cref="System.Numerics.BigInteger"/> (whole numbers beyond 64 bits), double, or string.</param>
public sealed class ConfigScalar(object? value) : ConfigNode
{
    /// <summary>null, bool, long, <see cref="System.Numerics.BigInteger"/>, double, or string.</summary>
    public object? Value => value;

    /// <summary>The quote around it in an override: <c>'</c> or <c>"</c>; 0 for none and for values from files.</summary>
    public char Quote { get; internal init; }

    /// <summary>The mandatory value <c>???</c> that nobody gave yet.</summary>
    public bool IsMissing => value is "???";

    internal bool IsInterpolation => value is string text && text.Contains("${", StringComparison.Ordinal);

    /// <summary>Numbers as Python writes them, <c>True</c>, <c>None</c>: what an interpolation inside a text gives.</summary>
    public override string ToString() => TextOf(value);

    internal static string TextOf(object? value) => value switch
    {
        null => "None",
        true => "True",
        false => "False",
        double number => Float(number),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>The shortest text that reads back as the same double, as Python's repr: 1.0, 0.0001, 1e-05, 1e+16, inf, nan.</summary>
    internal static string Float(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number == 0) return double.IsNegative(number) ? "-0.0" : "0.0";
        var shortest = number.ToString("R", CultureInfo.InvariantCulture).TrimStart('-');
        var power = shortest.IndexOf('E', StringComparison.Ordinal);
        var mantissaText = power < 0 ? shortest : shortest[..power];
        var point = mantissaText.IndexOf('.', StringComparison.Ordinal) is var at && at < 0 ? mantissaText.Length : at;
        var zeros = mantissaText.Replace(".", "", StringComparison.Ordinal).TakeWhile(c => c == '0').Count();
        var exponent = point - 1 - zeros + (power < 0 ? 0 : int.Parse(shortest.AsSpan(power + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        var digits = string.Concat(mantissaText.Where(char.IsAsciiDigit)).TrimStart('0').TrimEnd('0');
        var sign = number < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
            return string.Create(CultureInfo.InvariantCulture, $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
        }
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        var whole = digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') : digits[..(exponent + 1)];
        var rest = digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0";
        return $"{sign}{whole}.{rest}";
    }

    internal override ConfigScalar Copy() => new(value) { Origin = Origin, Quote = Quote };
}
