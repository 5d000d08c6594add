using Saki.Datasets;
using Saki.Storage;
using Saki.Vision;

namespace Saki.Inference.Evaluation;

/// <summary>One picture and its right class.</summary>
/// <param name="Path">Its name in the source.</param>
/// <param name="Label">Index into the model's labels.</param>
/// <param name="Digest">Of the encoded bytes.</param>
/// <param name="Read">Gives the encoded bytes.</param>
public sealed record LabelledSample(string Path, int Label, Digest Digest, Func<byte[]> Read);

/// <summary>Labelled pictures to evaluate on: a split of an imported data set version, or everything in a source that was not imported.</summary>
public sealed class LabelledSamples : IDisposable
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

    /// <summary>The version that was opened; null for a source that was not imported.</summary>
    public Digest? Version => _version?.Digest;

    /// <summary>The samples, read once in this order.</summary>
    public IEnumerable<LabelledSample> Samples { get; }

    /// <summary>The split that was opened; null for a source that was not imported.</summary>
    public Split? Split { get; }

    /// <summary>Digests of the training split, to tell copies; empty where there is none or where it is evaluated itself.</summary>
    public HashSet<Digest> TrainingDigests => _version is null || Split == Datasets.Split.Train ? [] : [.. _version.Of(Datasets.Split.Train).Select(sample => sample.Digest)];

    /// <summary>
    /// For each sample whether it is a copy of, or looks like (<see cref="PictureSketch.IsLike"/>), a training sample or an earlier sample of its own split; null where there is no
    /// training split or it is evaluated itself. Decodes both splits.
    /// </summary>
    /// <param name="cancel">Stops between pictures.</param>
    public bool[]? LookAlikes(CancellationToken cancel)
    {
        if (_version is null || Split is not { } split || split == Datasets.Split.Train || _version.Summary.Count(Datasets.Split.Train) == 0) return null;
        Sample[] all = [.. _version.Of(Datasets.Split.Train), .. _version.Of(split)];
        var sketches = new PictureSketch?[all.Length];
        Parallel.For(0, all.Length, new ParallelOptions { CancellationToken = cancel }, i => sketches[i] = SampleLook.At(_store!.Read(all[i])).Sketch);
        var index = new SketchIndex(sketches);
        var training = all.Length - (int)Count;
        var copies = new HashSet<Digest>(all.Take(training).Select(sample => sample.Digest));
        var exact = all.Skip(training).Select(sample => !copies.Add(sample.Digest)).ToArray();
        var like = new bool[exact.Length];
        Parallel.For(0, like.Length, i => like[i] = exact[i] || (sketches[training + i] is { } sketch && index.Like(sketch).Any(other => other < training + i)));
        return like;
    }

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
        return Open(DatasetReference.Parse(data), home, labels);
    }

    /// <summary>Opens a version that was imported; its classes are matched by name to <paramref name="labels"/>.</summary>
    /// <exception cref="SakiException">No such data, no samples in the split, or a class that the model does not know.</exception>
    public static LabelledSamples Open(DatasetReference reference, SakiHome home, IReadOnlyList<string> labels)
    {
        var store = new DatasetStore(home);
        try
        {
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

    /// <inheritdoc/>
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
