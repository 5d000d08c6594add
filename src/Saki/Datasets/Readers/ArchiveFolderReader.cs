namespace Saki.Datasets;

/// <summary>
/// A zip or tar (plain, gzip, bzip2) of an image folder: the layout of <see cref="ImageFolderReader"/>, also when a single folder stands above it all.
/// The names are read through once before the images, so a tar is decompressed twice.
/// </summary>
public sealed class ArchiveFolderReader : IDatasetReader
{
    private readonly string _path;
    private readonly string _name;
    private readonly string _above;
    private readonly Dictionary<string, ClassFolder> _folders;
    private readonly long _images;

    /// <param name="path">The archive; its names are read at once.</param>
    /// <exception cref="SakiException">It holds what it should not, or no image folder.</exception>
    public ArchiveFolderReader(string path)
    {
        _path = Path.GetFullPath(path);
        _name = Path.GetFileName(path);
        var folders = new HashSet<string>(StringComparer.Ordinal);
        var loose = 0;
        foreach (var entry in Archive.Read(_path))
        {
            if (IsLitter(entry.Name)) continue;
            _images++;
            if (Path.GetDirectoryName(entry.Name) is { Length: > 0 } folder) folders.Add(folder);
            else if (ImageFile.Looks(entry.Name)) loose++;
        }
        var listed = folders.Select(folder => folder.Split('/')).ToArray();
        var depth = Wrapping(listed, loose);
        _above = depth == 0 ? "" : string.Join('/', listed[0].Take(depth)) + "/";
        var tree = listed.Where(parts => parts.Length > depth).Select(parts => parts[depth..]).ToArray();
        string[] Names(IEnumerable<string> names) => [.. names.Distinct(StringComparer.Ordinal).Order(DatasetDigest.PathOrder)];
        var layout = ClassLayout.Of(_name, Names(tree.Select(parts => parts[0])), split => Names(tree.Where(parts => parts.Length > 1 && parts[0] == split).Select(parts => parts[1])), _ => None(loose));
        Classes = layout.Classes;
        _folders = layout.Folders.ToDictionary(folder => folder.Folder, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public string Format => "archive";

    /// <inheritdoc/>
    public string Source => _path;

    /// <summary>The names of the class folders, in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => _images;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var buffer = new byte[1 << 16];
        foreach (var entry in Archive.Read(_path))
        {
            if (IsLitter(entry.Name) || !entry.Name.StartsWith(_above, StringComparison.Ordinal)) continue;
            var path = entry.Name[_above.Length..];
            if (FolderOf(path) is not { } folder) continue; // a README beside the class folders
            var problem = ImageFile.Load(entry, ref buffer, out var length);
            yield return new SourceImage(path, folder.Label, folder.Split, buffer.AsMemory(0, length), problem);
        }
    }

    private ClassFolder? FolderOf(string path)
    {
        var first = path.IndexOf('/', StringComparison.Ordinal);
        if (first < 0) return null;
        if (_folders.TryGetValue(path[..first], out var folder)) return folder;
        var second = path.IndexOf('/', first + 1);
        return second < 0 ? null : _folders.GetValueOrDefault(path[..second]);
    }

    // How many folders stand above the layout: one that holds everything and whose name is no split's is a wrapping.
    private static int Wrapping(string[][] folders, int loose)
    {
        for (var depth = 0; ; depth++)
        {
            var names = folders.Where(parts => parts.Length > depth).Select(parts => parts[depth]).Distinct(StringComparer.Ordinal).Take(2).ToArray();
            var deeper = folders.Any(parts => parts.Length > depth + 1);
            if (names.Length != 1 || !deeper || SplitNames.Spelled(names[0]) is not null || (depth == 0 && loose > 0)) return depth;
        }
    }

    private static bool IsLitter(string name) => name.Split('/').Any(ImageFile.IsLitter);

    private SakiException None(int loose) => new($"Reading {_name}", "a class folder per label", loose > 0 ? $"{loose:n0} image{(loose == 1 ? "" : "s")} without a folder" : "no folders",
        "Put each image in a folder named after its class.");
}
