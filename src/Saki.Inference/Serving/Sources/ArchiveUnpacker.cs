using System.Formats.Tar;
using System.IO.Compression;
using Saki.Datasets;

namespace Saki.Inference.Serving;

/// <summary>
/// Unpacks a model archive into an empty folder: plain files under plain names only, within limits of bytes, entries and ratio. One wrong entry refuses the whole archive.
/// </summary>
internal static class ArchiveUnpacker
{
    private const long MostBytes = 2L << 30, FreeBytes = 10_000_000, MostRatio = 100;
    private const int MostEntries = 10_000;

    /// <exception cref="SakiException">It is damaged, too large, or holds a name or entry that no model archive has.</exception>
    public static void Unpack(string archive, string folder)
    {
        var budget = new Budget(Path.GetFileName(archive), new FileInfo(archive).Length);
        try
        {
            if (archive.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)) UnpackTar(archive, folder, budget);
            else UnpackZip(archive, folder, budget);
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException or NotSupportedException or FormatException)
        {
            throw ArchiveEntryName.Refuse(Path.GetFileName(archive), "a damaged one");
        }
    }

    private static void UnpackZip(string archive, string folder, Budget budget)
    {
        const int fileTypes = 0xF000, plainFile = 0x8000, directory = 0x4000;
        using var zip = ZipFile.OpenRead(archive);
        foreach (var entry in zip.Entries)
        {
            var type = (entry.ExternalAttributes >> 16) & fileTypes;
            if (type is not (0 or plainFile or directory)) throw ArchiveEntryName.Refuse(budget.Archive, "a link or device in it");
            var target = budget.Enter(entry.FullName, folder);
            if (entry.FullName.EndsWith('/')) continue;
            using var content = entry.Open();
            Write(content, target, budget);
        }
    }

    private static void UnpackTar(string archive, string folder, Budget budget)
    {
        using var file = File.OpenRead(archive);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            var target = budget.Enter(entry.Name, folder);
            if (entry.EntryType == TarEntryType.Directory) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)) throw ArchiveEntryName.Refuse(budget.Archive, "a link or device in it");
            if (entry.DataStream is { } content) Write(content, target, budget);
            else File.WriteAllBytes(target, []);
        }
    }

    private static void Write(Stream content, string target, Budget budget)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        var block = new byte[1 << 16];
        for (int read; (read = content.Read(block)) > 0;)
        {
            budget.Take(read);
            file.Write(block, 0, read);
        }
    }

    /// <summary>What an archive may still bring.</summary>
    private sealed class Budget(string archive, long compressed)
    {
        private readonly ArchiveEntryName _names = new(archive);
        private int _entries;
        private long _bytes;

        public string Archive => archive;

        public string Enter(string name, string folder)
        {
            if (++_entries > MostEntries) throw ArchiveEntryName.Refuse(archive, $"more than {MostEntries} entries");
            var clean = _names.Check(name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name).TrimEnd('/');
            var target = Path.GetFullPath(Path.Combine(folder, clean));
            return target.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? target : throw ArchiveEntryName.Refuse(archive, "a path that leaves the archive");
        }

        public void Take(int bytes)
        {
            _bytes += bytes;
            if (_bytes > MostBytes || (_bytes > FreeBytes && _bytes > MostRatio * compressed)) throw ArchiveEntryName.Refuse(archive, "one that grows far beyond its size");
        }
    }
}
