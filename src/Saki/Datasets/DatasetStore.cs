using System.Globalization;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>The data sets of one home folder: <c>datasets/NAME/DIGEST.jsonl</c> for each version, the images in the object store beside it. Thread-safe.</summary>
public sealed class DatasetStore(SakiHome home) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<FileStream> _uses = [];

    /// <summary>The bytes of all samples, by digest.</summary>
    public ObjectStore Objects { get; } = new(home.Objects);

    /// <summary>Pictures that no new version takes in, read anew each time.</summary>
    public IReadOnlySet<Digest> Erased => ErasedPictures.Read(home);

    /// <summary>All versions, by name, newest first within a name.</summary>
    public IReadOnlyList<DatasetSummary> List() =>
        !Directory.Exists(home.Datasets) ? [] : [.. Directory.EnumerateDirectories(home.Datasets).Select(Path.GetFileName).Order(StringComparer.Ordinal).SelectMany(name => Versions(name!))];

    /// <summary>The versions of one data set, newest first; empty when there is none of that name.</summary>
    public IReadOnlyList<DatasetSummary> Versions(string name)
    {
        var folder = Path.Combine(home.Datasets, name);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, "*.jsonl").Where(file => !Path.GetFileName(file).StartsWith('.')).Select(DatasetManifest.ReadSummary)
            .OrderByDescending(version => version.Sequence).ThenBy(version => version.Digest)];
    }

    /// <summary>The version that a reference means, without its samples.</summary>
    /// <exception cref="SakiException">There is none, or the digest prefix fits several.</exception>
    public DatasetSummary Find(DatasetReference reference)
    {
        var versions = Versions(reference.Name);
        if (versions.Count == 0) throw Unknown(reference);
        if (reference.DigestPrefix is not { } prefix) return versions[0];
        var fitting = versions.Where(version => version.Digest.ToString().StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        return fitting.Length == 1 ? fitting[0] : throw new SakiException($"Finding data set {reference}", $"one version whose digest starts with {prefix}",
            fitting.Length == 0 ? "none" : string.Join(", ", fitting.Select(version => version.Digest.Short)),
            $"Versions: {string.Join(", ", versions.Select(version => version.Digest.Short))}.");
    }

    /// <summary>Reads <c>NAME</c>, <c>NAME@DIGEST-PREFIX</c>, <c>NAME:SPLIT</c> and loads the version with its samples (of all splits).</summary>
    /// <exception cref="SakiException">There is none, or its manifest is damaged.</exception>
    public DatasetVersion Load(string reference) => Load(DatasetReference.Parse(reference));

    /// <inheritdoc cref="Load(string)"/>
    /// <remarks>The version cannot be removed before this store is disposed.</remarks>
    public DatasetVersion Load(DatasetReference reference)
    {
        var summary = Find(reference);
        var manifest = ManifestPath(summary.Name, summary.Digest);
        if (VersionUse.Enter(manifest) is { } use)
            lock (_gate) _uses.Add(use);
        return File.Exists(manifest) ? DatasetManifest.Read(manifest) : throw Unknown(reference);
    }

    /// <summary>A copy of a sample's encoded image.</summary>
    public byte[] Read(Sample sample) => Objects.Read(sample.Digest);

    /// <summary>
    /// Adds a version, or makes an old one of the same digest the newest again. The objects of all samples must be in <see cref="Objects"/> already.
    /// </summary>
    /// <returns>The version as it is in the store now, and whether it is new there.</returns>
    /// <exception cref="SakiException">The name is not allowed, differs from an existing one by case only, or the folder cannot be written.</exception>
    public (DatasetVersion Version, bool IsNew) Add(DatasetVersion version)
    {
        CheckName(version.Name);
        lock (_gate)
        {
            var versions = Versions(version.Name);
            var same = versions.FirstOrDefault(known => known.Digest == version.Digest);
            // Same bytes, labels and splits, but another label order would change what a label number means to those who use the old one.
            if (same is not null && !same.Classes.SequenceEqual(version.Classes))
            {
                throw new SakiException($"Adding {version.Summary}", $"the label order of the version that is there ({string.Join(", ", same.Classes)})",
                    string.Join(", ", version.Classes), "Import under another name.");
            }
            if (same is not null && same == versions[0]) return (version with { Summary = same }, false);
            var numbered = version with { Summary = version.Summary with { Sequence = versions.Select(known => known.Sequence).DefaultIfEmpty(0).Max() + 1 } };
            DurableFile.Write(ManifestPath(version.Name, version.Digest), stream => DatasetManifest.Write(stream, numbered));
            return (numbered, same is null);
        }
    }

    /// <summary>Fails early, before a long import, on a name that <see cref="Add"/> would refuse.</summary>
    /// <exception cref="SakiException">It would.</exception>
    public void CheckName(string name)
    {
        DatasetName.Check(name);
        if (Names().FirstOrDefault(known => known != name && string.Equals(known, name, StringComparison.OrdinalIgnoreCase)) is { } other)
            throw new SakiException("Naming the data set", "a name that differs from all others by more than case", $"{name} beside {other}", $"Use {other}, or choose another name.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Objects.Dispose();
        foreach (var use in _uses) use.Dispose();
    }

    private IEnumerable<string> Names() =>
        Directory.Exists(home.Datasets) ? Directory.EnumerateDirectories(home.Datasets).Select(folder => Path.GetFileName(folder)) : [];

    internal string ManifestPath(string name, Digest digest) => Path.Combine(home.Datasets, name, $"{digest}.jsonl");

    private SakiException Unknown(DatasetReference reference)
    {
        var names = Names().ToArray();
        return new SakiException($"Finding data set {reference}", "the name of a data set that was imported", $"\"{reference.Name}\"", names.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"There are none yet. Try `saki data sample emotions`, or `saki data import PATH --name {reference.Name}`.")
            : DidYouMean.Hint(reference.Name, names));
    }
}
