namespace Saki.Drift;

/// <summary>Pictures that later ones are held against.</summary>
/// <param name="pictures">At least two.</param>
public sealed class DriftReference(IReadOnlyList<PictureTraits> pictures)
{
    private readonly Dictionary<string, QuantileBins> _bins = Numbers.Keys.ToDictionary(name => name, name => Bins(pictures.Select(Numbers[name])), StringComparer.Ordinal);

    private static readonly Dictionary<string, Func<PictureTraits, double>> Numbers = new(StringComparer.Ordinal)
    {
        ["brightness"] = picture => picture.Brightness,
        ["contrast"] = picture => picture.Contrast,
        ["sharpness"] = picture => picture.Sharpness,
        ["size"] = picture => picture.Size,
    };

    /// <summary>How far pictures have moved: the population stability index of a number or of the classes; for <c>embeddings</c>, how likely so large a discrepancy is by chance.</summary>
    /// <param name="of"><c>brightness</c>, <c>contrast</c>, <c>sharpness</c>, <c>size</c>, <c>classes</c> or <c>embeddings</c>.</param>
    /// <param name="now">At least two.</param>
    /// <param name="random">Draws the permutations of the test on embeddings.</param>
    /// <exception cref="SakiException">Another name, or embeddings that were not kept.</exception>
    public double Measure(string of, IReadOnlyList<PictureTraits> now, SeededRandom random)
    {
        if (_bins.TryGetValue(of, out var bins)) return bins.Drift(now.Select(Numbers[of]));
        return of switch
        {
            "classes" => Classes(now),
            "embeddings" => MeanDiscrepancy.Between([.. pictures.Select(picture => picture.Embedding)], [.. now.Select(picture => picture.Embedding)], random).PValue,
            _ => throw new SakiException("Measuring drift", "classes, brightness, contrast, sharpness, size or embeddings", $"\"{of}\""),
        };
    }

    private double Classes(IReadOnlyList<PictureTraits> now)
    {
        var (before, after) = (pictures.CountBy(picture => picture.Class).ToDictionary(), now.CountBy(picture => picture.Class).ToDictionary());
        var names = before.Keys.Union(after.Keys).Order(StringComparer.Ordinal).ToArray();
        return PopulationStability.Between([.. names.Select(name => (long)before.GetValueOrDefault(name))], [.. names.Select(name => (long)after.GetValueOrDefault(name))]);
    }

    // With a bin on either side of what the reference has: a reference that is one number all over sees others, too.
    private static QuantileBins Bins(IEnumerable<double> values)
    {
        double[] all = [.. values];
        var bins = new QuantileBins { Ends = [Math.BitDecrement(all.Min()), .. QuantileBins.Of(all).Ends, all.Max()], Reference = [] };
        return bins with { Reference = bins.Count(all) };
    }
}
