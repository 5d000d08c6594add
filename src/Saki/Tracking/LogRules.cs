namespace Saki.Tracking;

/// <summary>MLflow's limits on what is logged: keys of letters, digits and <c>_ - . space : /</c> that are plain relative paths, at most 250 characters; long values are cut.</summary>
internal static class LogRules
{
    private const int LongestKey = 250, LongestParam = 6000, LongestTag = 8000;

    public static Param Checked(Param param) => param with { Key = Key(param.Key), Value = Cut(param.Value, LongestParam) };

    public static RunTag Checked(RunTag tag) => tag with { Key = Key(tag.Key), Value = Cut(tag.Value, LongestTag) };

    public static Metric Checked(Metric metric) => metric.Timestamp >= 0
        ? metric with { Key = Key(metric.Key) }
        : throw new SakiException($"Logging {metric.Key}", "a time from 1970 on, in milliseconds", FormattableString.Invariant($"{metric.Timestamp}"));

    private static string Key(string key)
    {
        var plain = key.Length is > 0 and <= LongestKey && key.All(c => char.IsLetterOrDigit(c) || "_-. :/".Contains(c))
            && key.Split('/').All(part => part is not ("" or "." or ".."));
        return plain ? key : throw new SakiException("Logging", "a key of letters, digits, _ - . : / and spaces, a plain relative path of at most 250 characters", $"\"{(key.Length > 80 ? key[..80] + "…" : key)}\"", "Rename it.");
    }

    private static string Cut(string value, int length) => value.Length <= length ? value : value[..(char.IsHighSurrogate(value[length - 1]) ? length - 1 : length)];
}
