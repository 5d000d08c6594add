using System.Formats.Tar;
using System.IO.Compression;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>A file inside an archive.</summary>
/// <param name="Name">Path in the archive, checked; with <c>/</c>.</param>
/// <param name="Length">Bytes that it promises.</param>
/// <param name="Content">Gives exactly that many, or fails; valid until the next entry.</param>
public readonly record struct ArchiveEntry(string Name, long Length, Stream Content);

/// <summary>What an archive may bring.</summary>
/// <param name="Bytes">Of all files together, unpacked.</param>
/// <param name="Entries">Files and folders.</param>
public sealed record ArchiveLimits(long Bytes, int Entries)
{
    /// <summary>Of data sets: 64 GB, a million entries.</summary>
    public static ArchiveLimits Datasets { get; } = new(64L << 30, 1_000_000);

    /// <summary>Of models: 2 GB, 10,000 entries.</summary>
    public static ArchiveLimits Models { get; } = new(2L << 30, 10_000);
}

/// <summary>
/// Reads zip and tar (plain, gzip, bzip2) as a stream of files; nothing is ever unpacked by name. An archive with a hostile name, a link, a device or
/// sizes that do not add up is refused whole: readers go through all names before they give the first image.
/// </summary>
public static class Archive
{
    private const long FreeBytes = 10_000_000, MostRatio = 100;
    private const int UnixType = 0xF000, UnixFile = 0x8000, UnixFolder = 0x4000;

    internal static bool IsZip(ReadOnlySpan<byte> head) => head.StartsWith("PK\u0003\u0004"u8) || head.StartsWith("PK\u0005\u0006"u8);

    internal static bool IsTar(ReadOnlySpan<byte> head) => head.Length >= 512 && head.Slice(257, 5).SequenceEqual("ustar"u8);

    /// <summary>Opens the file again and gives its files in their order.</summary>
    /// <param name="path">The archive; what it is decides its content, never its name.</param>
    /// <param name="limits">What it may bring; null: as much as a data set.</param>
    /// <exception cref="SakiException">It is damaged or holds what it should not; thrown when that place is reached.</exception>
    public static IEnumerable<ArchiveEntry> Read(string path, ArchiveLimits? limits = null)
    {
        limits ??= ArchiveLimits.Datasets;
        return IsZip(SourceFile.Head(path, 4)) ? Zip(path, limits) : Tar(path, limits);
    }

    private static IEnumerable<ArchiveEntry> Zip(string path, ArchiveLimits limits)
    {
        var name = Path.GetFileName(path);
        using var zip = Guard(name, "zip", () => ZipFile.OpenRead(path));
        var names = new ArchiveEntryName(name, limits.Entries);
        var total = 0L;
        foreach (var entry in Guard(name, "zip", () => zip.Entries))
        {
            names.Check(entry.FullName);
            var type = (entry.ExternalAttributes >> 16) & UnixType;
            if (type is not (0 or UnixFile or UnixFolder)) throw ArchiveEntryName.Refuse(name, $"a link or device (\"{DatasetName.Printable(entry.FullName)}\")");
            if (entry.IsEncrypted) throw ArchiveEntryName.Refuse(name, $"an encrypted file (\"{DatasetName.Printable(entry.FullName)}\")");
            if (entry.FullName.EndsWith('/')) continue;
            total += entry.Length;
            if (total > limits.Bytes || (entry.Length > FreeBytes && entry.Length > MostRatio * entry.CompressedLength))
            {
                throw new SakiException($"Reading {name}", $"at most {limits.Bytes} bytes and {MostRatio} times the compressed size",
                    $"{entry.Length} bytes out of {entry.CompressedLength} in {DatasetName.Printable(entry.FullName)}", "If you trust the file, unpack it yourself and import what came out.");
            }
            using var content = new EntryStream(Guard(name, "zip", entry.Open), name, entry.Length, entry.Crc32);
            yield return new ArchiveEntry(entry.FullName, entry.Length, content);
        }
    }

    private static IEnumerable<ArchiveEntry> Tar(string path, ArchiveLimits limits)
    {
        var name = Path.GetFileName(path);
        using var stream = SourceFile.Open(path, limits.Bytes);
        using var tar = new TarReader(stream, leaveOpen: true); // else it would keep every entry to close it at the end
        var names = new ArchiveEntryName(name, limits.Entries);
        while (Guard(name, "tar", () => tar.GetNextEntry()) is { } entry)
        {
            if (entry.EntryType == TarEntryType.GlobalExtendedAttributes) continue;
            names.Check(entry.Name);
            if (entry.EntryType == TarEntryType.Directory) continue;
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile))
                throw ArchiveEntryName.Refuse(name, $"an entry of type {entry.EntryType} (\"{DatasetName.Printable(entry.Name)}\")");
            using var content = new EntryStream(entry.DataStream ?? Stream.Null, name, entry.Length, null);
            yield return new ArchiveEntry(entry.Name, entry.Length, content);
        }
    }

    private static T Guard<T>(string name, string kind, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException or IOException or FormatException or ArgumentException or NotSupportedException or UnauthorizedAccessException)
        {
            throw new SakiException($"Reading {name}", $"a whole {kind} archive", failure.Message.TrimEnd('.'), "Download it again and compare its checksum.", failure);
        }
    }

    /// <summary>Exactly as many bytes as an entry promises, with the checksum that it promises.</summary>
    private sealed class EntryStream(Stream inner, string archive, long length, uint? crc) : ForwardStream
    {
        private long _passed;
        private uint _crc = Crc32.Start;

        public override int Read(Span<byte> buffer)
        {
            var read = Next(buffer);
            _passed += read;
            if (_passed > length || (read == 0 && !buffer.IsEmpty && _passed < length))
                throw new SakiException($"Reading {archive}", $"the {length} bytes that an entry promises", _passed > length ? "more" : $"{_passed}", "Download it again and compare its checksum.");
            if (crc is null || read == 0) return read;
            _crc = Crc32.Update(_crc, buffer[..read]);
            if (_passed == length && ~_crc != crc) throw new SakiException($"Reading {archive}", "a whole archive", "an entry whose checksum is wrong", "Download it again.");
            return read;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private int Next(Span<byte> buffer)
        {
            try
            {
                return inner.Read(buffer);
            }
            catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
            {
                throw new SakiException($"Reading {archive}", "a whole archive", "damaged data", "Download it again and compare its checksum.", failure);
            }
        }
    }
}
