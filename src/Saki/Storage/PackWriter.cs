namespace Saki.Storage;

/// <summary>
/// Adds objects to an <see cref="ObjectStore"/> in one sequential file. Nothing is visible before <see cref="Commit"/>; disposing without it
/// leaves no trace. Memory: about 64 bytes per new object, nothing per byte of content. Not thread-safe.
/// </summary>
public sealed class PackWriter : IDisposable
{
    private readonly ObjectStore _store;
    private readonly FileStream? _presence;
    private readonly string _temporary;
    private readonly FileStream _content;
    private readonly Dictionary<Digest, Extent> _entries = [];
    private bool _closed;

    internal PackWriter(ObjectStore store, string temporary, FileStream? presence)
    {
        _store = store;
        _presence = presence;
        _temporary = temporary;
        _content = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, 1 << 20);
    }

    /// <summary>Objects added so far that were in no pack before.</summary>
    public int NewObjects => _entries.Count;

    /// <summary>Bytes of these objects.</summary>
    public long NewBytes { get; private set; }

    /// <summary>Stores <paramref name="content"/> unless the store already holds it, and gives its digest.</summary>
    /// <exception cref="SakiException">The disk is full or cannot be written; the store is as before.</exception>
    public Digest Add(ReadOnlySpan<byte> content)
    {
        var digest = Digest.Of(content);
        Add(digest, content);
        return digest;
    }

    /// <summary>The same where the digest was already computed (in parallel, say); it must be the digest of <paramref name="content"/>.</summary>
    internal void Add(Digest digest, ReadOnlySpan<byte> content)
    {
        if (!_entries.ContainsKey(digest) && !_store.Contains(digest)) AddAnew(digest, content);
    }

    /// <summary>Stores an object that this pack does not have yet, even when another pack does.</summary>
    internal void AddAnew(Digest digest, ReadOnlySpan<byte> content)
    {
        try
        {
            _content.Write(content);
        }
        catch (IOException failure)
        {
            throw DurableFile.Explain(_temporary, failure);
        }
        _entries.Add(digest, new Extent(NewBytes, content.Length));
        NewBytes += content.Length;
    }

    /// <summary>
    /// Makes the new objects durable and visible: fsync of the content, its rename, then the index by the same steps. The appearance of the
    /// index is the moment of truth; a crash before it leaves a pack that is ignored and swept.
    /// </summary>
    public void Commit()
    {
        if (_entries.Count > 0)
        {
            var index = PackIndex.Encode(_entries);
            var name = Path.Combine(_store.Folder, Digest.Of(index).ToString());
            try
            {
                _content.Flush(flushToDisk: true);
                File.Move(_temporary, name + ".pack", overwrite: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw DurableFile.Explain(_temporary, failure);
            }
            DurableFile.Write(name + ".idx", index);
            Close();
            _store.Admit(name + ".idx");
        }
        Close();
    }

    /// <summary>Drops what was added and not committed. Until then nothing is collected, so that what a manifest is about to name cannot vanish.</summary>
    public void Dispose()
    {
        Close();
        _presence?.Dispose();
    }

    private void Close()
    {
        if (_closed) return;
        _closed = true;
        DurableFile.TryDelete(_temporary); // gone already after a commit
        try
        {
            _content.Dispose();
        }
        catch (IOException)
        {
            // A full disk fails once more when the buffer of a file that is already deleted is flushed.
        }
    }
}
