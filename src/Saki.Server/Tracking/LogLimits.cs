using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>What may be logged, and MLflow's texts for what may not.</summary>
internal static class LogLimits
{
    private const int LongestParam = 6000, LongestTag = 8000;

    /// <summary>Most metrics of one batch; also most items of one batch together.</summary>
    public const int MostMetrics = 1000;

    private const int MostParams = 100, MostTags = 100;

    /// <summary>Refuses a key that MLflow refuses.</summary>
    public static void Key(string key, string kind)
    {
        if (LogRules.IsKey(key)) return;
        throw MlflowException.BadValue(key.Length > LogRules.LongestKey
            ? $"{kind} key '{key[..60]}…' had length {key.Length}, which exceeds the maximum length of {LogRules.LongestKey} characters"
            : $"Invalid {kind} name: '{key}'. Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/), and must be a plain relative path.");
    }

    public static Param Checked(Param param)
    {
        Key(param.Key, "param");
        return param.Value.Length <= LongestParam ? param : param with { Value = LogRules.Cut(param.Value, LongestParam) };
    }

    public static Tag Checked(Tag tag)
    {
        Key(tag.Key, "tag");
        return tag.Value.Length <= LongestTag ? tag : tag with { Value = LogRules.Cut(tag.Value, LongestTag) };
    }

    public static void Check(Metric metric)
    {
        Key(metric.Key, "metric");
        if (metric.Timestamp < 0) throw MlflowException.BadValue($"Got invalid timestamp {metric.Timestamp} for metric '{metric.Key}' (value={metric.Value}). Timestamp must be a nonnegative long integer");
    }

    /// <summary>Checks the sizes of a batch, and that no param stands in it twice.</summary>
    public static void CheckSizes(LogBatch batch)
    {
        if (batch.Metrics.Count > MostMetrics) throw MlflowException.BadValue($"A batch logging request can contain at most {MostMetrics} metrics. Got {batch.Metrics.Count} metrics.");
        if (batch.Params.Count > MostParams) throw MlflowException.BadValue($"A batch logging request can contain at most {MostParams} params. Got {batch.Params.Count} params.");
        if (batch.Tags.Count > MostTags) throw MlflowException.BadValue($"A batch logging request can contain at most {MostTags} tags. Got {batch.Tags.Count} tags.");
        if (batch.Metrics.Count + batch.Params.Count + batch.Tags.Count > MostMetrics)
            throw MlflowException.BadValue($"A batch logging request can contain at most {MostMetrics} metrics, params, and tags in total.");
        if (batch.Params.Count > 1 && batch.Params.DistinctBy(param => param.Key).Count() < batch.Params.Count)
            throw MlflowException.BadValue("Duplicate parameter keys have been submitted.");
    }
}
