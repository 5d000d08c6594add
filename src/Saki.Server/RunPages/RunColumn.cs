using Saki.Tracking.Search;

namespace Saki.Server.RunPages;

/// <summary>A column of the table of runs, or what it is ordered by: a metric, a setting, a note, or a field of the run itself.</summary>
/// <param name="Entity">Of what kind.</param>
/// <param name="Key">Its name, as it was logged. For fields: <c>name</c>, <c>status</c>, <c>start_time</c>, <c>duration</c>, <c>user_id</c>.</param>
public sealed record RunColumn(SearchEntity Entity, string Key)
{
    /// <summary>When the run began.</summary>
    public static RunColumn Started { get; } = new(SearchEntity.Attribute, "start_time");

    /// <summary>Fields of a run and the words for them.</summary>
    public static IReadOnlyDictionary<string, string> Fields { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["name"] = "Run",
        ["status"] = "Status",
        ["start_time"] = "Started",
        ["duration"] = "Duration",
        ["user_id"] = "By",
    };

    /// <summary>As addresses name it: <c>metrics.val_acc</c>, <c>params.lr</c>, <c>tags.note</c>, <c>start_time</c>.</summary>
    public string Text => Entity switch
    {
        SearchEntity.Metric => $"metrics.{Key}",
        SearchEntity.Param => $"params.{Key}",
        SearchEntity.Tag => $"tags.{Key}",
        _ => Key,
    };

    /// <summary>What stands over the column.</summary>
    public string Title => Entity == SearchEntity.Attribute ? Fields[Key] : Key;

    /// <summary>Whether it is read as a number: at the end of its column, largest first.</summary>
    public bool Numeric => Entity == SearchEntity.Metric || (Entity == SearchEntity.Attribute && Key is "start_time" or "duration");

    /// <summary>Reads <see cref="Text"/>; null when it names nothing.</summary>
    public static RunColumn? Read(string text)
    {
        var dot = text.IndexOf('.');
        if (dot < 0) return Fields.ContainsKey(text) ? new RunColumn(SearchEntity.Attribute, text) : null;
        var key = text[(dot + 1)..];
        if (key.Length is 0 or > 500) return null;
        return text[..dot] switch
        {
            "metrics" => new RunColumn(SearchEntity.Metric, key),
            "params" => new RunColumn(SearchEntity.Param, key),
            "tags" => new RunColumn(SearchEntity.Tag, key),
            _ => null,
        };
    }
}

/// <summary>By what the table is ordered.</summary>
public sealed record RunOrder(RunColumn By, bool Descending)
{
    /// <summary>The newest first.</summary>
    public static RunOrder Newest { get; } = new(RunColumn.Started, Descending: true);

    /// <summary>As addresses say it: the column, a minus before it for descending.</summary>
    public string Text => Descending ? $"-{By.Text}" : By.Text;

    /// <summary>Reads <see cref="Text"/>; the newest first for anything else.</summary>
    public static RunOrder Read(string? text)
    {
        if (string.IsNullOrEmpty(text)) return Newest;
        var descending = text[0] == '-';
        return RunColumn.Read(descending ? text[1..] : text) is { } column ? new RunOrder(column, descending) : Newest;
    }

    /// <summary>What a click on a column's head asks for.</summary>
    public RunOrder Clicked(RunColumn column) => column == By ? this with { Descending = !Descending } : new RunOrder(column, column.Numeric);
}
