using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>One loaded file: its content without the defaults list, the list, and its package header.</summary>
internal sealed record ConfigFile(string Path, string File, ConfigNode Content, IReadOnlyList<DefaultItem> Defaults, string? PackageHeader);

/// <summary>
/// The files of the configuration folders: <c>group/option.yaml</c>; of two folders with the same file the first counts.
/// Nothing outside the folders is read, also through symbolic links.
/// </summary>
internal sealed partial class ConfigRepository(IReadOnlyList<string> folders)
{
    private readonly Dictionary<string, ConfigFile?> _files = new(StringComparer.Ordinal);

    /// <summary>The folders as named, for messages.</summary>
    public string Folders => string.Join(" or ", folders);

    public bool GroupExists(string group) => IsInside(group) && folders.Any(folder => Directory.Exists(Path.Combine(folder, group)));

    /// <summary>Options of a group in alphabetical order.</summary>
    public IReadOnlyList<string> Options(string group) => !GroupExists(group)
        ? []
        : [.. folders.Select(folder => Path.Combine(folder, group)).Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*.yaml"))
            .Select(file => Path.GetFileNameWithoutExtension(file)).Distinct().Order(StringComparer.Ordinal)];

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
            throw new ConfigException("ConfigCompositionException", $"Reading the option {path}", $"a file inside {Folders}", "a path with .. or \\, or one that leads outside", "Name an option of the group.");
        foreach (var folder in folders)
            if (new FileInfo(Path.Combine(folder, name + ".yaml")) is { Exists: true } file) return Read(folder, name, file);
        return null;
    }

    private static ConfigFile Read(string folder, string name, FileInfo file)
    {
        var root = Path.GetFullPath(folder) + Path.DirectorySeparatorChar;
        if (file.ResolveLinkTarget(returnFinalTarget: true) is { } target && !target.FullName.StartsWith(root, StringComparison.Ordinal))
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
