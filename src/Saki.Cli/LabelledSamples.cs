using Saki.Datasets;
using Saki.Evaluation;
using Saki.Inference;
using Saki.Vision;

namespace Saki.Cli;

/// <summary>Labelled pictures to evaluate on: a split of an imported data set version, or everything in a source that was not imported.</summary>
internal sealed class LabelledSamples : IDisposable
{
    private const int Block = 512;
    private readonly DatasetStore? _store;
    private readonly IEnumerable<(Func<byte[]> Read, int Label, string Path)> _samples;

    private LabelledSamples(string name, long count, DatasetStore? store, IEnumerable<(Func<byte[]>, int, string)> samples) => (Name, Count, _store, _samples) = (name, count, store, samples);

    /// <summary>What was opened, for people.</summary>
    public string Name { get; }

    /// <summary>How many samples; 0 when the source does not say.</summary>
    public long Count { get; }

    /// <summary>Opens <paramref name="data"/>; its classes are matched by name to <paramref name="labels"/>.</summary>
    /// <exception cref="SakiException">No such data, no samples in the split, or a class that the model does not know.</exception>
    public static LabelledSamples Open(string data, SakiHome home, IReadOnlyList<string> labels)
    {
        if (File.Exists(data) || Directory.Exists(data))
        {
            var reader = DatasetFormat.Open(data);
            var map = Match(reader.Classes, labels);
            return new LabelledSamples(data, reader.ExpectedCount ?? 0, null, reader.Read().Where(s => s.Problem is null).Select(s =>
            {
                var content = s.Content.ToArray();
                return ((Func<byte[]>)(() => content), map[s.Label], s.Path);
            }));
        }
        var store = new DatasetStore(home);
        try
        {
            var reference = DatasetReference.Parse(data);
            var version = store.Load(reference);
            var split = reference.Split ?? (version.Summary.Count(Split.Test) > 0 ? Split.Test : version.Summary.Count(Split.Val) > 0 ? Split.Val : Split.Train);
            var chosen = version.Of(split);
            if (chosen.Length == 0) throw new SakiException("Evaluating", $"samples in the {split.Name()} split of {version.Summary}", "none", $"Choose another: {version.Name}:train.");
            var map = Match(version.Classes, labels);
            return new LabelledSamples($"{version.Summary}:{split.Name()}", chosen.Length, store, chosen.Select(s => ((Func<byte[]>)(() => store.Read(s)), map[s.Label], s.Path)));
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Runs the model on all of them, several at a time.</summary>
    public EvaluationReport Evaluate(Predictor predictor, Action<long> progress, CancellationToken cancel)
    {
        var (labels, rows) = (new List<int>(), new List<float[]>());
        foreach (var block in _samples.Chunk(Block))
        {
            var answers = new float[block.Length][];
            Parallel.For(0, block.Length, new ParallelOptions { CancellationToken = cancel }, i =>
            {
                using var image = Decode(predictor, block[i]);
                predictor.Run([image], answers[i] = new float[predictor.Pipeline.Labels.Count], cancel);
            });
            labels.AddRange(block.Select(s => s.Label));
            rows.AddRange(answers);
            progress(labels.Count);
        }
        if (labels.Count == 0) throw new SakiException("Evaluating", $"at least one sample in {Name}", "none");
        return EvaluationReport.From(predictor.Pipeline.Labels, labels.ToArray(), rows.SelectMany(r => r).ToArray());
    }

    public void Dispose() => _store?.Dispose();

    // The predictor's own rule: what it would refuse to answer for is not evaluated on either.
    private static Image Decode(Predictor predictor, (Func<byte[]> Read, int Label, string Path) sample)
    {
        try
        {
            return predictor.Decode(sample.Read());
        }
        catch (ImageException failure)
        {
            throw new SakiException($"Evaluating {sample.Path}", failure.Expected, failure.Got, "Take the sample out of the data, or send its original again.", failure);
        }
    }

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
