using Saki.Storage;

namespace Saki.Datasets;

/// <summary>What a removal did.</summary>
/// <param name="Versions">The versions that are gone.</param>
/// <param name="Freed">The objects that only they held.</param>
/// <param name="FreedCache">Bytes of decoded samples that only they used.</param>
public sealed record RemovalResult(IReadOnlyList<DatasetSummary> Versions, Collected Freed, long FreedCache);

/// <summary>
/// Takes versions out of a home folder: their manifests first, then the objects that no manifest names any more. A version that anyone has loaded, a training say,
/// is not removed. A <c>kill -9</c> in between leaves objects that the next removal frees.
/// </summary>
/// <param name="store">From where.</param>
/// <param name="home">Its home.</param>
public sealed class DatasetRemoval(DatasetStore store, SakiHome home)
{
    /// <param name="reference"><c>NAME</c> for all versions, <c>NAME@DIGEST-PREFIX</c> for one; no split.</param>
    /// <exception cref="SakiException">There is no such data set, it names a split, or someone uses it: nothing is removed then.</exception>
    public RemovalResult Run(DatasetReference reference)
    {
        if (reference.Split is { } split) throw new SakiException($"Removing {reference}", "a data set or a version of one", $"the split {split.Name()}", "Import it without that split, or use `saki data check --drop`.");
        var newest = store.Find(reference);
        var versions = reference.DigestPrefix is null ? store.Versions(reference.Name) : [newest];
        var held = new List<(string Manifest, FileStream Lock)>();
        try
        {
            foreach (var version in versions)
            {
                var manifest = store.ManifestPath(version.Name, version.Digest);
                held.Add((manifest, VersionUse.TakeAlone(manifest)
                    ?? throw new SakiException($"Removing {version}", "a version that nobody uses", "one that a training, an evaluation or a check has open", "Wait for it to end, or stop it; nothing was removed.")));
            }
            foreach (var (manifest, _) in held) File.Delete(manifest);
            DurableFile.SyncFolder(Path.Combine(home.Datasets, reference.Name));
        }
        finally
        {
            foreach (var (manifest, alone) in held)
            {
                alone.Dispose();
                if (!File.Exists(manifest)) VersionUse.Forget(manifest);
            }
        }
        RemoveIfEmpty(Path.Combine(home.Datasets, reference.Name));
        return new RemovalResult(versions, store.Objects.Collect(LiveDigests), PackedSamples.Sweep(home, store.List().Select(version => version.Digest).ToHashSet()));
    }

    private HashSet<Digest> LiveDigests()
    {
        var live = new HashSet<Digest>();
        foreach (var version in store.List())
            foreach (var sample in DatasetManifest.Read(store.ManifestPath(version.Name, version.Digest)).Samples) live.Add(sample.Digest);
        return live;
    }

    private static void RemoveIfEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // other versions are left, or one is being imported
        }
    }
}
