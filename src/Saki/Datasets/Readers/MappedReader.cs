using Saki.Pipelines;

namespace Saki.Datasets;

/// <summary>
/// Another source with its classes renamed and put together, by a YAML file: each key a class, in label order, and under it the source's class or a list of them.
/// <code>
/// happy: [happy, smiling]
/// sad: [sad, crying]
/// neutral: neutral
/// </code>
/// </summary>
public sealed class MappedReader : IDatasetReader
{
    private const int MostBytes = 1 << 20;

    private readonly IDatasetReader _source;
    private readonly int[] _labels;

    /// <param name="source">The source to rename.</param>
    /// <param name="file">The YAML file; every class of the source must stand in it exactly once, and nothing else.</param>
    /// <exception cref="SakiException">The file is no such YAML, or it and the source disagree.</exception>
    public MappedReader(IDatasetReader source, string file)
    {
        _source = source;
        var operation = $"Reading {Path.GetFileName(file)}";
        var mapping = Parse(file, operation);
        Classes = [.. mapping.Select(entry => entry.Class)];
        ClassNames.Sorted(Path.GetFileName(file), Classes);
        var targets = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var label = 0; label < mapping.Count; label++)
            foreach (var from in mapping[label].From)
                if (!targets.TryAdd(from, label)) throw new SakiException(operation, "each class of the source once", $"\"{from}\" in {Classes[targets[from]]} and {Classes[label]}", "Decide for one.");
        CheckAgreement(operation, source, targets);
        _labels = [.. source.Classes.Select(name => targets[name])];
    }

    /// <inheritdoc/>
    public string Format => _source.Format;

    /// <inheritdoc/>
    public string Source => _source.Source;

    /// <summary>The keys of the mapping in their order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => _source.ExpectedCount;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read() => _source.Read().Select(image => image with { Label = _labels[image.Label] });

    private static void CheckAgreement(string operation, IDatasetReader source, Dictionary<string, int> targets)
    {
        var known = source.Classes.ToHashSet(StringComparer.Ordinal);
        if (targets.Keys.FirstOrDefault(name => !known.Contains(name)) is { } stranger)
            throw new SakiException(operation, $"classes that {source.Source} has", $"\"{stranger}\"", DidYouMean.Hint(stranger, known));
        var missing = source.Classes.Where(name => !targets.ContainsKey(name)).ToArray();
        if (missing.Length > 0)
            throw new SakiException(operation, "every class of the source", $"nothing for {string.Join(", ", missing)}", "Put each under a class, or remove it from the source.");
    }

    private static List<(string Class, string[] From)> Parse(string file, string operation)
    {
        if (!File.Exists(file)) throw new SakiException(operation, "a YAML file", $"nothing at {file}", "Check the path.");
        if (new FileInfo(file).Length > MostBytes) throw new SakiException(operation, $"at most {MostBytes} bytes", "more");
        if (YamlTree.Parse(File.ReadAllText(file), operation) is not YamlMap map) throw Wrong(operation, 1);
        return [.. map.Entries.Select(entry => (entry.Key.Text, entry.Value switch
        {
            YamlScalar one => new[] { one.Text },
            YamlList { Items.Count: > 0 } several => [.. several.Items.Select(item => item is YamlScalar name ? name.Text : throw Wrong(operation, item.Line))],
            _ => throw Wrong(operation, entry.Value.Line),
        }))];
    }

    private static SakiException Wrong(string operation, int line) => new(operation, "a class and the folders that belong to it, as in happy: [happy, smiling]", $"something else in line {line}", "Correct the line.");
}
