using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Saki.Storage;

/// <summary>Where one object lies in its pack. <paramref name="Offset"/> and <paramref name="Length"/> in bytes.</summary>
internal readonly record struct Extent(long Offset, int Length);

/// <summary>
/// The table of contents of one pack, memory-mapped: the 8 bytes <c>SAKIIDX1</c>, the entry count (8 bytes), then 44 bytes per entry in
/// ascending order of digest: digest (32), offset (8), length (4). All integers little-endian.
/// </summary>
internal sealed class PackIndex : IDisposable
{
    private const int HeaderBytes = 16, EntryBytes = 44;
    private static readonly byte[] Magic = "SAKIIDX1"u8.ToArray();

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private PackIndex(MemoryMappedFile file, MemoryMappedViewAccessor view, int count)
    {
        _file = file;
        _view = view;
        Count = count;
    }

    /// <summary>Number of objects in the pack.</summary>
    public int Count { get; }

    /// <summary>Maps <paramref name="path"/>; the size of the file must agree with its header and no extent may pass <paramref name="packBytes"/>.</summary>
    /// <exception cref="InvalidDataException">The file is torn or no index.</exception>
    public static PackIndex Open(string path, long packBytes)
    {
        var bytes = new FileInfo(path).Length;
        if (bytes < HeaderBytes) throw new InvalidDataException($"{bytes} bytes are no pack index");
        var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = file.CreateViewAccessor(0, bytes, MemoryMappedFileAccess.Read);
        try
        {
            Span<byte> header = stackalloc byte[HeaderBytes];
            view.SafeMemoryMappedViewHandle.ReadSpan(0, header);
            var count = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
            if (!header[..8].SequenceEqual(Magic) || count is < 0 or > int.MaxValue || HeaderBytes + (count * EntryBytes) != bytes)
                throw new InvalidDataException("the index is damaged");
            var index = new PackIndex(file, view, (int)count);
            index.CheckExtents(packBytes);
            return index;
        }
        catch
        {
            view.Dispose();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Binary search; false when the pack does not hold <paramref name="digest"/>.</summary>
    public bool TryFind(Digest digest, out Extent extent)
    {
        int low = 0, high = Count - 1;
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            var (found, at) = this[middle];
            var order = found.CompareTo(digest);
            if (order == 0)
            {
                extent = at;
                return true;
            }
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        extent = default;
        return false;
    }

    /// <summary>The entry at a place in digest order.</summary>
    public (Digest Digest, Extent Extent) this[int place]
    {
        get
        {
            Span<byte> entry = stackalloc byte[EntryBytes];
            _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)(HeaderBytes + ((long)place * EntryBytes)), entry);
            return (Digest.FromBytes(entry), new Extent(BinaryPrimitives.ReadInt64LittleEndian(entry[32..]), BinaryPrimitives.ReadInt32LittleEndian(entry[40..])));
        }
    }

    /// <summary>The file content for <paramref name="entries"/>.</summary>
    public static byte[] Encode(Dictionary<Digest, Extent> entries)
    {
        var sorted = entries.Keys.ToArray();
        Array.Sort(sorted);
        var bytes = new byte[HeaderBytes + (EntryBytes * (long)sorted.Length)];
        Magic.CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), sorted.Length);
        var rest = bytes.AsSpan(HeaderBytes);
        foreach (var digest in sorted)
        {
            ref var extent = ref CollectionsMarshal.GetValueRefOrNullRef(entries, digest);
            digest.CopyTo(rest);
            BinaryPrimitives.WriteInt64LittleEndian(rest[32..], extent.Offset);
            BinaryPrimitives.WriteInt32LittleEndian(rest[40..], extent.Length);
            rest = rest[EntryBytes..];
        }
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }

    // The index is small beside its pack, so every entry is looked at once: a lookup may then trust what it finds.
    private void CheckExtents(long packBytes)
    {
        var before = default(Digest);
        for (var i = 0; i < Count; i++)
        {
            var (digest, extent) = this[i];
            if (extent.Offset < 0 || extent.Length < 0 || extent.Offset > packBytes - extent.Length || (i > 0 && before.CompareTo(digest) >= 0))
                throw new InvalidDataException("the index disagrees with its pack");
            before = digest;
        }
    }
}
