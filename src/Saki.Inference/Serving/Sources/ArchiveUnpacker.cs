using Saki.Datasets;

namespace Saki.Inference.Serving;

/// <summary>Unpacks a model archive into an empty folder: what <see cref="Archive"/> lets through, within the limits of models. One wrong entry refuses the whole archive.</summary>
internal static class ArchiveUnpacker
{
    /// <exception cref="SakiException">It is damaged, too large, or holds a name or entry that no model archive has.</exception>
    public static void Unpack(string archive, string folder)
    {
        var root = Path.GetFullPath(folder);
        foreach (var entry in Archive.Read(archive, ArchiveLimits.Models))
        {
            // The names were checked; that none leaves the folder is checked once more where it would be written.
            var target = Path.GetFullPath(Path.Combine(root, entry.Name));
            if (!target.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)) throw ArchiveEntryName.Refuse(Path.GetFileName(archive), "a path that leaves the archive");
            // "a" and "a/b" cannot both be files.
            if (Path.Exists(target) || File.Exists(Path.GetDirectoryName(target)!)) throw ArchiveEntryName.Refuse(Path.GetFileName(archive), "a file where another one needs a folder");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
            entry.Content.CopyTo(file);
        }
    }
}
