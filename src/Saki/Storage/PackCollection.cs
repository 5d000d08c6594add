namespace Saki.Storage;

/// <summary>What a collection freed.</summary>
/// <param name="Objects">Objects that nothing named any more.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Postponed">True when someone was writing: nothing was freed, the next collection will do it.</param>
public readonly record struct Collected(long Objects, long Bytes, bool Postponed);

/// <summary>Frees the objects that nothing names. Every pack with a dead object is written anew without it, then removed; a kill -9 leaves both or one, never neither.</summary>
internal static class PackCollection
{
    /// <param name="store">Whose packs; no one may be writing to them.</param>
    /// <param name="packs">All of them.</param>
    /// <param name="isLive">True for objects to keep.</param>
    /// <param name="temporary">A name for the pack being written.</param>
    public static Collected Run(ObjectStore store, IReadOnlyList<Pack> packs, Func<Digest, bool> isLive, Func<string> temporary)
    {
        long objects = 0, bytes = 0;
        foreach (var pack in packs)
        {
            var dead = Entries(pack).Where(entry => !isLive(entry.Digest)).ToArray();
            if (dead.Length == 0) continue;
            if (dead.Length < pack.Index.Count) Rewrite(store, pack, isLive, temporary());
            // The index first: a pack without one is swept, an index without a pack would be damage.
            File.Delete(Path.Combine(store.Folder, pack.Name + ".idx"));
            DurableFile.SyncFolder(store.Folder);
            File.Delete(Path.Combine(store.Folder, pack.Name + ".pack"));
            objects += dead.Length;
            bytes += dead.Sum(entry => (long)entry.Extent.Length);
        }
        return new Collected(objects, bytes, false);
    }

    private static void Rewrite(ObjectStore store, Pack pack, Func<Digest, bool> isLive, string temporary)
    {
        using var writer = new PackWriter(store, temporary, null);
        var buffer = Array.Empty<byte>();
        foreach (var (digest, extent) in Entries(pack).Where(entry => isLive(entry.Digest)).OrderBy(entry => entry.Extent.Offset))
        {
            if (buffer.Length < extent.Length) buffer = new byte[extent.Length];
            pack.Read(extent, buffer.AsSpan(0, extent.Length));
            writer.AddAnew(digest, buffer.AsSpan(0, extent.Length));
        }
        writer.Commit();
    }

    private static IEnumerable<(Digest Digest, Extent Extent)> Entries(Pack pack) => Enumerable.Range(0, pack.Index.Count).Select(place => pack.Index[place]);
}
