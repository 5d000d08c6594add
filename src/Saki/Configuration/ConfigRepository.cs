using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>One loaded file: its content without the defaults list, the list, and its package header.</summary>
internal sealed record ConfigFile(string Path, string File, ConfigNode Content, IReadOnlyList<DefaultItem> Defaults, string? PackageHeader);

/// <summary>The files of one configuration folder: <c>group/option.yaml</c>. Nothing outside the folder is read, also through symbolic links.</summary>
internal sealed partial class ConfigRepository(string folder)
{
    private readonly string _root = Path.GetFullPath(folder);
    private readonly Dictionary<string, ConfigFile?> _files = new(StringComparer.Ordinal);

    public string Folder => folder;

    public bool GroupExists(string group) => IsInside(group) && Directory.Exists(Path.Combine(_root, group));

    /// <summary>Options of a group in alphabetical order.</summary>
    public IReadOnlyList<string> Options(string group) => !GroupExists(group)
        ? []
        : [.. Directory.EnumerateFiles(Path.Combine(_root, group), "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>The file of a path such as <c>model/resnet</c>; null when there is none.</summary>
    /// <exception cref="ConfigException">It cannot be read.</exception>
    public ConfigFile? Load(string path)
    {
        if (_files.TryGetValue(path, out var known)) return known;
        return _files[path] = Read(path);
    }

    private ConfigFile? Read(string path)
    {
        var name = path.EndsWith(".yaml", StringComparison.Ordinal) ? path[..^5] : path;
        if (name.EndsWith('/') || name.Length == 0) return null;
        if (!IsInside(name))
            throw new ConfigException("ConfigCompositionException", $"Reading the option {path}", $"a file inside {folder}", "a path with .. or \\, or one that leads outside", "Name an option of the group.");
        var file = new FileInfo(Path.Combine(_root, name + ".yaml"));
        if (!file.Exists) return null;
        if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target && !target.FullName.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ConfigException("ConfigCompositionException", $"Reading {name}.yaml", $"a file inside {folder}", "a link that leads outside", "Copy the file into the folder.");
        if (file.Length > ConfigYaml.MostCharacters * 4L)
            throw new ConfigException("ParserError", $"Reading {name}.yaml", $"at most {ConfigYaml.MostCharacters:N0} characters", $"{file.Length:N0} bytes");
        var text = File.ReadAllText(file.FullName);
        var shown = Path.Combine(folder, name + ".yaml");
        var content = ConfigYaml.Parse(text, shown);
        var defaults = (content as ConfigMap)?["defaults"];
        if (defaults is not null) ((ConfigMap)content).Entries.Remove("defaults");
        return new ConfigFile(name, shown, content, defaults is null ? [] : DefaultItem.ReadList(defaults, name), Header(text));
    }

    private static bool IsInside(string path) =>
        !path.Contains('\\') && !path.StartsWith('/') && !path.Split('/').Contains("..") && !path.Contains('\0');

    // "# @package a.b" in the first lines, before anything else; the last one counts.
    private static string? Header(string text)
    {
        string? header = null;
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            if (trimmed.Length == 0) continue;
            if (PackageLine().Match(trimmed) is not { Success: true } match) break;
            header = match.Groups[1].Value;
        }
        return header;
    }

    [GeneratedRegex(@"^#\s*@package\s+(\S+)\s*$")]
    private static partial Regex PackageLine();
}
