using Microsoft.Win32.SafeHandles;

namespace Saki.Storage;

/// <summary>
/// One pack open for reading: objects one behind the other in <c>NAME.pack</c>, their places in <c>NAME.idx</c>. Thread-safe.
/// Bytes are read by position and not mapped: a pack cut short under our feet is then an error, not the end of the process.
/// </summary>
internal sealed class Pack : IDisposable
{
    private readonly SafeFileHandle _content;

    private Pack(string name, SafeFileHandle content, PackIndex index)
    {
        Name = name;
        _content = content;
        Index = index;
    }

    /// <summary>The digest of the index file: two packs with the same name hold the same bytes.</summary>
    public string Name { get; }

    public PackIndex Index { get; }

    /// <exception cref="SakiException">The two files do not fit together.</exception>
    public static Pack Open(string indexPath)
    {
        SafeFileHandle? content = null;
        try
        {
            content = File.OpenHandle(Path.ChangeExtension(indexPath, ".pack"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new Pack(Path.GetFileNameWithoutExtension(indexPath), content, PackIndex.Open(indexPath, RandomAccess.GetLength(content)));
        }
        catch (Exception failure) when (failure is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            content?.Dispose();
            throw new SakiException("Opening the object store", $"a readable pack beside {indexPath}", failure.Message.TrimEnd('.'),
                "Move the .idx and .pack of that name away and import the data again: other packs are not touched.", failure);
        }
    }

    /// <summary>Fills <paramref name="destination"/> with the object at <paramref name="extent"/>; both have the same length.</summary>
    public void Read(Extent extent, Span<byte> destination)
    {
        for (var done = 0; done < extent.Length;)
        {
            var read = RandomAccess.Read(_content, destination[done..extent.Length], extent.Offset + done);
            if (read == 0)
            {
                throw new SakiException($"Reading pack {Name[..12]}", $"{extent.Length} bytes at {extent.Offset}", $"{done}",
                    "The pack was cut short after it was opened. Import the data again.");
            }
            done += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Index.Dispose();
        _content.Dispose();
    }
}
