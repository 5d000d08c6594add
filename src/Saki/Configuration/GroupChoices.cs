namespace Saki.Configuration;

/// <summary>What the command line and <c>override</c> items choose in which group, what is deleted, and what was chosen in the end.</summary>
internal sealed class GroupChoices
{
    private sealed record Choice(string? Option, IReadOnlyList<ConfigNode>? Options, string? File)
    {
        public bool Used { get; set; }
    }

    private readonly Dictionary<string, Choice> _overrides = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Choice> _deletions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SortedSet<string>> _keysOfGroup = new(StringComparer.Ordinal);

    /// <summary>Key of a choice (<c>model</c>, <c>model@teacher</c>) and the option; null where nothing is chosen.</summary>
    public OrderedDictionary<string, string?> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>Groups added by <c>+group=option</c>.</summary>
    public List<DefaultItem> Appended { get; } = [];

    /// <summary>Overrides that set values, in their order.</summary>
    public List<Override> Values { get; } = [];

    public GroupChoices(IEnumerable<Override> overrides, ConfigRepository repository)
    {
        foreach (var item in overrides)
            if (item.Value is ConfigMap || !repository.GroupExists(item.Key)) Values.Add(item);
            else AddGroup(item);
    }

    private void AddGroup(Override item)
    {
        if (item.Kind == OverrideKind.ForceAdd)
            throw Fail("ConfigCompositionException", item, "+group=option or group=option", "++ on a group");
        if (item.Kind == OverrideKind.Delete)
        {
            if (item.Value is not (null or ConfigScalar { Value: null or string })) throw Fail("ValueError", item, "an option's name", "something else");
            _deletions[item.KeyWithPackage] = new Choice((item.Value as ConfigScalar)?.Value as string, null, null);
            return;
        }
        var (option, options) = item.Value switch
        {
            ConfigScalar { Value: string name } => (name, (IReadOnlyList<ConfigNode>?)null),
            ConfigList list => (null, list.Items),
            _ => throw Fail("ValueError", item, "an option's name or a list of names", item.Value is ConfigScalar scalar ? $"{scalar}" : "something else", item.Value is ConfigScalar { Value: null } ? $"Write ~{item.Key} to leave the group out." : null),
        };
        if (item.Kind == OverrideKind.Add) Appended.Add(new DefaultItem { Group = item.Key, Package = item.Package, Option = option, Options = options, External = true });
        else _overrides[item.KeyWithPackage] = new Choice(option, options, null);
    }

    /// <summary>Notes an <c>override</c> item; who came first (nearer to the command line) wins.</summary>
    public void Override(DefaultItem item, string file) => _overrides.TryAdd(item.OverrideKey, new Choice(item.Option, item.Options, file));

    /// <summary>Puts the overriding choice into an item.</summary>
    public void Apply(DefaultItem item)
    {
        if (item.Group is null || !_overrides.TryGetValue(item.OverrideKey, out var choice)) return;
        choice.Used = true;
        (item.Option, item.Options) = (choice.Option, choice.Options);
    }

    public bool TryDelete(DefaultItem item)
    {
        if (!_deletions.TryGetValue(item.OverrideKey, out var deletion) || (deletion.Option is not null && deletion.Option != item.Option)) return false;
        return deletion.Used = true;
    }

    public void Note(DefaultItem item)
    {
        var key = item.OverrideKey;
        if (!Known.TryAdd(key, item.Option) && Known[key] != item.Option)
            throw new ConfigException("ConfigCompositionException", $"Choosing {key}", "one option", $"{Known[key] ?? "null"} and {item.Option ?? "null"}", $"To replace the option write override {key}: {Known[key]}, or {key}={Known[key]} without the +.");
        if (!_keysOfGroup.TryGetValue(item.GroupPath, out var keys)) _keysOfGroup[item.GroupPath] = keys = new SortedSet<string>(StringComparer.Ordinal);
        keys.Add(key);
    }

    public void EnsureUsed()
    {
        foreach (var (key, choice) in _overrides.Where(pair => !pair.Value.Used))
        {
            var near = _keysOfGroup.GetValueOrDefault(key.Split('@')[0]);
            var next = near is { Count: > 0 } ? $"Did you mean {string.Join(" or ", near)}?" : choice.File is null ? $"To add the group write +{key}={choice.Option}." : "Add the group to the defaults list first.";
            throw new ConfigException("ConfigCompositionException", choice.File is null ? $"Overriding {key}" : $"Overriding {key} in {choice.File}", "a group of the defaults list", "no match", next);
        }
        foreach (var (key, deletion) in _deletions.Where(pair => !pair.Value.Used))
            throw new ConfigException("ConfigCompositionException", $"Deleting {key}{(deletion.Option is null ? "" : "=" + deletion.Option)}", "a group of the defaults list", "no match", DidYouMean.Hint(key, [.. Known.Keys]));
    }

    private static ConfigException Fail(string kind, Override item, string expected, string got, string? next = null) =>
        new(kind, $"Reading the override {item.Input}", expected, got, next);
}
