using Saki.Datasets;

namespace Saki.Labelling.LabelStudio;

/// <summary>The pictures of a folder with the labels of a Label Studio file: what most annotators say; pictures without a majority are told as left out.</summary>
public sealed class LabelStudioReader : IDatasetReader
{
    private readonly string _folder;
    private readonly SortedDictionary<string, string?> _labels = new(DatasetDigest.PathOrder);
    private readonly Dictionary<string, int> _numbers;

    /// <param name="file">Any format of <see cref="LabelFile"/>.</param>
    /// <param name="folder">Where the pictures lie; found by the path at the end of their address.</param>
    /// <param name="config">The project's labelling config; null where the names are the usual ones.</param>
    /// <exception cref="SakiException">The file cannot be read, or has fewer than two classes.</exception>
    public LabelStudioReader(string file, string folder, LabelConfig? config)
    {
        (Source, _folder) = (Path.GetFullPath(file), Path.GetFullPath(folder));
        using var stream = File.OpenRead(file);
        foreach (var (any, consensus) in ImportedLabel.Agree(new LabelFile(config).Read(stream, Path.GetFileName(file))).Values)
            _labels[Locate(any)] = consensus.Label;
        Classes = ClassNames.Sorted(Path.GetFileName(file), _labels.Values.OfType<string>());
        _numbers = Classes.Select((name, label) => (name, label)).ToDictionary(x => x.name, x => x.label, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Format => "label-studio";

    /// <inheritdoc/>
    public string Source { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => _labels.Count;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var buffer = new byte[1 << 16];
        foreach (var (path, label) in _labels)
        {
            if (label is null)
            {
                yield return new SourceImage(path, 0, Split.Train, default, "no label that most annotators gave");
                continue;
            }
            var problem = ImageFile.Load(Path.Combine(_folder, path), ref buffer, out var length);
            yield return new SourceImage(path, _numbers[label], Split.Train, buffer.AsMemory(0, length), problem);
        }
    }

    // The longest end of the address that is a file of the folder; the address itself where none is, to be told as left out.
    private string Locate(ImportedLabel label)
    {
        var parts = Parts(label.Path ?? label.Image);
        for (var from = 0; from < parts.Length; from++)
        {
            var path = string.Join('/', parts[from..]);
            if (File.Exists(Path.Combine(_folder, path))) return path;
        }
        return parts.Length == 0 ? "unnamed" : string.Join('/', parts);
    }

    private static string[] Parts(string address)
    {
        // Files of the server's own disk: /data/local-files/?d=birds/1.png
        var local = address.IndexOf("?d=", StringComparison.Ordinal);
        var path = local >= 0 ? address[(local + 3)..] : address.Split('?', '#')[0];
        if (path.IndexOf("://", StringComparison.Ordinal) is >= 0 and var scheme) path = path[(scheme + 3)..];
        return [.. Uri.UnescapeDataString(path).Split('/', '\\').Where(part => part.Length > 0 && part is not ("." or "..") && !part.Any(char.IsControl) && !Path.IsPathRooted(part))];
    }
}
