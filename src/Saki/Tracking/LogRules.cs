namespace Saki.Tracking;

/// <summary>MLflow's limits on what is logged: keys of letters, digits and <c>_ - . space : /</c> that are plain relative paths, at most 250 characters; long values are cut.</summary>
public static class LogRules
{
    /// <summary>Longest key, in characters.</summary>
    public const int LongestKey = 250;

    private const int LongestParam = 6000, LongestTag = 8000;

    /// <summary>Whether metrics, params and tags may have this key.</summary>
    public static bool IsKey(string key)
    {
        if (key.Length is 0 or > LongestKey) return false;
        var part = 0;
        foreach (var c in key)
        {
            if (!char.IsLetterOrDigit(c) && !"_-. :/".Contains(c, StringComparison.Ordinal)) return false;
            if (c == '/' && part == 0) return false;
            part = c == '/' ? 0 : part + 1;
        }
        return part > 0 && (!key.Contains('.', StringComparison.Ordinal) || key.Split('/').All(name => name is not ("." or "..")));
    }

    /// <summary>At most <paramref name="length"/> characters of a value, no pair of surrogates torn.</summary>
    public static string Cut(string value, int length) => value.Length <= length ? value : value[..(char.IsHighSurrogate(value[length - 1]) ? length - 1 : length)];

    internal static Param Checked(Param param) => param with { Key = Key(param.Key), Value = Cut(param.Value, LongestParam) };

    internal static Tag Checked(Tag tag) => tag with { Key = Key(tag.Key), Value = Cut(tag.Value, LongestTag) };

    internal static Metric Checked(Metric metric) => metric.Timestamp >= 0
        ? metric with { Key = Key(metric.Key) }
        : throw new SakiException($"Logging {metric.Key}", "a time from 1970 on, in milliseconds", FormattableString.Invariant($"{metric.Timestamp}"));

    private static string Key(string key) => IsKey(key) ? key : throw new SakiException("Logging",
        "a key of letters, digits, _ - . : / and spaces, a plain relative path of at most 250 characters", $"\"{(key.Length > 80 ? key[..80] + "…" : key)}\"", "Rename it.");
}
