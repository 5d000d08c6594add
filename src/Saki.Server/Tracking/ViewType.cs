using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>Which of the deleted and the others are asked for.</summary>
internal enum ViewType
{
    ActiveOnly = 1,
    DeletedOnly = 2,
    All = 3,
}

internal static class ViewTypes
{
    /// <summary>The view of a call: MLflow's name or number; active ones when nothing is said.</summary>
    public static ViewType View(this MlflowCall call, string field) => call.NameOrNumber(field) switch
    {
        null or "1" or "ACTIVE_ONLY" => ViewType.ActiveOnly,
        "2" or "DELETED_ONLY" => ViewType.DeletedOnly,
        "3" or "ALL" => ViewType.All,
        var other => throw Saki.Tracking.MlflowException.BadValue($"Invalid value \"{(other.Length > 40 ? other[..40] : other)}\" for parameter '{field}' supplied."),
    };

    /// <summary>The condition on a table with a column <c>lifecycle</c>.</summary>
    public static string Condition(this ViewType view, string table) => view switch
    {
        ViewType.ActiveOnly => $"{table}.lifecycle = 'active'",
        ViewType.DeletedOnly => $"{table}.lifecycle = 'deleted'",
        _ => "1 = 1",
    };
}

/// <summary>A key and value of the thing numbered <see cref="Owner"/>.</summary>
internal sealed record TagRow
{
    public long Owner { get; init; }
    public string Key { get; init; } = "";
    public string Value { get; init; } = "";
}

/// <summary>The newest point of a metric as it lies in a row; <see cref="Owner"/> is the number of the run or logged model it belongs to.</summary>
internal record MetricRow
{
    public long Owner { get; init; }
    public string Key { get; init; } = "";
    public double Value { get; init; }
    public long Nan { get; init; }
    public long Time { get; init; }
    public long Step { get; init; }

    public Metric Metric() => new(Key, Nan == 1 ? double.NaN : Value, Time, Step);
}
