using Saki.Datasets;
using Saki.Storage;

namespace Saki.Cli.Evaluation;

/// <summary>One picture and its right class.</summary>
/// <param name="Path">Its name in the source.</param>
/// <param name="Label">Index into the model's labels.</param>
/// <param name="Digest">Of the encoded bytes.</param>
/// <param name="Read">Gives the encoded bytes.</param>
internal sealed record LabelledSample(string Path, int Label, Digest Digest, Func<byte[]> Read);

/// <summary>Labelled pictures to evaluate on: a split of an imported data set version, or everything in a source that was not imported.</summary>
internal sealed class LabelledSamples : IDisposable
{
    private readonly DatasetStore? _store;
    private readonly DatasetVersion? _version;
    private readonly int[] _map;

    private LabelledSamples(string name, long count, int[] map, IEnumerable<LabelledSample> samples) => (Name, Count, _map, Samples) = (name, count, map, samples);

    private LabelledSamples(DatasetStore store, DatasetVersion version, Split split, int[] map)
    {
        var chosen = version.Of(split);
        (Name, Count, Samples) = ($"{version.Summary}:{split.Name()}", chosen.Length, chosen.Select(Stored));
        (_store, _version, _map, Split) = (store, version, map, split);
    }

    /// <summary>What was opened, for people.</summary>
    public string Name { get; }

    /// <summary>How many samples; 0 when the source does not say.</summary>
    public long Count { get; }

    /// <summary>The samples, read once in this order.</summary>
    public IEnumerable<LabelledSample> Samples { get; }

    /// <summary>The split that was opened; null for a source that was not imported.</summary>
    public Split? Split { get; }

    /// <summary>Digests of the training split, to tell copies; empty where there is none or where it is evaluated itself.</summary>
    public HashSet<Digest> TrainingDigests => _version is null || Split == Datasets.Split.Train ? [] : [.. _version.Of(Datasets.Split.Train).Select(sample => sample.Digest)];

    /// <summary>Up to <paramref name="most"/> samples of the validation split, spread evenly over it; none where there is none or where it is evaluated itself.</summary>
    public IReadOnlyList<LabelledSample> Validation(int most)
    {
        if (_version is null || Split == Datasets.Split.Val) return [];
        var all = _version.Of(Datasets.Split.Val);
        var step = Math.Max(1, (double)all.Length / most);
        return [.. Enumerable.Range(0, Math.Min(all.Length, most)).Select(i => Stored(all[(int)(i * step)]))];
    }

    /// <summary>Opens <paramref name="data"/>; its classes are matched by name to <paramref name="labels"/>.</summary>
    /// <exception cref="SakiException">No such data, no samples in the split, or a class that the model does not know.</exception>
    public static LabelledSamples Open(string data, SakiHome home, IReadOnlyList<string> labels)
    {
        if (File.Exists(data) || Directory.Exists(data))
        {
            var reader = DatasetFormat.Open(data);
            var map = Match(reader.Classes, labels);
            return new LabelledSamples(data, reader.ExpectedCount ?? 0, map, reader.Read().Where(found => found.Problem is null).Select(found =>
            {
                var content = found.Content.ToArray();
                return new LabelledSample(found.Path, map[found.Label], Digest.Of(content), () => content);
            }));
        }
        var store = new DatasetStore(home);
        try
        {
            var reference = DatasetReference.Parse(data);
            var version = store.Load(reference);
            var split = reference.Split ?? (version.Summary.Count(Datasets.Split.Test) > 0 ? Datasets.Split.Test : version.Summary.Count(Datasets.Split.Val) > 0 ? Datasets.Split.Val : Datasets.Split.Train);
            if (version.Summary.Count(split) == 0) throw new SakiException("Evaluating", $"samples in the {split.Name()} split of {version.Summary}", "none", $"Choose another: {version.Name}:train.");
            return new LabelledSamples(store, version, split, Match(version.Classes, labels));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public void Dispose() => _store?.Dispose();

    private LabelledSample Stored(Sample sample) => new(sample.Path, _map[sample.Label], sample.Digest, () => _store!.Read(sample));

    // FER2013 spelled by folder names of other collections (angry, disgusted, …) is not guessed at: names must agree.
    private static int[] Match(IReadOnlyList<string> classes, IReadOnlyList<string> labels)
    {
        var known = labels.Select((name, index) => (name, index)).ToDictionary(x => x.name, x => x.index, StringComparer.Ordinal);
        var strangers = classes.Where(c => !known.ContainsKey(c)).ToList();
        return strangers.Count == 0
            ? [.. classes.Select(c => known[c])]
            : throw new SakiException("Evaluating", $"classes that the model knows ({string.Join(", ", labels)})", string.Join(", ", strangers.Select(s => $"\"{s}\"")), "Rename the data's classes, or evaluate another model.");
    }
}
