namespace Saki.Configuration;

/// <summary>Merging as OmegaConf does it: maps merge key by key, lists and scalars replace; paths with dots select and set.</summary>
internal static class ConfigMerge
{
    /// <summary>Merges <paramref name="source"/> into <paramref name="target"/>, in place. Nodes of the source are copied.</summary>
    public static void Into(ConfigMap target, ConfigMap source, Func<ConfigScalar, ConfigNode?>? dereference = null)
    {
        foreach (var (key, value) in source.Entries)
        {
            var old = target.Entries.GetValueOrDefault(key);
            if (old is ConfigScalar { IsInterpolation: true } link && value is ConfigMap && dereference?.Invoke(link) is ConfigMap linked) target.Entries[key] = old = linked.Copy();
            switch (old, value)
            {
                case (ConfigMap oldMap, ConfigMap newMap):
                    Into(oldMap, newMap, dereference);
                    break;
                case (ConfigMap or ConfigList, ConfigScalar { IsMissing: true }):
                    break;
                case (ConfigList, ConfigMap):
                    throw new ConfigException("ConfigCompositionException", $"Merging {key} ({value.Origin})", "a list", "a map", $"It is a list at {old.Origin}.");
                case (ConfigMap, ConfigList):
                    throw new ConfigException("ConfigCompositionException", $"Merging {key} ({value.Origin})", "a map", "a list", $"It is a map at {old.Origin}.");
                default:
                    target.Entries[key] = value.Copy();
                    break;
            }
        }
    }

    /// <summary>The content wrapped into maps for its package.</summary>
    public static ConfigMap InPackage(ConfigMap content, string package)
    {
        if (package.Length == 0) return content;
        foreach (var part in package.Split('.').Reverse())
        {
            var outer = new ConfigMap { Origin = content.Origin };
            outer.Entries.Add(part, content);
            content = outer;
        }
        return content;
    }

    /// <summary>What stands at a path; null when nothing does.</summary>
    public static ConfigNode? Select(ConfigNode root, string path) =>
        path.Length == 0 ? root : path.Split('.').Aggregate((ConfigNode?)root, Child);

    public static ConfigNode? Child(ConfigNode? node, string name) => node switch
    {
        ConfigMap map => map.KeyFor(name) is { } key ? map.Entries[key] : null,
        ConfigList list => int.TryParse(name, System.Globalization.NumberStyles.None, null, out var index) && index < list.Items.Count ? list.Items[index] : null,
        _ => null,
    };

    /// <summary>Sets a value. Without <paramref name="add"/> the key, and with a map every key of it, must be there already.</summary>
    /// <returns>False when the key is not there and must be.</returns>
    public static bool Set(ConfigMap root, string path, ConfigNode value, bool add, Func<ConfigScalar, ConfigNode?> dereference)
    {
        var parts = path.Split('.');
        ConfigNode node = root;
        foreach (var part in parts.AsSpan()[..^1])
        {
            var child = Child(node, part);
            if (child is ConfigScalar { IsInterpolation: true } link && dereference(link) is { } target and not ConfigScalar) child = target;
            if (child is null or ConfigScalar)
            {
                if (node is not ConfigMap map || (child is null && !add)) return false;
                map.Entries[map.KeyFor(part) ?? part] = child = new ConfigMap { Origin = value.Origin };
            }
            node = child;
        }
        return node switch
        {
            ConfigMap map => SetIn(map, parts[^1], value, add, dereference),
            ConfigList list => SetIn(list, parts[^1], value),
            _ => false,
        };
    }

    private static bool SetIn(ConfigMap map, string name, ConfigNode value, bool add, Func<ConfigScalar, ConfigNode?> dereference)
    {
        var key = map.KeyFor(name);
        if (key is null && !add) return false;
        var old = key is { } known ? map.Entries[known] : null;
        if (old is ConfigScalar { IsInterpolation: true } link && value is ConfigMap && dereference(link) is ConfigMap linked) map.Entries[key!.Value] = old = linked.Copy();
        if ((old, value) is (ConfigList, ConfigMap) or (ConfigMap, ConfigList))
            throw new ConfigException("ConfigCompositionException", $"Setting {name} ({value.Origin})", old is ConfigList ? "a list" : "a map", value is ConfigList ? "a list" : "a map", $"It comes from {old.Origin}.");
        if (old is ConfigMap oldMap && value is ConfigMap newMap)
        {
            if (!add && !HasAll(oldMap, newMap)) return false;
            Into(oldMap, newMap, dereference);
        }
        else map.Entries[key ?? name] = value.Copy();
        return true;
    }

    private static bool SetIn(ConfigList list, string name, ConfigNode value)
    {
        if (!int.TryParse(name, System.Globalization.NumberStyles.None, null, out var index) || index >= list.Items.Count) return false;
        if (list.Items[index] is ConfigMap oldMap && value is ConfigMap newMap) Into(oldMap, newMap);
        else list.Items[index] = value.Copy();
        return true;
    }

    private static bool HasAll(ConfigMap old, ConfigMap wanted) => wanted.Entries.All(pair =>
        old.Entries.TryGetValue(pair.Key, out var there) && (pair.Value is not ConfigMap inner || there is not ConfigMap thereMap || HasAll(thereMap, inner)));

    /// <summary>Equal values, maps whatever their order.</summary>
    public static bool Same(ConfigNode left, ConfigNode right) => (left, right) switch
    {
        (ConfigScalar a, ConfigScalar b) => Equals(a.Value, b.Value) || (a.Value is long or double && b.Value is long or double && Convert.ToDouble(a.Value, null) == Convert.ToDouble(b.Value, null)),
        (ConfigList a, ConfigList b) => a.Items.Count == b.Items.Count && a.Items.Zip(b.Items).All(pair => Same(pair.First, pair.Second)),
        (ConfigMap a, ConfigMap b) => a.Entries.Count == b.Entries.Count && a.Entries.All(pair => b.Entries.TryGetValue(pair.Key, out var other) && Same(pair.Value, other)),
        _ => false,
    };
}
