using Saki.Datasets;
using Saki.Storage;

namespace Saki.Calibration;

/// <summary>A person's picture as the model sees it, and what it looks like.</summary>
/// <param name="Name">As in <see cref="PersonalPicture.Name"/>.</param>
/// <param name="Label">Its class.</param>
/// <param name="Content">The encoded picture that is learned from: the face cut out, where the model finds faces.</param>
/// <param name="Facts">Of <paramref name="Content"/>.</param>
public sealed record PersonalSample(string Name, int Label, byte[] Content, SampleFacts Facts);

/// <summary>Splits a person's pictures so that near copies stay on one side.</summary>
public static class PersonalSplit
{
    private const double Validation = 0.2; // of what is not held back

    /// <summary>The split of each sample: <see cref="Split.Test"/> is held back, <see cref="Split.Val"/> chooses the epoch, <see cref="Split.Train"/> is learned from.</summary>
    /// <param name="samples">In the order of their names.</param>
    /// <param name="classes">How many classes the model has.</param>
    /// <param name="heldBack">Part to hold back.</param>
    /// <param name="seed">Draws.</param>
    /// <exception cref="SakiException">The same picture under two classes, or pictures that all look alike, so that nothing can be held back.</exception>
    public static IReadOnlyList<Split> Of(IReadOnlyList<PersonalSample> samples, int classes, double heldBack, ulong seed)
    {
        CheckContradictions(samples);
        var groups = Groups(samples);
        if (groups.Distinct().Count() < 2)
            throw new SakiException("Holding pictures back", "pictures that differ, so that some can be held back", $"{samples.Count} that all look alike", "Move and turn a little between pictures.");
        var names = groups.Select(group => group.ToString("d6", System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Sample[] split = [.. samples.Select((sample, index) => new Sample(sample.Name, default, sample.Label, Split.Train))];
        new StratifiedSplit(Split.Test, heldBack, seed).Apply(split, classes, names);
        var rest = Enumerable.Range(0, split.Length).Where(index => split[index].Split == Split.Train).ToList();
        // With few pictures the rehearsed ones choose the epoch alone.
        if (rest.Select(index => names[index]).Distinct(StringComparer.Ordinal).Count() >= 2 * classes)
        {
            Sample[] left = [.. rest.Select(index => split[index])];
            new StratifiedSplit(Split.Val, Validation, seed + 1).Apply(left, classes, [.. rest.Select(index => names[index])]);
            for (var i = 0; i < rest.Count; i++) split[rest[i]] = left[i];
        }
        return [.. split.Select(sample => sample.Split)];
    }

    /// <summary>The group of each sample: those that show the same, or look alike through others, share a number.</summary>
    public static IReadOnlyList<int> Groups(IReadOnlyList<PersonalSample> samples)
    {
        int[] parent = [.. Enumerable.Range(0, samples.Count)];
        int Root(int i)
        {
            while (parent[i] != i) i = parent[i] = parent[parent[i]];
            return i;
        }
        var first = new Dictionary<Digest, int>();
        for (var i = 0; i < samples.Count; i++)
        {
            if (!first.TryAdd(samples[i].Facts.Pixels, i)) parent[Root(i)] = Root(first[samples[i].Facts.Pixels]);
            if (samples[i].Facts.Sketch is not { } sketch) continue;
            for (var j = 0; j < i; j++)
                if (samples[j].Facts.Sketch is { } other && sketch.IsLike(other)) parent[Root(i)] = Root(j);
        }
        return [.. Enumerable.Range(0, samples.Count).Select(Root)];
    }

    private static void CheckContradictions(IReadOnlyList<PersonalSample> samples)
    {
        if (samples.GroupBy(sample => sample.Facts.Pixels).FirstOrDefault(same => same.Select(sample => sample.Label).Distinct().Count() > 1) is not { } twice) return;
        throw new SakiException("Reading the pictures", "each picture in one class", $"the same picture as {string.Join(" and ", twice.DistinctBy(sample => sample.Label).Select(sample => sample.Name))}", "Keep it in the class that it shows.");
    }
}
