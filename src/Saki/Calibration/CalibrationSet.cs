using Saki.Datasets;
using Saki.Storage;

namespace Saki.Calibration;

/// <summary>What a calibration learns from and is judged by: the person's pictures and rehearsed ones, as a data set version in a store of its own.</summary>
/// <param name="Version">Train, validation, and as test split the person's held-back pictures, which no training can read.</param>
/// <param name="Pictures">Of the person, in all splits, each counted once.</param>
/// <param name="Learned">Of the person, learned from.</param>
/// <param name="Rehearsed">Pictures of the frozen training data that are learned from besides.</param>
/// <param name="Dropped">Rehearsed pictures that were left out because they look like one on the other side.</param>
public sealed record CalibrationSet(DatasetVersion Version, int Pictures, int Learned, int Rehearsed, int Dropped)
{
    /// <summary>The name of the data set in its own store, and of the folder that the person's pictures lie in.</summary>
    public const string Name = "calibration", Own = "own";

    private const int ValidationPart = 4; // one rehearsed picture for validation to so many for learning

    /// <summary>Draws the rehearsed pictures, takes out what lies on both sides, and writes version and contents.</summary>
    /// <param name="store">Of the calibration alone, so that everything about the person goes with its folder.</param>
    /// <param name="own">The person's pictures.</param>
    /// <param name="split">Of each.</param>
    /// <param name="source">The frozen data that the base learned from.</param>
    /// <param name="policy">How much is rehearsed.</param>
    /// <param name="seed">Draws.</param>
    /// <param name="now">The version's date.</param>
    /// <exception cref="SakiException">Nothing of the person is left to learn from.</exception>
    public static CalibrationSet Build(DatasetStore store, IReadOnlyList<PersonalSample> own, IReadOnlyList<Split> split, RehearsalSource source, CalibrationPolicy policy, ulong seed, DateTimeOffset now)
    {
        var random = new SeededRandom(seed);
        var train = Draw(source.Train, policy.Rehearsal, random.Fork(1));
        var val = Draw(source.Val, Math.Max(1, policy.Rehearsal / ValidationPart), random.Fork(2));
        var drawn = train.Count + val.Count;
        (train, val) = Apart(source, own, split, train, val);
        using var pack = store.Objects.BeginPack();
        var samples = new List<Sample>();
        foreach (var (sample, into) in train.Select(sample => (sample, Split.Train)).Concat(val.Select(sample => (sample, Split.Val))))
            samples.Add(new Sample($"rehearsed/{into.Name()}/{sample.Path}", pack.Add(source.Read(sample)), sample.Label, into));
        var learned = split.Count(one => one == Split.Train);
        if (learned == 0) throw new SakiException("Calibrating", "pictures to learn from", "none after some were held back", "Take more pictures.");
        for (var i = 0; i < own.Count; i++)
        {
            var digest = pack.Add(own[i].Content);
            for (var copy = 0; copy < Copies(split, split[i], split[i] == Split.Train ? train.Count : val.Count, policy.Share); copy++)
                samples.Add(new Sample(FormattableString.Invariant($"{Own}/{split[i].Name()}/{copy:d4}/{i:d5}"), digest, own[i].Label, split[i]));
        }
        pack.Commit();
        Sample[] sorted = [.. samples];
        Array.Sort(sorted, (a, b) => DatasetDigest.PathOrder.Compare(a.Path, b.Path));
        var (version, _) = store.Add(DatasetVersion.Make("Calibrating", Name, source.Classes, sorted, "pictures of one person and rehearsed ones", now, [], 0));
        return new CalibrationSet(version, own.Count, learned, train.Count, drawn - train.Count - val.Count);
    }

    // Repeated so often that they make up their share; held-back pictures are there once.
    private static int Copies(IReadOnlyList<Split> split, Split of, int rehearsed, double share)
    {
        if (of == Split.Test) return 1;
        var own = split.Count(one => one == of);
        return Math.Max(1, (int)Math.Round(rehearsed * share / (1 - share) / own));
    }

    // As many of each class as the source has in proportion, at least one.
    private static List<Sample> Draw(IReadOnlyList<Sample> all, int wanted, SeededRandom random)
    {
        var drawn = new List<Sample>();
        foreach (var samples in all.GroupBy(sample => sample.Label).OrderBy(group => group.Key))
        {
            Sample[] shuffled = [.. samples.OrderBy(sample => sample.Path, DatasetDigest.PathOrder)];
            random.Fork((ulong)samples.Key + 1).Shuffle<Sample>(shuffled);
            drawn.AddRange(shuffled.Take(Math.Max(1, (int)Math.Round((double)wanted * shuffled.Length / all.Count))));
        }
        return drawn;
    }

    // Rehearsed pictures give way to the person's, and those of the validation to what is learned from.
    private static (List<Sample> Train, List<Sample> Val) Apart(RehearsalSource source, IReadOnlyList<PersonalSample> own, IReadOnlyList<Split> split, List<Sample> train, List<Sample> val)
    {
        var looks = train.Concat(val).DistinctBy(sample => sample.Digest).AsParallel().Select(sample => (sample.Digest, Facts: source.Look(sample))).ToDictionary(look => look.Digest, look => look.Facts);
        var learnedFrom = new Likeness(own.Where((_, i) => split[i] == Split.Train).Select(sample => sample.Facts));
        var judgedBy = new Likeness(own.Where((_, i) => split[i] != Split.Train).Select(sample => sample.Facts));
        var kept = train.Where(sample => !judgedBy.Has(looks[sample.Digest])).ToList();
        var rehearsed = new Likeness(kept.Select(sample => looks[sample.Digest]));
        return (kept, [.. val.Where(sample => !learnedFrom.Has(looks[sample.Digest]) && !rehearsed.Has(looks[sample.Digest]))]);
    }
}

/// <summary>The frozen data that a base learned from.</summary>
/// <param name="Classes">In label order.</param>
/// <param name="Train">What it learned from.</param>
/// <param name="Val">What its epochs were chosen by.</param>
/// <param name="Read">Gives a sample's encoded picture.</param>
/// <param name="Look">Tells what a sample looks like; called from several threads.</param>
public sealed record RehearsalSource(IReadOnlyList<string> Classes, IReadOnlyList<Sample> Train, IReadOnlyList<Sample> Val, Func<Sample, byte[]> Read, Func<Sample, SampleFacts> Look);

/// <summary>Pictures that others are compared with: the same pixels, or <see cref="PictureSketch.IsLike"/>.</summary>
public sealed class Likeness
{
    private readonly HashSet<Digest> _pixels;
    private readonly SketchIndex _index;

    /// <param name="pictures">With which is compared.</param>
    public Likeness(IEnumerable<SampleFacts> pictures)
    {
        SampleFacts[] all = [.. pictures];
        _pixels = [.. all.Select(facts => facts.Pixels)];
        _index = new SketchIndex([.. all.Select(facts => facts.Sketch)]);
    }

    /// <summary>Whether one of them shows the same as, or looks like, <paramref name="picture"/>.</summary>
    public bool Has(SampleFacts picture) => _pixels.Contains(picture.Pixels) || (picture.Sketch is { } sketch && _index.Like(sketch).Any());
}
