namespace Saki.Configuration;

/// <summary>
/// An item of a defaults list: <c>_self_</c>, a file (<see cref="Group"/> null, <see cref="File"/> set), or a choice in a group
/// (<see cref="Option"/>, or <see cref="Options"/> for a list). Packages follow Hydra: @package of the item (relative to the parent's package),
/// else the header of the chosen file (absolute), else the group's path with dots.
/// </summary>
internal sealed record DefaultItem
{
    public const string Self = "_self_";

    public string? File { get; init; }
    public string? Group { get; init; }
    public string? Option { get; set; }
    public IReadOnlyList<ConfigNode>? Options { get; set; }
    public string? Package { get; set; }
    public bool Optional { get; init; }
    public bool Override { get; init; }
    public bool External { get; init; }

    /// <summary>Known once the item hangs in the tree.</summary>
    public string ParentGroup { get; private set; } = "";
    public string ParentPackage { get; private set; } = "";
    public string? PackageHeader { get; private set; }

    public bool IsSelf => File == Self;
    public bool IsInterpolation => (Option ?? File)?.Contains("${", StringComparison.Ordinal) == true;

    private bool IsAbsolute => (Group ?? File)!.StartsWith('/');

    private string RelativeGroup
    {
        get
        {
            var path = (Group ?? File)!.TrimStart('/');
            if (Group is not null) return path;
            var slash = path.LastIndexOf('/');
            return slash < 0 ? "" : path[..slash];
        }
    }

    /// <summary>The group it belongs to, from the root.</summary>
    public string GroupPath => IsAbsolute ? RelativeGroup : Join(ParentGroup, RelativeGroup);

    /// <summary>Last part of the file's path; null for a group without choice.</summary>
    public string? Name => Group is not null ? Option : File![(File!.LastIndexOf('/') + 1)..];

    /// <summary>The file, from the root.</summary>
    public string ConfigPath => Join(GroupPath, Name!);

    /// <summary>Where its content goes; empty for the root.</summary>
    public string FinalPackage => Final(Package ?? PackageHeader);

    /// <summary>How an override names it: the group, with @package where that is not the default.</summary>
    public string OverrideKey
    {
        get
        {
            var package = Final(Package);
            if (package == GroupPath.Replace('/', '.')) return GroupPath;
            return $"{GroupPath}@{(package.Length == 0 ? "_global_" : package)}";
        }
    }

    private string Final(string? package)
    {
        package ??= RelativeGroup.Replace('/', '.');
        var full = ParentPackage.Length == 0 ? package : package.Length == 0 ? ParentPackage : $"{ParentPackage}.{package}";
        var global = full.LastIndexOf("_global_", StringComparison.Ordinal);
        return global < 0 ? full : full[(global + "_global_".Length)..].TrimStart('.');
    }

    public void Attach(string group, string package)
    {
        (ParentGroup, ParentPackage) = (group, package);
        if (Package == "_here_") Package = "";
        if (Package?.Contains("_group_", StringComparison.Ordinal) == true)
            Package = $"_global_.{Package.Replace("_group_", GroupPath.Replace('/', '.'), StringComparison.Ordinal)}";
    }

    public void SetHeader(string? header)
    {
        if (header is null) return;
        PackageHeader = header.StartsWith("_global_", StringComparison.Ordinal) ? header : $"_global_.{header}";
    }

    public override string ToString()
    {
        var package = Package is null ? "" : $"@{Package}";
        return Group is null ? $"{File}{package}" : $"{Group.TrimStart('/')}{package}: {Option}";
    }

    private static string Join(string left, string right) => left.Length == 0 ? right : right.Length == 0 ? left : $"{left}/{right}";

    public static IReadOnlyList<DefaultItem> ReadList(ConfigNode node, string file)
    {
        if (node is not ConfigList list)
            throw new ConfigException("ValueError", $"Reading the defaults list of {file}", "a list", node is ConfigMap ? "a map" : $"\"{node}\"", "Begin each item with \"- \".");
        return [.. list.Items.Select(item => ReadItem(item, file))];
    }

    private static DefaultItem ReadItem(ConfigNode node, string file)
    {
        var operation = $"Reading the defaults list of {file} ({node.Origin})";
        if (node is ConfigScalar { Value: string path })
        {
            var (name, package) = Split(path);
            return new DefaultItem { File = name, Package = package };
        }
        if (node is not ConfigMap { Entries.Count: 1 } map)
            throw new ConfigException("ValueError", operation, "\"group: option\" or a file's name", node is ConfigMap many ? $"{many.Entries.Count} keys in one item" : $"\"{node}\"", "Write one item a line.");
        var (key, value) = map.Entries.First();
        var (words, groupPackage) = Split(key.ToString());
        var parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in parts.SkipLast(1))
            if (word is not ("optional" or "override"))
                throw new ConfigException("ValueError", operation, "optional or override before the group", $"\"{word}\"", DidYouMean.Hint(word, ["optional", "override"]));
        var item = new DefaultItem { Group = parts.LastOrDefault() ?? "", Package = groupPackage, Optional = parts.SkipLast(1).Contains("optional"), Override = parts.SkipLast(1).Contains("override") };
        return value switch
        {
            ConfigScalar { Value: null } => item,
            ConfigScalar { Value: string option } => item with { Option = option },
            ConfigList options when options.Items.TrueForAll(option => option is ConfigScalar { Value: string }) => item with { Options = options.Items },
            _ => throw new ConfigException("ValueError", operation, "an option's name, a list of names, or null", value is ConfigScalar scalar ? $"{scalar}" : "something else", "Quote a name that YAML takes for a number or boolean."),
        };
    }

    private static (string Path, string? Package) Split(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
