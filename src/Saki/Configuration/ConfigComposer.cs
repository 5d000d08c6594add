namespace Saki.Configuration;

/// <summary>A composed configuration.</summary>
/// <param name="Root">The values; interpolations are not resolved yet (see <see cref="Interpolation"/>).</param>
/// <param name="Choices">Group (with @package where it matters) and chosen option; null where none is.</param>
/// <param name="Sources">The files in the order of merging.</param>
/// <param name="Overrides">The overrides as given.</param>
public sealed record ComposedConfig(ConfigMap Root, IReadOnlyDictionary<string, string?> Choices, IReadOnlyList<ConfigSource> Sources, IReadOnlyList<string> Overrides)
{
    /// <summary>What files and overrides say under <c>hydra</c>, which is no part of the values.</summary>
    public required ConfigMap Hydra { get; init; }

    /// <summary>The primary file, without .yaml.</summary>
    public required string Primary { get; init; }

    /// <summary>The folders that were searched, the first first.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    internal DefaultsList.Tree Tree { get; init; } = null!; // a member that is not public cannot be required

    /// <summary>The values with all interpolations replaced.</summary>
    /// <exception cref="ConfigException">One cannot be resolved.</exception>
    public ConfigMap Resolve(InterpolationContext? context = null) => new Interpolation(Root, context ?? InterpolationContext.Default).ResolveAll();
}

/// <summary>
/// Composes a folder of YAML files in Hydra's way: 1 overrides are parsed and told apart into choices and values, 2 the defaults tree is expanded,
/// 3 its files are merged in order, each at its package, 4 value overrides are applied from left to right to keys that exist (or are added with +).
/// </summary>
public static class ConfigComposer
{
    /// <summary>Composes <paramref name="primary"/> of <paramref name="folder"/>.</summary>
    /// <param name="folder">The folder with the YAML tree.</param>
    /// <param name="primary">The primary file, with or without .yaml.</param>
    /// <param name="overrides">In Hydra's grammar; sweeps are refused here.</param>
    /// <exception cref="ConfigException">Anything that Hydra refuses.</exception>
    public static ComposedConfig Compose(string folder, string primary, IReadOnlyList<string> overrides) => Compose([folder], primary, overrides);

    /// <summary>Composes <paramref name="primary"/> of <paramref name="folders"/>.</summary>
    /// <param name="folders">Where files are looked for, in this order.</param>
    /// <param name="primary">The primary file, with or without .yaml.</param>
    /// <param name="overrides">In Hydra's grammar; sweeps are refused here.</param>
    /// <exception cref="ConfigException">Anything that Hydra refuses.</exception>
    public static ComposedConfig Compose(IReadOnlyList<string> folders, string primary, IReadOnlyList<string> overrides)
    {
        foreach (var folder in folders)
            if (!Directory.Exists(folder)) throw new ConfigException("MissingConfigException", "Composing", $"a folder of YAML files at {folder}", "no such folder", "Name it with --config-dir.");
        var parsed = overrides.Select(Override.Parse).ToList();
        foreach (var sweep in parsed.Where(item => item.IsSweep))
            throw new ConfigException("ConfigCompositionException", $"Reading the override {sweep.Input}", "one value", "several", $"Write {sweep.Key}=[…] for a list, quote it for a text, or sweep over it with --multirun.");
        var repository = new ConfigRepository(folders);
        var choices = new GroupChoices(parsed, repository);
        var tree = new DefaultsList(repository, choices).Expand(primary, choices.Appended);
        choices.EnsureUsed();
        var sources = DefaultsList.Flatten(tree);
        EnsureNoDuplicates(tree);
        var root = Merge(repository, sources);
        foreach (var item in choices.Values) Apply(root, item);
        Interpolation.Check(root);
        var hydra = HydraSettings.TakeFrom(root);
        return new ComposedConfig(root, choices.Known, sources, overrides) { Hydra = hydra, Primary = primary.EndsWith(".yaml", StringComparison.Ordinal) ? primary[..^5] : primary, Folders = folders, Tree = tree };
    }

    private static void EnsureNoDuplicates(DefaultsList.Tree tree)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Walk(tree);

        void Walk(DefaultsList.Tree node)
        {
            if (node.Item.Group is not null && node.Item.Name is not null && !seen.Add(node.Item.OverrideKey))
                throw new ConfigException("ConfigCompositionException", "Composing", $"{node.Item.OverrideKey} once in the defaults list", "it appears more than once", "Use override to replace a choice.");
            foreach (var child in node.Children ?? []) Walk(child);
        }
    }

    private static ConfigMap Merge(ConfigRepository repository, List<ConfigSource> sources)
    {
        var root = HydraSettings.Start();
        foreach (var source in sources)
        {
            var file = repository.Load(source.Path)!;
            if (file.Content is not ConfigMap map)
                throw new ConfigException("ConfigCompositionException", $"Reading {file.File}", "a map at the top", "a list or a value", "Give it a key.");
            ConfigMerge.Into(root, ConfigMerge.InPackage(map.Copy(), source.Package), link => new Interpolation(root, InterpolationContext.Default).Target(link));
        }
        return root;
    }

    private static void Apply(ConfigMap root, Override item)
    {
        if (item.Package is not null)
            throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", $"a group {item.Key}", "no such group", "Take the @package off to set a value.");
        if (item.Kind == OverrideKind.Delete)
        {
            Delete(root, item);
            return;
        }
        var there = ConfigMerge.Select(root, item.Key);
        if (item.Kind == OverrideKind.Add && there is not (null or ConfigScalar { Value: null or "???" }) && item.Value is ConfigScalar)
            throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", $"no {item.Key} yet", $"one at {there.Origin}", $"Write {item.Key}=… to change it.");
        if (ConfigMerge.Set(root, item.Key, Unquoted(item.Value!), item.Kind != OverrideKind.Change, link => new Interpolation(root, InterpolationContext.Default).Target(link))) return;
        var parent = ConfigMerge.Select(root, item.Key.Contains('.') ? item.Key[..item.Key.LastIndexOf('.')] : "") as ConfigMap;
        var near = DidYouMean.Closest(item.Key[(item.Key.LastIndexOf('.') + 1)..], parent?.Entries.Keys.Select(key => key.ToString()) ?? []);
        throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", "a key of the configuration", item.Key,
            near is null ? $"To add it write +{item.Input.TrimStart('+')}." : $"Did you mean \"{near}\"? To add the key write +{item.Input.TrimStart('+')}.");
    }

    // Quotes belong to the command line, not to the value.
    private static ConfigNode Unquoted(ConfigNode node)
    {
        switch (node)
        {
            case ConfigScalar { Quote: not '\0' } scalar: return new ConfigScalar(scalar.Value) { Origin = scalar.Origin };
            case ConfigList list:
                var items = new ConfigList { Origin = list.Origin };
                items.Items.AddRange(list.Items.Select(Unquoted));
                return items;
            case ConfigMap map:
                var entries = new ConfigMap { Origin = map.Origin };
                foreach (var (key, value) in map.Entries) entries.Entries.Add(key, Unquoted(value));
                return entries;
            default: return node;
        }
    }

    private static void Delete(ConfigMap root, Override item)
    {
        var there = ConfigMerge.Select(root, item.Key);
        if (there is null or ConfigScalar { Value: null })
            throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", $"a key {item.Key} to delete", "no such key", "Leave the override out.");
        if (item.Value is not null and not ConfigScalar { Value: null } && !(ConfigMerge.Same(there, item.Value) && (item.Value as ConfigScalar)?.Quote is null or '\0'))
            throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", $"{item.Key} to have that value", there is ConfigScalar scalar ? $"{scalar}" : "another", $"Write ~{item.Key} to delete it whatever it is.");
        var dot = item.Key.LastIndexOf('.');
        var name = item.Key[(dot + 1)..];
        switch (ConfigMerge.Select(root, dot < 0 ? "" : item.Key[..dot]))
        {
            case ConfigMap map: map.Entries.Remove(map.KeyFor(name)!.Value); break;
            case ConfigList: throw new ConfigException("ConfigCompositionException", $"Applying {item.Input}", "a key of a map", "an item of a list", "Set the whole list.");
        }
    }
}
