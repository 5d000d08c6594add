using System.Text.RegularExpressions;

namespace Saki.Configuration;

/// <summary>One file of the final list, in the order of merging.</summary>
/// <param name="Path">The file, without .yaml.</param>
/// <param name="Package">Where its content goes; empty for the root.</param>
/// <param name="IsSelf">True when it stands where <c>_self_</c> stood in its own list.</param>
/// <param name="Parent">The file whose list named it; empty for the primary file.</param>
public sealed record ConfigSource(string Path, string Package, bool IsSelf, string Parent);

/// <summary>
/// Expands the defaults tree as Hydra does: 1 the file's own overrides are noted (the first to name a key wins: command line, then parents, then later
/// siblings), 2 its items are walked from the last to the first, chosen options loaded and expanded, 3 options that name other choices (<c>${model}</c>)
/// come last, 4 the tree is read off from first to last.
/// </summary>
internal sealed partial class DefaultsList(ConfigRepository repository, GroupChoices choices)
{
    private const int Deepest = 100;

    public sealed record Tree(DefaultItem Item, List<Tree>? Children);

    public Tree Expand(string primary, IEnumerable<DefaultItem> appended)
    {
        var root = new DefaultItem { File = primary };
        root.Attach("", "");
        return Expand(root, null, [.. appended], inInterpolation: false, 0)!;
    }

    private Tree Expand(DefaultItem node, DefaultItem? parent, DefaultItem[]? appended, bool inInterpolation, int depth)
    {
        var leaf = new Tree(node, null);
        var isRoot = appended is not null;
        if (depth > Deepest) throw Fail("RecursionError", $"Composing {node.ConfigPath}", "a tree of at most 100 levels", "a file that includes itself", "Take one of the two out of the defaults lists.");
        if (node.Group is not null && choices.TryDelete(node)) return new Tree(node with { Option = null }, null);
        if (node.Group is not null) choices.Note(node);
        if (node.Name is null) return leaf;
        if (node.Name == "???" || (node.Group is not null && node.Option == "???")) throw MustChoose(node);
        var file = repository.Load(node.ConfigPath);
        if (file is null)
        {
            if (node.Optional) return new Tree(node with { Option = null, Group = node.Group ?? node.GroupPath }, null);
            throw NotFound(node, parent);
        }
        node.SetHeader(file.PackageHeader);
        var items = file.Defaults.Select(item => item with { }).ToList();
        if (items.Count == 0 && (appended is null or [])) return leaf;
        AddSelf(items, file, appended is { Length: > 0 });
        if (isRoot) items.AddRange(appended!);
        NoteOverrides(items, node, inInterpolation);
        var children = Children(items, node, inInterpolation, depth);
        return new Tree(node, children.Count > 0 ? children : null);
    }

    // A list of nothing but overrides stays without _self_: its file is a leaf and merges at its place all the same.
    private static void AddSelf(List<DefaultItem> items, ConfigFile file, bool isAppended)
    {
        var selfs = items.Count(item => item.IsSelf);
        if (selfs > 1) throw Fail("ConfigCompositionException", $"Composing {file.Path}", "_self_ once", $"{selfs} times", "Keep one.");
        if (selfs == 0 && (isAppended || items.Exists(item => !item.Override))) items.Add(new DefaultItem { File = DefaultItem.Self });
    }

    private void NoteOverrides(List<DefaultItem> items, DefaultItem node, bool inInterpolation)
    {
        DefaultItem? last = null;
        foreach (var item in items.Where(item => !item.IsSelf))
        {
            item.Attach(node.GroupPath, node.FinalPackage);
            if (last is not null && !item.Override && !item.External)
                throw Fail("ConfigCompositionException", $"Composing {node.ConfigPath}", "overrides at the end of the defaults list", $"{last} before {item}", "Move the overrides to the end.");
            if (!item.Override) continue;
            if (inInterpolation) throw Fail("ConfigCompositionException", $"Composing {node.ConfigPath}", "no override below an option that is named by ${…}", $"override {item}", "Choose the option by its name.");
            last = item;
            choices.Override(item, node.ConfigPath);
        }
    }

    private List<Tree> Children(List<DefaultItem> items, DefaultItem node, bool inInterpolation, int depth)
    {
        var children = new List<(Tree Tree, bool Open)>();
        foreach (var item in Enumerable.Reverse(items))
        {
            if (item.IsSelf)
            {
                children.Add((new Tree(item, null), false));
                continue;
            }
            if (item.Override) continue;
            choices.Apply(item);
            if (item.Options is { } options)
                foreach (var option in options.Reverse())
                    children.Add((Expand(OneOf(item, option, node), node, null, inInterpolation, depth + 1), false));
            else if (item.IsInterpolation) children.Add((new Tree(item, null), true));
            else children.Add((Expand(item, node, null, inInterpolation, depth + 1), false));
        }
        for (var i = 0; i < children.Count; i++)
        {
            if (!children[i].Open) continue;
            var item = children[i].Tree.Item;
            var chosen = item.Group is null ? item with { File = Resolve(item.File!) } : item with { Option = Resolve(item.Option!) };
            chosen.Attach(node.GroupPath, node.FinalPackage);
            children[i] = (Expand(chosen, node, null, inInterpolation: true, depth + 1), false);
        }
        children.Reverse();
        return children.ConvertAll(child => child.Tree);
    }

    private static DefaultItem OneOf(DefaultItem group, ConfigNode option, DefaultItem node)
    {
        if (option is not ConfigScalar { Value: string name })
            throw Fail("TypeError", $"Choosing {group.Group}", "a list of options", "a list inside the list", "Name the options in one list.");
        if (name.Contains("${", StringComparison.Ordinal)) throw Fail("ConfigCompositionException", $"Choosing {group.Group}", "names of options", name, "Interpolation does not work inside a list of options.");
        var item = new DefaultItem { File = $"{group.Group}/{name}", Package = group.Package, Optional = group.Optional };
        item.Attach(node.GroupPath, node.FinalPackage);
        return item;
    }

    private string Resolve(string option) => Reference().Replace(option, match =>
    {
        var key = match.Groups[1].Value;
        return choices.Known.TryGetValue(key, out var name) && name is not null ? name
            : throw Fail("ConfigCompositionException", $"Resolving {option} in a defaults list", $"one of {string.Join(", ", choices.Known.Keys)}", key, "Only other choices can be named here.");
    });

    /// <summary>The files in the order of merging.</summary>
    public static List<ConfigSource> Flatten(Tree tree)
    {
        var sources = new List<ConfigSource>();
        Walk(tree, null, null, sources);
        return sources;
    }

    private static void Walk(Tree tree, DefaultItem? parent, DefaultItem? grandparent, List<ConfigSource> sources)
    {
        if (tree.Children is { } children)
            foreach (var child in children) Walk(child, tree.Item, parent, sources);
        else if (tree.Item.IsSelf) sources.Add(new ConfigSource(parent!.ConfigPath, parent.FinalPackage, true, grandparent?.ConfigPath ?? ""));
        else if (tree.Item.Name is not null) sources.Add(new ConfigSource(tree.Item.ConfigPath, tree.Item.FinalPackage, false, parent?.ConfigPath ?? ""));
    }

    private ConfigException MustChoose(DefaultItem node) => Fail("ConfigCompositionException", $"Composing {node.GroupPath}", $"a choice: {node.OverrideKey}=<OPTION>",
        "none", $"Options: {string.Join(", ", repository.Options(node.GroupPath))}.");

    private ConfigException NotFound(DefaultItem node, DefaultItem? parent)
    {
        if (parent is null) return Fail("MissingConfigException", "Composing", $"the primary configuration {node.ConfigPath}.yaml in {repository.Folders}", "no such file", "Name another with --config-name, or another folder with --config-dir.");
        var options = repository.Options(node.GroupPath);
        return Fail("MissingConfigException", $"Composing {parent.ConfigPath}", $"{node.ConfigPath}.yaml in {repository.Folders}", "no such file",
            options.Count > 0 ? DidYouMean.Hint(node.Name!, options) : "Correct the name.");
    }

    private static ConfigException Fail(string kind, string operation, string expected, string got, string? next = null) => new(kind, operation, expected, got, next);

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Reference();
}
