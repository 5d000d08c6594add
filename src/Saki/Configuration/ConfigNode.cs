namespace Saki.Configuration;

/// <summary>Where a configured value comes from, for messages and provenance: <c>conf/optimizer/sgd.yaml:3</c>, or the override as it was typed.</summary>
public readonly record struct ConfigOrigin(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>A value of a composed configuration: a map, a list or a scalar. Maps keep the order in which keys were written.</summary>
/// <param name="origin">Where it was written.</param>
public abstract class ConfigNode(ConfigOrigin origin)
{
    /// <summary>Where it was written.</summary>
    public ConfigOrigin Origin { get; } = origin;

    /// <summary>What it is, for messages: "a map", "a list", "the number 3", "the text "x"".</summary>
    public abstract string Describe();
}

/// <summary>Named values in order.</summary>
public sealed class ConfigMap(ConfigOrigin origin) : ConfigNode(origin)
{
    /// <summary>The values by name.</summary>
    public OrderedDictionary<string, ConfigNode> Items { get; } = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override string Describe() => "a map";

    /// <summary>The value at a dotted path; null when there is none.</summary>
    public ConfigNode? Find(string path)
    {
        ConfigNode? at = this;
        foreach (var part in path.Split('.'))
            at = at is ConfigMap map && map.Items.TryGetValue(part, out var next) ? next : null;
        return at;
    }

    /// <summary>Merges <paramref name="other"/> over this map: maps merge key by key, everything else is replaced.</summary>
    public void Merge(ConfigMap other)
    {
        foreach (var (key, value) in other.Items)
        {
            if (value is ConfigMap incoming)
            {
                if (!Items.TryGetValue(key, out var there) || there is not ConfigMap mine) Items[key] = mine = new ConfigMap(incoming.Origin);
                mine.Merge(incoming);
            }
            else
            {
                Items[key] = value;
            }
        }
    }

    /// <summary>Every scalar and list under this map with its dotted path.</summary>
    public IEnumerable<(string Path, ConfigNode Value)> Leaves(string prefix = "")
    {
        foreach (var (key, value) in Items)
        {
            if (value is not ConfigMap map) yield return (prefix + key, value);
            else
                foreach (var leaf in map.Leaves($"{prefix}{key}.")) yield return leaf;
        }
    }
}

/// <summary>Values in order.</summary>
public sealed class ConfigList(ConfigOrigin origin, IReadOnlyList<ConfigNode> items) : ConfigNode(origin)
{
    /// <summary>The values.</summary>
    public IReadOnlyList<ConfigNode> Items { get; } = items;

    /// <inheritdoc/>
    public override string Describe() => $"a list of {Items.Count}";
}

/// <summary>A null, bool, long, double or string.</summary>
public sealed class ConfigScalar(ConfigOrigin origin, object? value) : ConfigNode(origin)
{
    /// <summary>The value.</summary>
    public object? Value { get; } = value;

    /// <inheritdoc/>
    public override string Describe() => Value switch
    {
        null => "null",
        string text => $"the text \"{text}\"",
        bool flag => flag ? "true" : "false",
        _ => $"the number {ConfigText.Scalar(this)}",
    };
}
