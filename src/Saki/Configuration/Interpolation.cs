using System.Text;

namespace Saki.Configuration;

/// <summary>What resolvers may look at: the environment, the clock, and the tree behind <c>${hydra:…}</c>.</summary>
public sealed record InterpolationContext
{
    /// <summary>The process's environment and the system's clock.</summary>
    public static InterpolationContext Default { get; } = new();

    /// <summary>Reads an environment variable; null when it is not set.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>For <c>${now:%Y-%m-%d}</c>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What <c>${hydra:job.name}</c> looks into; null when there is none.</summary>
    public ConfigMap? Hydra { get; init; }
}

/// <summary>
/// Replaces <c>${…}</c> by what it names, as OmegaConf does: a text that is one interpolation becomes that value (a map, a number), one inside a
/// longer text becomes its text. Relative keys count from the container of the value. Nothing is evaluated but the resolvers listed in
/// <see cref="Resolvers"/>; a value that needs itself is refused.
/// </summary>
public sealed class Interpolation
{
    private readonly ConfigNode _root;
    private readonly Resolvers _resolvers;
    private readonly HashSet<ConfigScalar> _busy = [];
    private int _steps;

    // A tree of 64 levels where each names the one below twice would take 2^64 steps.
    private const int MostSteps = 100_000;

    /// <param name="root">The tree that absolute keys start from.</param>
    /// <param name="context">For the resolvers.</param>
    public Interpolation(ConfigNode root, InterpolationContext context)
    {
        _root = root;
        _resolvers = new Resolvers(this, context);
    }

    /// <summary>A copy of the whole tree with all interpolations replaced; <c>???</c> stays.</summary>
    /// <exception cref="ConfigException">One cannot be resolved.</exception>
    public ConfigMap ResolveAll() => (ConfigMap)Resolve(_root, Trail.Empty);

    /// <summary>The value at a path with dots, resolved.</summary>
    /// <exception cref="ConfigException">There is none, it is mandatory and missing, or it cannot be resolved.</exception>
    public ConfigNode Read(string path)
    {
        path = Dotted(path);
        var (node, trail) = Find(_root, Trail.Empty, path.Split('.'), path);
        if (node is ConfigScalar { IsMissing: true })
            throw new ConfigException("MissingMandatoryValue", $"Reading {path}", "a value", "??? (mandatory, not given)", $"Give it: {path}=VALUE.");
        return Resolve(node, trail);
    }

    /// <summary>What stands at a path with dots (<c>a.0.b</c> or <c>a[0].b</c>), an interpolation there replaced; null when nothing does, or null, or <c>???</c>.</summary>
    /// <exception cref="ConfigException">An interpolation on the way cannot be resolved.</exception>
    public ConfigNode? Part(string path)
    {
        path = Dotted(path);
        try
        {
            var (node, trail) = Find(_root, Trail.Empty, path.Split('.'), path);
            return node switch
            {
                ConfigScalar { Value: null } or ConfigScalar { IsMissing: true } => null,
                ConfigScalar { IsInterpolation: true } link => ValueOf(link, trail),
                _ => node,
            };
        }
        catch (ConfigException missing) when (missing.Kind is "ConfigKeyError" or "ConfigTypeError")
        {
            return null;
        }
    }

    /// <summary>As <see cref="ResolveAll()"/> for a map whose absolute keys start from this tree's root.</summary>
    /// <exception cref="ConfigException">An interpolation cannot be resolved.</exception>
    public ConfigMap ResolveAll(ConfigMap map) => (ConfigMap)Resolve(map, Trail.Empty);

    internal static string Dotted(string path) => path.Replace("[", ".", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);

    /// <summary>What a text of the root's level stands for.</summary>
    internal ConfigNode Value(ConfigScalar text) => Resolve(text, Trail.Empty.Add(_root));

    /// <summary>What a text that is one interpolation points at, not resolved further; null when it is no such text or points at nothing.</summary>
    internal ConfigNode? Target(ConfigScalar link)
    {
        try { return ValueOf(link, Trail.Empty.Add(_root)); }
        catch (ConfigException) { return null; }
    }

    /// <summary>Throws where a text has an interpolation that does not parse.</summary>
    internal static void Check(ConfigNode node)
    {
        switch (node)
        {
            case ConfigScalar { IsInterpolation: true, Value: string text }: InterpolationParser.Text(text); break;
            case ConfigList list: list.Items.ForEach(Check); break;
            case ConfigMap map:
                foreach (var value in map.Entries.Values) Check(value);
                break;
        }
    }

    internal ConfigNode Resolve(ConfigNode node, Trail trail)
    {
        switch (node)
        {
            case ConfigMap map:
                var entries = new ConfigMap { Origin = map.Origin };
                foreach (var (key, value) in map.Entries) entries.Entries.Add(key, Resolve(value, trail.Add(map)));
                return entries;
            case ConfigList list:
                var items = new ConfigList { Origin = list.Origin };
                foreach (var item in list.Items) items.Items.Add(Resolve(item, trail.Add(list)));
                return items;
            case ConfigScalar { IsInterpolation: true } scalar:
                return ValueOf(scalar, trail);
            default:
                return node;
        }
    }

    private ConfigNode ValueOf(ConfigScalar scalar, Trail trail)
    {
        if (++_steps > MostSteps) throw Fail("InterpolationResolutionError", scalar, $"at most {MostSteps:N0} steps", "more");
        if (!_busy.Add(scalar)) throw Fail("InterpolationResolutionError", scalar, "values that do not need themselves", "a cycle");
        try
        {
            var parts = InterpolationParser.Text((string)scalar.Value!);
            return Join(parts, trail, scalar);
        }
        finally
        {
            _busy.Remove(scalar);
        }
    }

    internal ConfigNode Join(IReadOnlyList<TextPart> parts, Trail trail, ConfigScalar scalar)
    {
        if (parts is [not PlainPart and var single]) return Value(single, trail, scalar);
        var text = new StringBuilder();
        foreach (var part in parts) text.Append(part is PlainPart plain ? plain.Text : PythonText.Of(Value(part, trail, scalar)));
        if (text.Length > ConfigYaml.MostCharacters) throw Fail("InterpolationResolutionError", scalar, $"a text of at most {ConfigYaml.MostCharacters:N0} characters", "a longer one");
        return new ConfigScalar(text.ToString()) { Origin = scalar.Origin };
    }

    private ConfigNode Value(TextPart part, Trail trail, ConfigScalar scalar)
    {
        if (part is CallPart call) return _resolvers.Call(call, trail, scalar);
        var key = (KeyPart)part;
        var names = key.Names.Select(name => PythonText.Of(Join(name, trail, scalar))).ToArray();
        var path = new string('.', key.Up) + string.Join('.', names);
        if (names is [var nested] && key.Up == 0 && nested.Contains('.')) names = nested.Split('.');
        return Look(path, names, key.Up, trail, scalar);
    }

    /// <summary>The resolved value of a key, absolute or relative (leading dots) to the value that names it.</summary>
    internal ConfigNode Look(string path, string[] names, int up, Trail trail, ConfigScalar scalar)
    {
        var from = (Node: _root, Trail: Trail.Empty);
        if (up > 0)
        {
            var container = trail.Up(up - 1) ?? throw Fail("InterpolationKeyError", scalar, "a key inside the configuration", $"{path}, which leads above its top");
            from = (container.Last!, container.Parent!);
        }
        ConfigNode node;
        Trail at;
        try { (node, at) = Find(from.Node, from.Trail, names, path); }
        catch (ConfigException missing) when (missing.Kind == "ConfigKeyError")
        {
            throw Fail("InterpolationKeyError", scalar, $"a key {path}", "no such key", missing.Next);
        }
        if (node is ConfigScalar { IsMissing: true }) throw Fail("InterpolationToMissingValueError", scalar, $"a value of {path}", "??? (mandatory, not given)", $"Give it: {path.TrimStart('.')}=VALUE.");
        return Resolve(node, at);
    }

    private (ConfigNode Node, Trail Trail) Find(ConfigNode node, Trail trail, string[] names, string path)
    {
        foreach (var name in names)
        {
            if (node is ConfigScalar { IsInterpolation: true } link) node = ValueOf(link, trail);
            if (node is ConfigScalar && node is not ConfigScalar { Value: null })
                throw new ConfigException("ConfigTypeError", $"Reading {path}", "a map or a list", $"a single value before {name}", $"It is at {node.Origin}.");
            if (ConfigMerge.Child(node, name) is not { } child)
            {
                var known = node is ConfigMap map ? map.Entries.Keys.Select(key => key.ToString()).ToList() : [];
                throw new ConfigException("ConfigKeyError", $"Reading {path}", "a key that exists", name, DidYouMean.Closest(name, known) is { } near ? $"Did you mean \"{near}\"?" : null);
            }
            trail = trail.Add(node);
            node = child;
        }
        return (node, trail);
    }

    internal static ConfigException Fail(string kind, ConfigScalar scalar, string expected, string got, string? next = null) =>
        new(kind, $"Resolving {scalar.Value} ({scalar.Origin})", expected, got, next);
}

/// <summary>The containers from the root down to a value.</summary>
internal sealed class Trail(Trail? parent, ConfigNode? last)
{
    public static Trail Empty { get; } = new(null, null);

    public Trail? Parent => parent;

    public ConfigNode? Last => last;

    public Trail Add(ConfigNode container) => new(this, container);

    /// <summary>So many containers up from the last; null above the root.</summary>
    public Trail? Up(int count)
    {
        var at = this;
        for (; count > 0 && at is not null; count--) at = at.Parent;
        return at?.Last is null ? null : at;
    }
}

/// <summary>Values as Python prints them inside a text.</summary>
internal static class PythonText
{
    public static string Of(ConfigNode node) => node is ConfigScalar scalar ? scalar.ToString() : Inside(node);

    private static string Inside(ConfigNode node) => node switch
    {
        ConfigMap map => $"{{{string.Join(", ", map.Entries.Select(pair => $"{Quoted(pair.Key.Value)}: {Inside(pair.Value)}"))}}}",
        ConfigList list => $"[{string.Join(", ", list.Items.Select(Inside))}]",
        _ => Quoted(((ConfigScalar)node).Value),
    };

    private static string Quoted(object? value) => value is string text ? $"'{text}'" : ConfigScalar.TextOf(value);
}
