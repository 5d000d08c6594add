namespace Saki.Datasets;

/// <summary>A class folder.</summary>
/// <param name="Folder">Relative to the root, with <c>/</c>.</param>
/// <param name="Label">Its class.</param>
/// <param name="Split">From the folder above it; train where there is none.</param>
internal sealed record ClassFolder(string Folder, int Label, Split Split);

/// <summary>The rule for image folders, on disk and in archives: a folder per class, or train, val and test (in any spelling) with a folder per class in each.</summary>
/// <param name="Classes">Names of the class folders in ordinal order.</param>
/// <param name="Folders">In the order in which they were listed.</param>
internal sealed record ClassLayout(IReadOnlyList<string> Classes, IReadOnlyList<ClassFolder> Folders)
{
    /// <param name="source">For messages.</param>
    /// <param name="top">Folders at the top.</param>
    /// <param name="below">Folders in one of them.</param>
    /// <param name="none">What to throw when there are no class folders under these (nothing for the top).</param>
    /// <exception cref="SakiException">It is no such layout.</exception>
    public static ClassLayout Of(string source, IReadOnlyList<string> top, Func<string, IEnumerable<string>> below, Func<string[], SakiException> none)
    {
        var splits = top.Where(folder => SplitNames.Spelled(folder) is not null).ToArray();
        if (top.Count == 0) throw none([]);
        if (splits.Length > 0 && splits.Length < top.Count)
        {
            throw new SakiException($"Reading {source}", "class folders, or only split folders (train, val, test) with class folders in them",
                $"{splits[0]} beside {top.Except(splits).First()}", "Move the class folders into the split folders.");
        }
        (string Folder, string Class, Split Split)[] found = splits.Length == 0
            ? [.. top.Select(folder => (folder, folder, Split.Train))]
            : [.. splits.SelectMany(split => below(split).Select(folder => ($"{split}/{folder}", folder, SplitNames.Spelled(split)!.Value)))];
        if (found.Length == 0) throw none(splits);
        var classes = ClassNames.Sorted(source, found.Select(folder => folder.Class));
        var labels = classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
        return new ClassLayout(classes, [.. found.Select(folder => new ClassFolder(folder.Folder, labels[folder.Class], folder.Split))]);
    }
}

/// <summary>The rule for class names that come from folders and tables.</summary>
internal static class ClassNames
{
    private const int LongestName = 255;

    /// <summary>The different names in ordinal order.</summary>
    /// <exception cref="SakiException">Fewer than two; two that differ by case only; one that is empty, too long or has control characters.</exception>
    public static string[] Sorted(string source, IEnumerable<string> names)
    {
        string[] classes = [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (classes.FirstOrDefault(name => name.Length is 0 or > LongestName || name.Any(char.IsControl)) is { } odd)
            throw Wrong(source, "class names of 1 to 255 characters without control characters", $"\"{DatasetName.Printable(odd)}\"", "Rename the class.");
        if (classes.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } pair)
            throw Wrong(source, "class names that differ by more than case", string.Join(" and ", pair), "Give the class one spelling.");
        return classes.Length > 1 ? classes : throw Wrong(source, "two or more classes", classes.Length == 0 ? "none" : $"one ({classes[0]})", "Name the folder above the class folders, or add a class.");
    }

    private static SakiException Wrong(string source, string expected, string got, string next) => new($"Reading {source}", expected, got, next);
}
