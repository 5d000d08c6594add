namespace Saki.Configuration;

/// <summary>
/// Composes a configuration from a folder in Hydra's way: the primary file's defaults list chooses one file per group, files merge in the order of the list,
/// then the overrides are applied from left to right. Unknown keys are errors with a guess; every value remembers where it came from.
/// <list type="number">
/// <item>overrides are parsed, and told apart into group choices and values</item>
/// <item>the defaults tree is walked until the choices that <c>override</c> entries make stand still</item>
/// <item>it is walked once more, depth first, into the list of files</item>
/// <item>the files merge, each under its package</item>
/// <item>value overrides are applied</item>
/// </list>
/// Source: Hydra 1.3, "The Defaults List". Not there yet: interpolation, group packages other than <c>_global_</c> and the group's own, sweeps.
/// </summary>
/// <param name="folder">The folder with the primary file and the group folders.</param>
public sealed class ConfigComposer(string folder)
{
    private const string Self = "_self_", Global = "_global_", PackageHeader = "# @package";

    private readonly Dictionary<string, (string? Option, string From)> _choices = new(StringComparer.Ordinal);

    /// <summary>The composed configuration.</summary>
    /// <param name="name">The primary file without <c>.yaml</c>.</param>
    /// <param name="overrides">As typed.</param>
    /// <exception cref="SakiException">A file or option is missing, a key is unknown, or an override makes no sense.</exception>
    public ConfigMap Compose(string name, IEnumerable<string> overrides)
    {
        // 1. Parse, and tell choices from values.
        var parsed = overrides.Select(ConfigOverride.Parse).ToList();
        var groups = parsed.Where(o => !o.Key.Contains('.', StringComparison.Ordinal) && Directory.Exists(GroupFolder(o.Key))).ToList();
        foreach (var choice in groups)
            _choices[choice.Key] = (choice.Kind == OverrideKind.Delete ? null : Option(choice), choice.Text);

        // 2. Let the override entries settle.
        for (var round = 0; ; round++)
        {
            var before = _choices.Count;
            List(name, "", "", Read(name, null), [], collect: true);
            if (_choices.Count == before) break;
            if (round > 100) throw new SakiException("Composing the configuration", "a defaults list that comes to an end", "one that goes on", $"Look for cycles under {folder}.");
        }

        // 3. The list of files.
        var files = List(name, "", "", Read(name, null), [], collect: false).ToList();
        foreach (var added in groups.Where(g => g.Kind is OverrideKind.Add or OverrideKind.Force && !files.Any(f => f.Group == g.Key)))
            files.AddRange(Chosen(added.Key, added.Key, [], collect: false));
        foreach (var choice in groups.Where(g => g.Kind == OverrideKind.Change && !_listed.Contains(g.Key)))
            throw new SakiException($"Reading the override {choice.Text}", $"a group of the defaults list ({string.Join(", ", _listed.Order(StringComparer.Ordinal))})", $"\"{choice.Key}\"", $"To add it: +{choice.Text}");

        // 4. Merge.
        var result = new ConfigMap(new ConfigOrigin(folder));
        foreach (var file in files) result.Merge(Under(file.Package, file.Content));

        // 5. Values.
        foreach (var value in parsed.Except(groups)) Apply(result, value);
        return result;
    }

    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);

    private readonly record struct ConfigFile(string Group, string Package, ConfigMap Content);

    // Depth first; the file's own content stands where _self_ is, or last.
    private List<ConfigFile> List(string path, string group, string package, (ConfigMap Content, string? Header) file, IReadOnlyList<string> open, bool collect)
    {
        if (open.Contains(path)) throw new SakiException("Composing the configuration", "no cycles in the defaults lists", $"{string.Join(" -> ", open)} -> {path}", "Remove one of the entries.");
        package = file.Header switch { null => package, Global => "", var named => named };
        var files = new List<ConfigFile>();
        var (content, self) = (Without(file.Content, "defaults"), false);
        foreach (var entry in Defaults(file.Content, path))
        {
            if (entry is ConfigScalar { Value: Self })
            {
                files.Add(new ConfigFile(group, package, content));
                self = true;
            }
            else
            {
                files.AddRange(Entry(entry, group, package, [.. open, path], collect));
            }
        }
        if (!self) files.Add(new ConfigFile(group, package, content));
        return files;
    }

    private List<ConfigFile> Entry(ConfigNode entry, string group, string package, IReadOnlyList<string> open, bool collect)
    {
        if (entry is ConfigScalar { Value: string sibling })
        {
            var file = sibling.StartsWith('/') ? sibling[1..] : Join(group, sibling, '/');
            return List(file, group, package, Read(file, entry.Origin.Text), open, collect);
        }
        if (entry is not ConfigMap { Items.Count: 1 } pair || pair.Items.GetAt(0).Value is not ConfigScalar option)
            throw new SakiException($"Reading {entry.Origin}", "group: option, a file name or _self_ in the defaults list", entry.Describe(), "Write - group: option.");
        var words = pair.Items.GetAt(0).Key.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var name = words[^1];
        var chosen = name.StartsWith('/') ? name[1..] : Join(group, name, '/');
        var wanted = option.Value is null ? null : ConfigText.Scalar(option);
        if (words.AsSpan(0, words.Length - 1).Contains("override"))
        {
            if (collect) _choices.TryAdd(chosen, (wanted, entry.Origin.Text));
            return [];
        }
        _listed.Add(chosen);
        var named = name.StartsWith('/') ? chosen.Replace('/', '.') : Join(package, name.Replace('/', '.'), '.');
        if (!_choices.ContainsKey(chosen) && wanted is not null && words.AsSpan(0, words.Length - 1).Contains("optional") && !File.Exists(FilePath($"{chosen}/{wanted}"))) return [];
        return Chosen(chosen, named, open, collect, wanted, entry.Origin.Text);
    }

    private List<ConfigFile> Chosen(string group, string package, IReadOnlyList<string> open, bool collect, string? wanted = null, string? from = null)
    {
        if (_choices.TryGetValue(group, out var choice)) (wanted, from) = (choice.Option, choice.From);
        if (wanted is null or "null") return [];
        if (wanted == "???")
            throw new SakiException("Composing the configuration", $"a choice for {group} ({Options(group)})", "none", $"Add {group}=OPTION.");
        return List($"{group}/{wanted}", group, package, Read($"{group}/{wanted}", from), open, collect);
    }

    private (ConfigMap Content, string? Header) Read(string path, string? from)
    {
        var file = FilePath(path);
        if (path.Contains("..", StringComparison.Ordinal) || path.Contains('\\', StringComparison.Ordinal))
            throw new SakiException("Composing the configuration", "a name inside the configuration folder", $"\"{path}\"", "Remove the dots.");
        if (!File.Exists(file))
        {
            var group = Path.GetDirectoryName(path) ?? "";
            var known = Directory.Exists(GroupFolder(group)) ? Directory.EnumerateFiles(GroupFolder(group), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).ToList() : [];
            throw new SakiException("Composing the configuration", $"an option of {(group.Length == 0 ? folder : group)}", $"\"{Path.GetFileName(path)}\"{(from is null ? "" : $" ({from})")}", DidYouMean.Hint(Path.GetFileName(path), known));
        }
        var header = File.ReadLines(file).TakeWhile(line => line.StartsWith('#') || line.Length == 0).FirstOrDefault(line => line.StartsWith(PackageHeader, StringComparison.Ordinal));
        return (ConfigYaml.ReadFile(file), header?[PackageHeader.Length..].Trim());
    }

    private static IReadOnlyList<ConfigNode> Defaults(ConfigMap file, string path) => file.Items.GetValueOrDefault("defaults") switch
    {
        null => [],
        ConfigList list => list.Items,
        var other => throw new SakiException($"Reading {path}.yaml", "a list under defaults", other.Describe(), "Write one - group: option a line."),
    };

    private static ConfigMap Without(ConfigMap map, string key)
    {
        var copy = new ConfigMap(map.Origin);
        foreach (var (name, value) in map.Items)
            if (name != key) copy.Items[name] = value;
        return copy;
    }

    private static ConfigMap Under(string package, ConfigMap content)
    {
        foreach (var part in package.Split('.', StringSplitOptions.RemoveEmptyEntries).Reverse())
        {
            var outer = new ConfigMap(content.Origin);
            outer.Items[part] = content;
            content = outer;
        }
        return content;
    }

    private static void Apply(ConfigMap config, ConfigOverride change)
    {
        var parts = change.Key.Split('.');
        var at = config;
        for (var i = 0; i < parts.Length - 1; i++)
        {
            if (at.Items.TryGetValue(parts[i], out var next) && next is ConfigMap map) at = map;
            else if (change.Kind is OverrideKind.Add or OverrideKind.Force)
            {
                var made = new ConfigMap(new ConfigOrigin(change.Text));
                at.Items[parts[i]] = made;
                at = made;
            }
            else throw Unknown(change, at, parts, i);
        }
        var (last, there) = (parts[^1], at.Items.ContainsKey(parts[^1]));
        switch (change.Kind)
        {
            case OverrideKind.Delete when there: at.Items.Remove(last); return;
            case OverrideKind.Add when there: throw new SakiException($"Reading the override {change.Text}", $"a new key behind +", $"{change.Key}, which is there", $"To change it: {change.Text[1..]}");
            case OverrideKind.Change or OverrideKind.Delete when !there: throw Unknown(change, at, parts, parts.Length - 1);
        }
        if (change.Value is ConfigMap map2 && there && at.Items[last] is ConfigMap old) old.Merge(map2);
        else at.Items[last] = change.Value!;
    }

    private static SakiException Unknown(ConfigOverride change, ConfigMap at, string[] parts, int index)
    {
        var under = string.Join('.', parts[..index]);
        return new SakiException($"Reading the override {change.Text}", under.Length == 0 ? "a key of the configuration" : $"a key of {under}", $"\"{parts[index]}\"", DidYouMean.Hint(parts[index], [.. at.Items.Keys]));
    }

    private static string? Option(ConfigOverride choice) => choice.Value is ConfigScalar { Value: null } ? null : choice.Value is ConfigScalar scalar
        ? ConfigText.Scalar(scalar)
        : throw new SakiException($"Reading the override {choice.Text}", "one option of the group", choice.Value!.Describe(), $"Write {choice.Key}=OPTION.");

    private string Options(string group) => Directory.Exists(GroupFolder(group)) ? string.Join(", ", Directory.EnumerateFiles(GroupFolder(group), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)) : "none there";

    private string GroupFolder(string group) => Path.Combine(folder, group);

    private string FilePath(string path) => Path.Combine(folder, $"{path}.yaml");

    private static string Join(string a, string b, char by) => a.Length == 0 ? b : $"{a}{by}{b}";
}
