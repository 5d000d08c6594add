namespace Saki.Datasets;

/// <summary>
/// One folder per class, named after it; train, val and test folders (in any of their spellings) may stand above. Images may lie in deeper
/// folders of their class. Dot files are ignored and links are not followed. Classes and images come in ordinal order of their names.
/// </summary>
public sealed class ImageFolderReader : IDatasetReader
{
    private const int DeepestFolder = 16;
    private const long MostFileBytes = 256 << 20;

    private static readonly HashSet<string> ImageEndings = new(StringComparer.OrdinalIgnoreCase)
        { ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif", ".pgm", ".ppm", ".pnm" };

    private readonly string _root;

    // Class folders in reading order: (path relative to the root, label, split).
    private readonly List<(string Folder, int Label, Split Split)> _folders = [];

    /// <param name="root">The folder above the class folders; its first two levels are listed at once.</param>
    /// <exception cref="SakiException">The folder has no such layout, or a class folder is empty.</exception>
    public ImageFolderReader(string root)
    {
        _root = Path.GetFullPath(root);
        var top = Folders("");
        var splits = top.Where(folder => SplitNames.Spelled(folder) is not null).ToArray();
        if (top.Length == 0) throw NoFolders();
        if (splits.Length > 0 && splits.Length < top.Length)
        {
            throw Wrong("class folders, or only split folders (train, val, test) with class folders in them",
                $"{splits[0]} beside {top.Except(splits).First()}", "Move the class folders into the split folders.");
        }
        var found = splits.Length == 0
            ? [.. top.Select(folder => (Folder: folder, Class: folder, Split: Split.Train))]
            : splits.SelectMany(split => Folders(split).Select(folder => (Folder: $"{split}/{folder}", Class: folder, Split: SplitNames.Spelled(split)!.Value))).ToArray();
        if (found.Length == 0) throw NoFolders(splits);
        Classes = [.. found.Select(x => x.Class).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        CheckClasses();
        foreach (var (folder, name, split) in found) _folders.Add((folder, Classes.ToList().IndexOf(name), split));
    }

    /// <inheritdoc/>
    public string Format => "imagefolder";

    /// <inheritdoc/>
    public string Source => _root;

    /// <summary>The names of the class folders, in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <inheritdoc/>
    public long? ExpectedCount => null;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var files = new int[Classes.Count];
        var buffer = new byte[1 << 16];
        foreach (var (folder, label, split) in _folders)
        {
            foreach (var path in Files(folder, 0))
            {
                files[label]++;
                var problem = Load(path, ref buffer, out var length);
                yield return new SourceImage(path, label, split, buffer.AsMemory(0, length), problem);
            }
        }
        for (var label = 0; label < files.Length; label++)
            if (files[label] == 0) throw Wrong($"an image in class folder {Classes[label]}", "an empty folder", "Add images, or remove the folder.");
    }

    private void CheckClasses()
    {
        if (Classes.FirstOrDefault(name => name.Any(char.IsControl)) is { } odd)
            throw Wrong("class names without control characters", $"\"{DatasetName.Printable(odd)}\"", "Rename the folder.");
        foreach (var pair in Classes.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
            throw Wrong("class names that differ by more than case", string.Join(" and ", pair), "Give the folders one spelling.");
        if (Classes.Count < 2) throw Wrong("two or more class folders", $"one ({Classes[0]})", "Name the folder above the class folders.");
    }

    // Recursion by depth first with names in ordinal order: the same on every file system.
    private IEnumerable<string> Files(string folder, int depth)
    {
        if (depth > DeepestFolder) throw Wrong($"at most {DeepestFolder} levels of folders in a class", $"more at {folder}", "Flatten the folders.");
        foreach (var entry in Entries(folder))
        {
            var path = $"{folder}/{entry.Name}";
            if (entry is not DirectoryInfo || entry.LinkTarget is not null) yield return path;
            else foreach (var file in Files(path, depth + 1)) yield return file;
        }
    }

    private string? Load(string relative, ref byte[] buffer, out int length)
    {
        length = 0;
        if (relative.Any(char.IsControl)) return "a name with control characters";
        var info = new FileInfo(Path.Combine(_root, relative));
        try
        {
            if (info.LinkTarget is not null) return "a link; copy the file itself";
            using var file = File.OpenHandle(info.FullName);
            var bytes = RandomAccess.GetLength(file);
            if (bytes is 0) return "an empty file";
            if (bytes > MostFileBytes) return $"{bytes >> 20} MiB, more than the {MostFileBytes >> 20} MiB that an image may have";
            if (buffer.Length < bytes) buffer = new byte[bytes];
            while (length < bytes && RandomAccess.Read(file, buffer.AsSpan(length, (int)bytes - length), length) is > 0 and var read) length += read;
            return length == bytes ? null : "cut short while it was read";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return failure.Message.TrimEnd('.');
        }
    }

    private string[] Folders(string relative) =>
        [.. Entries(relative).Where(entry => entry is DirectoryInfo && entry.LinkTarget is null).Select(entry => entry.Name)];

    private FileSystemInfo[] Entries(string relative)
    {
        try
        {
            var entries = new DirectoryInfo(Path.Combine(_root, relative)).GetFileSystemInfos();
            var seen = entries.Where(entry => !entry.Name.StartsWith('.') && entry.Name is not ("Thumbs.db" or "desktop.ini" or "__MACOSX")).ToArray();
            Array.Sort(seen, (a, b) => DatasetDigest.PathOrder.Compare(a.Name, b.Name));
            return seen;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Wrong("folders that can be read", failure.Message.TrimEnd('.'), "Check the path and its permissions.");
        }
    }

    private SakiException NoFolders(params string[] splits)
    {
        var places = splits.Length == 0 ? [""] : splits;
        var images = places.Sum(place => Entries(place).Count(entry => ImageEndings.Contains(entry.Extension)));
        var where = splits.Length == 0 ? $"at the top of {Path.GetFileName(_root)}" : $"at the top of {string.Join(", ", splits)}";
        return images > 0
            ? new SakiException("Import", "a class folder per label", $"{images:n0} image{(images == 1 ? "" : "s")} {where}", "Put each image in a folder named after its class.")
            : Wrong("a class folder per label", "an empty folder", "Put each image in a folder named after its class.");
    }

    private SakiException Wrong(string expected, string got, string next) => new($"Reading {_root}", expected, got, next);
}
