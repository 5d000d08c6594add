using System.Text;

namespace Saki.Configuration;

/// <summary>How a configuration came about, in the layout of Hydra's <c>--info</c>; and what Hydra has not, the place behind every value.</summary>
public static class ConfigReport
{
    /// <summary>The files in the order of merging: <c>--info defaults</c>.</summary>
    public static string Defaults(ComposedConfig composed)
    {
        var text = Head("Defaults List");
        string[] names = ["Config path", "Package", "_self_", "Parent"];
        Table(text, names, "| {0} | {1} | {2} | {3} | ", [.. composed.Sources.Select(source => (string[])[source.Path, source.Package, source.IsSelf ? "True" : "False", source.Parent.Length == 0 ? Root : source.Parent])]);
        return text.ToString();
    }

    /// <summary>Which file named which: <c>--info defaults-tree</c>.</summary>
    public static string DefaultsTree(ComposedConfig composed)
    {
        var text = Head("Defaults Tree").Append(Root).Append(":\n");
        Branch(composed.Tree, 1, text);
        return text.ToString();
    }

    /// <summary>The folders in which files are looked for: <c>--info searchpath</c>.</summary>
    public static string SearchPath(ComposedConfig composed)
    {
        var text = Head("Config search path");
        Table(text, ["Provider", "Search path"], "| {0} | {1} |", [.. composed.Folders.Select((folder, i) => (string[])[HydraSettings.ProviderOf(i), $"file://{Path.GetFullPath(folder)}"])]);
        return text.ToString();
    }

    /// <summary>All of the above and the values: <c>--info config</c>.</summary>
    public static string Config(ComposedConfig composed) =>
        $"{SearchPath(composed)}{DefaultsTree(composed)}{Defaults(composed)}Config\n******\n{ConfigYamlWriter.Write(composed.Root)}\n";

    /// <summary>Every value with the file and line, or the override, that gave it: <c>--info provenance</c>.</summary>
    /// <param name="root">The composed values, resolved or not.</param>
    public static string Provenance(ConfigMap root)
    {
        var text = new StringBuilder();
        foreach (var (path, value) in root.Leaves()) text.Append($"{path} = {ConfigJsonWriter.Write(value)}  # {value.Origin}\n");
        return text.ToString();
    }

    private const string Root = "<root>";

    private static void Branch(DefaultsList.Tree tree, int depth, StringBuilder text)
    {
        var item = tree.Item;
        var name = item.Group is null ? (item.IsSelf ? item.File! : item.ConfigPath) : $"{item.OverrideKey}: {item.Option ?? "null"}";
        text.Append(' ', depth * 2).Append(name).Append(tree.Children is null ? "\n" : ":\n");
        foreach (var child in tree.Children ?? []) Branch(child, depth + 1, text);
    }

    private static StringBuilder Head(string title) => new StringBuilder("\n").Append(title).Append('\n').Append('*', title.Length).Append('\n');

    private static void Table(StringBuilder text, string[] names, string head, IReadOnlyList<string[]> rows)
    {
        var widths = names.Select((name, column) => rows.Select(row => row[column].Length).Append(name.Length).Max()).ToArray();
        string Line(string form, string[] row) => string.Format(null, form, [.. row.Select((cell, column) => cell.PadRight(widths[column]))]);
        var first = Line(head, names);
        text.Append(first).Append('\n').Append('-', first.Length).Append('\n');
        foreach (var row in rows) text.Append(Line(head.TrimEnd(), row)).Append('\n');
        text.Append('-', first.Length).Append('\n');
    }
}
