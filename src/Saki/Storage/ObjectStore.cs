namespace Saki.Storage;

/// <summary>
/// Content by digest in append-only packs (<c>DIGEST.pack</c> with the objects, <c>DIGEST.idx</c> with their places; DIGEST is that of the index
/// file). A pack never changes after it appeared. Reading is thread-safe; several processes may read and write at once.
/// </summary>
/// <remarks>A pack counts from the moment its index exists, so a <c>kill -9</c> leaves either the old state or the new; leftovers are swept by the next write.</remarks>
public sealed class ObjectStore : IDisposable
{
    private readonly Lock _gate = new();
    private volatile Pack[] _packs;

    /// <param name="folder">Need not exist before the first write.</param>
    public ObjectStore(string folder)
    {
        Folder = Path.GetFullPath(folder);
        _packs = [];
        Refresh();
    }

    /// <summary>The folder of the packs, absolute.</summary>
    public string Folder { get; }

    /// <summary>Objects over all packs. One that two processes stored at the same moment counts twice.</summary>
    public long Count => _packs.Sum(pack => (long)pack.Index.Count);

    /// <summary>True when the packs known to this instance hold the object.</summary>
    public bool Contains(Digest digest) => Find(digest) is not null;

    /// <summary>The size of an object in bytes.</summary>
    /// <exception cref="SakiException">No pack holds it.</exception>
    public int Length(Digest digest) => Require(digest).Extent.Length;

    /// <summary>A copy of the object, owned by the caller.</summary>
    /// <exception cref="SakiException">No pack holds it, or its pack was cut short.</exception>
    public byte[] Read(Digest digest)
    {
        var (pack, extent) = Require(digest);
        var content = GC.AllocateUninitializedArray<byte>(extent.Length);
        pack.Read(extent, content);
        return content;
    }

    /// <summary>Copies the object to the start of <paramref name="destination"/> and gives its length: for loops that keep one buffer.</summary>
    /// <exception cref="SakiException">No pack holds it.</exception>
    /// <exception cref="ArgumentException">The destination is shorter than the object.</exception>
    public int Read(Digest digest, Span<byte> destination)
    {
        var (pack, extent) = Require(digest);
        if (destination.Length < extent.Length) throw new ArgumentException($"{extent.Length} bytes do not fit into {destination.Length}", nameof(destination));
        pack.Read(extent, destination);
        return extent.Length;
    }

    /// <summary>Reads the object and computes its digest again; false when the bits on the disk have changed.</summary>
    /// <exception cref="SakiException">No pack holds it.</exception>
    public bool Verify(Digest digest) => Digest.Of(Read(digest)) == digest;

    /// <summary>Starts a new pack, after removing what earlier processes left half-written (unless one is writing right now).</summary>
    /// <exception cref="SakiException">The folder cannot be written.</exception>
    public PackWriter BeginPack()
    {
        try
        {
            Directory.CreateDirectory(Folder);
            Sweep();
            var presence = EnterAsWriter();
            try
            {
                Refresh(); // what a collection has removed since must be stored again
                return new PackWriter(this, NewTemporary(), presence);
            }
            catch
            {
                presence.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Explain(Folder, failure);
        }
    }

    /// <summary>Looks for packs that other processes have written or removed since.</summary>
    public void Refresh()
    {
        if (!Directory.Exists(Folder)) return;
        lock (_gate)
        {
            var there = Directory.EnumerateFiles(Folder, "*.idx").Where(path => !Path.GetFileName(path).StartsWith('.'))
                .ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
            // A pack that vanished is not disposed: someone may be reading it, and its file goes with the last reader.
            var kept = _packs.Where(pack => there.Remove(pack.Name)).ToArray();
            if (there.Count == 0 && kept.Length == _packs.Length) return;
            _packs = [.. kept, .. there.Values.Order(StringComparer.Ordinal).Select(Pack.Open)];
        }
    }

    /// <summary>Frees the objects that <paramref name="findLive"/> does not name, unless someone is writing right now.</summary>
    /// <param name="findLive">Called when no one can write any more.</param>
    /// <exception cref="SakiException">The folder cannot be written.</exception>
    public Collected Collect(Func<IReadOnlySet<Digest>> findLive)
    {
        if (!Directory.Exists(Folder)) return default;
        try
        {
            using var alone = TryEnterAlone();
            if (alone is null) return new Collected(0, 0, Postponed: true);
            Refresh();
            var live = findLive();
            var collected = PackCollection.Run(this, _packs, live.Contains, NewTemporary);
            Refresh();
            return collected;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Explain(Folder, failure);
        }
    }

    internal void Admit(string indexPath)
    {
        lock (_gate)
        {
            if (_packs.All(pack => pack.Name != Path.GetFileNameWithoutExtension(indexPath))) _packs = [.. _packs, Pack.Open(indexPath)];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var pack in _packs) pack.Dispose();
            _packs = [];
        }
    }

    private (Pack Pack, Extent Extent)? Find(Digest digest)
    {
        foreach (var pack in _packs)
            if (pack.Index.TryFind(digest, out var extent)) return (pack, extent);
        return null;
    }

    private (Pack Pack, Extent Extent) Require(Digest digest)
    {
        if (Find(digest) is { } found) return found;
        Refresh();
        return Find(digest) ?? throw new SakiException($"Reading object {digest.Short}", $"it in a pack under {Folder}", "no pack that holds it",
            "Import the data again: what is still there is not stored twice.");
    }

    private string PresenceFile => Path.Combine(Folder, ".writers");

    // Writers share this lock while they live, the sweep needs it alone. The system drops it when a process dies.
    private FileStream EnterAsWriter()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(PresenceFile, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read);
            }
            catch (IOException) when (attempt < 100)
            {
                Thread.Sleep(20); // a sweep takes milliseconds
            }
        }
    }

    private string NewTemporary() => Path.Combine(Folder, $".{Guid.NewGuid():n}.pack.tmp");

    private FileStream? TryEnterAlone()
    {
        try
        {
            return new FileStream(PresenceFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Sweep()
    {
        var alone = TryEnterAlone();
        if (alone is null) return; // someone is writing: their files are not leftovers
        using (alone)
        {
            foreach (var file in Directory.EnumerateFiles(Folder).ToArray())
            {
                var half = file.EndsWith(".tmp", StringComparison.Ordinal)
                    || (file.EndsWith(".pack", StringComparison.Ordinal) && !File.Exists(Path.ChangeExtension(file, ".idx")));
                if (half) DurableFile.TryDelete(file);
            }
        }
    }
}
