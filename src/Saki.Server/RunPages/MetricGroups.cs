namespace Saki.Server.RunPages;

/// <summary>Metrics that belong on one chart: the same measure on several splits.</summary>
/// <param name="Title">The measure, e.g. <c>loss</c>; the whole key when it stands alone.</param>
/// <param name="Lines">The split (or the key) and the key it was logged under; held-out data first.</param>
public sealed record MetricGroup(string Title, IReadOnlyList<(string Name, string Key)> Lines)
{
    private static readonly (string Prefix, string Name)[] Splits =
        [("validation", "validation"), ("valid", "validation"), ("val", "validation"), ("test", "test"), ("eval", "evaluation"), ("training", "train"), ("train", "train")];

    /// <summary>Groups keys by measure, the telling ones first.</summary>
    internal static IReadOnlyList<MetricGroup> Of(IEnumerable<string> keys) =>
        [.. keys.GroupBy(Measure, StringComparer.Ordinal).Select(Group).OrderBy(group => RunColumnReader.Rank(group.Lines[0].Key)).ThenBy(group => group.Title, StringComparer.Ordinal)];

    private static MetricGroup Group(IGrouping<string, string> keys)
    {
        var lines = keys.Select(key => (Name: Split(key) ?? key, Key: key)).OrderBy(line => Array.FindIndex(Splits, split => split.Name == line.Name)).ToList();
        return lines.Count == 1 ? new MetricGroup(lines[0].Key, [(lines[0].Key, lines[0].Key)]) : new MetricGroup(keys.Key, lines);
    }

    private static string? Split(string key) => Splits.FirstOrDefault(split => Measure(key, split.Prefix) is not null).Name;

    private static string Measure(string key) => Splits.Select(split => Measure(key, split.Prefix)).FirstOrDefault(measure => measure is not null) ?? key;

    private static string? Measure(string key, string split) =>
        key.Length > split.Length + 1 && key.StartsWith(split, StringComparison.OrdinalIgnoreCase) && key[split.Length] is '_' or '/' or '.' or '-' ? key[(split.Length + 1)..] : null;
}
