namespace Saki.Tracking.Search;

/// <summary>What can be asked about one kind of thing: runs, experiments, logged models, registered models, versions.</summary>
public sealed record SearchSubject
{
    /// <summary>Words of people for fields, and the fields' own names.</summary>
    private static readonly Dictionary<string, SearchEntity> Words = new(StringComparer.Ordinal)
    {
        ["attribute"] = SearchEntity.Attribute,
        ["attributes"] = SearchEntity.Attribute,
        ["attr"] = SearchEntity.Attribute,
        ["run"] = SearchEntity.Attribute,
        ["metric"] = SearchEntity.Metric,
        ["metrics"] = SearchEntity.Metric,
        ["param"] = SearchEntity.Param,
        ["params"] = SearchEntity.Param,
        ["parameter"] = SearchEntity.Param,
        ["parameters"] = SearchEntity.Param,
        ["tag"] = SearchEntity.Tag,
        ["tags"] = SearchEntity.Tag,
        ["dataset"] = SearchEntity.Dataset,
        ["datasets"] = SearchEntity.Dataset,
    };

    /// <summary>Runs.</summary>
    public static SearchSubject Runs { get; } = new()
    {
        TextFields = ["run_id", "run_name", "status", "artifact_uri", "user_id"],
        NumberFields = ["start_time", "end_time"],
        ListFields = ["run_id"],
        Aliases = new(StringComparer.Ordinal)
        {
            ["run name"] = "run_name",
            ["Run name"] = "run_name",
            ["Run Name"] = "run_name",
            ["created"] = "start_time",
            ["Created"] = "start_time",
        },
        Entities = [SearchEntity.Attribute, SearchEntity.Metric, SearchEntity.Param, SearchEntity.Tag, SearchEntity.Dataset],
    };

    /// <summary>Experiments.</summary>
    public static SearchSubject Experiments { get; } = new()
    {
        TextFields = ["name"],
        NumberFields = ["creation_time", "last_update_time"],
        OrderOnly = ["experiment_id"],
        Entities = [SearchEntity.Attribute, SearchEntity.Tag],
    };

    /// <summary>Logged models of MLflow 3.</summary>
    public static SearchSubject LoggedModels { get; } = new()
    {
        TextFields = ["name", "model_id", "model_type", "status", "source_run_id"],
        NumberFields = ["creation_timestamp", "last_updated_timestamp"],
        ListFields = ["name", "model_id", "model_type", "status", "source_run_id"],
        Aliases = new(StringComparer.Ordinal)
        {
            ["creation_time"] = "creation_timestamp",
            ["creation_timestamp_ms"] = "creation_timestamp",
            ["last_updated_time"] = "last_updated_timestamp",
            ["last_updated_timestamp_ms"] = "last_updated_timestamp",
        },
        Entities = [SearchEntity.Attribute, SearchEntity.Metric, SearchEntity.Param, SearchEntity.Tag],
    };

    /// <summary>Registered models.</summary>
    public static SearchSubject RegisteredModels { get; } = new()
    {
        TextFields = ["name"],
        OrderOnly = ["last_updated_timestamp"],
        Aliases = new(StringComparer.Ordinal) { ["timestamp"] = "last_updated_timestamp" },
        Entities = [SearchEntity.Attribute, SearchEntity.Tag],
    };

    /// <summary>Versions of registered models.</summary>
    public static SearchSubject ModelVersions { get; } = new()
    {
        TextFields = ["name", "run_id", "source_path"],
        NumberFields = ["version_number"],
        ListFields = ["run_id", "name"],
        OrderOnly = ["creation_timestamp", "last_updated_timestamp"],
        Aliases = new(StringComparer.Ordinal) { ["version"] = "version_number" },
        Entities = [SearchEntity.Attribute, SearchEntity.Tag],
    };

    /// <summary>Fields that hold texts.</summary>
    public required IReadOnlyList<string> TextFields { get; init; }

    /// <summary>Fields that hold numbers.</summary>
    public IReadOnlyList<string> NumberFields { get; init; } = [];

    /// <summary>Fields that know IN.</summary>
    public IReadOnlyList<string> ListFields { get; init; } = [];

    /// <summary>Fields that can only be ordered by.</summary>
    public IReadOnlyList<string> OrderOnly { get; init; } = [];

    /// <summary>What it has besides fields.</summary>
    public required IReadOnlyList<SearchEntity> Entities { get; init; }


    private Dictionary<string, string> Aliases { get; init; } = [];

    /// <summary>The entity that a word before the dot means; null when it means none here.</summary>
    public SearchEntity? Entity(string word) => Words.TryGetValue(word, out var entity) && Entities.Contains(entity) ? entity : null;

    /// <summary>The field's own name.</summary>
    public string Canonical(string field) => Aliases.GetValueOrDefault(field, field);
}
