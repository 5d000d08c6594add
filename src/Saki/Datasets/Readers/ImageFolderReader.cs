using System.IO.Enumeration;

namespace Saki.Datasets;

/// <summary>
/// One folder per class, named after it; train, val and test folders (in any of their spellings) may stand above. Images may lie in deeper
/// folders of their class. Dot files are ignored and links are not followed. Classes and images come in ordinal order of their names.
/// </summary>
public sealed class ImageFolderReader : IDatasetReader
{
    private const int DeepestFolder = 16;

    private readonly string _root;

    private readonly ClassLayout _layout;

    /// <param name="root">The folder above the class folders; its first two levels are listed at once.</param>
    /// <exception cref="SakiException">The folder has no such layout, or a class folder is empty.</exception>
    public ImageFolderReader(string root)
    {
        _root = Path.GetFullPath(root);
        _layout = ClassLayout.Of(_root, Folders(""), Folders, NoFolders);
    }

    /// <inheritdoc/>
    public string Format => "imagefolder";

    /// <inheritdoc/>
    public string Source => _root;

    /// <summary>The names of the class folders, in ordinal order.</summary>
    public IReadOnlyList<string> Classes => _layout.Classes;

    /// <inheritdoc/>
    public long? ExpectedCount => null;

    /// <inheritdoc/>
    public IEnumerable<SourceImage> Read()
    {
        var files = new int[Classes.Count];
        var buffer = new byte[1 << 16];
        foreach (var (folder, label, split) in _layout.Folders)
        {
            foreach (var (path, isLink) in Files(folder, 0))
            {
                files[label]++;
                var problem = Load(path, isLink, ref buffer, out var length);
                yield return new SourceImage(path, label, split, buffer.AsMemory(0, length), problem);
            }
        }
        for (var label = 0; label < files.Length; label++)
            if (files[label] == 0) throw Wrong($"an image in class folder {Classes[label]}", "an empty folder", "Add images, or remove the folder.");
    }

    // Recursion by depth first with names in ordinal order: the same on every file system.
    private IEnumerable<(string Path, bool IsLink)> Files(string folder, int depth)
    {
        if (depth > DeepestFolder) throw Wrong($"at most {DeepestFolder} levels of folders in a class", $"more at {folder}", "Flatten the folders.");
        foreach (var entry in Entries(folder))
        {
            var path = $"{folder}/{entry.Name}";
            if (!entry.IsFolder || entry.IsLink) yield return (path, entry.IsLink);
            else foreach (var file in Files(path, depth + 1)) yield return file;
        }
    }

    private string? Load(string relative, bool isLink, ref byte[] buffer, out int length)
    {
        length = 0;
        if (relative.Any(char.IsControl)) return "a name with control characters";
        return isLink ? "a link; copy the file itself" : ImageFile.Load($"{_root}/{relative}", ref buffer, out length);
    }

    private string[] Folders(string relative) =>
        [.. Entries(relative).Where(entry => entry.IsFolder && !entry.IsLink).Select(entry => entry.Name)];

    private Entry[] Entries(string relative)
    {
        try
        {
            var seen = new FileSystemEnumerable<Entry>(Path.Combine(_root, relative), Entry.Of, new EnumerationOptions { AttributesToSkip = 0, IgnoreInaccessible = false })
            { ShouldIncludePredicate = (ref FileSystemEntry entry) => !ImageFile.IsLitter(entry.FileName.ToString()) }.ToArray();
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
        var images = places.Sum(place => Entries(place).Count(entry => ImageFile.Looks(entry.Name)));
        var where = splits.Length == 0 ? $"at the top of {Path.GetFileName(_root)}" : $"at the top of {string.Join(", ", splits)}";
        return images > 0
            ? new SakiException("Import", "a class folder per label", $"{images:n0} image{(images == 1 ? "" : "s")} {where}", "Put each image in a folder named after its class.")
            : Wrong("a class folder per label", "an empty folder", "Put each image in a folder named after its class.");
    }

    private SakiException Wrong(string expected, string got, string next) => new($"Reading {_root}", expected, got, next);

    private readonly record struct Entry(string Name, bool IsFolder, bool IsLink)
    {
        public static Entry Of(ref FileSystemEntry entry) => new(entry.FileName.ToString(), entry.IsDirectory, (entry.Attributes & FileAttributes.ReparsePoint) != 0);
    }
}
