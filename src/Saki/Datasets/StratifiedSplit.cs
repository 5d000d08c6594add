namespace Saki.Datasets;

/// <summary>Moves a share of each class from one split to another, the same samples for the same seed and the same set of paths.</summary>
/// <param name="To">The split to fill, which must be empty before.</param>
/// <param name="Fraction">Share of the training samples of each class, above 0 and below 1; at least one sample of a class with two or more, never all.</param>
/// <param name="Seed">Any value.</param>
public sealed record StratifiedSplit(Split To, double Fraction, ulong Seed = 0)
{
    /// <summary>Reads <c>val=0.1</c> or <c>test=0.2</c>, the form that <c>--split</c> takes.</summary>
    /// <exception cref="SakiException">The text is no such form.</exception>
    public static StratifiedSplit Parse(string text, ulong seed = 0)
    {
        var parts = text.Split('=', 2);
        if (parts.Length == 2 && SplitNames.TryParse(parts[0], out var to) && to != Split.Train
            && double.TryParse(parts[1], System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var fraction) && fraction is > 0 and < 1)
            return new StratifiedSplit(to, fraction, seed);
        throw new SakiException("Reading the split", "val=FRACTION or test=FRACTION with a fraction between 0 and 1", $"\"{text}\"", "Write --split val=0.1 for a tenth of the training images.");
    }

    /// <summary>Changes the splits of <paramref name="sorted"/> in place; it must be in path order, which makes the outcome independent of the source's.</summary>
    /// <param name="sorted">All samples.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="groups">The group of each sample, none of which is torn apart; null to split sample by sample.</param>
    /// <exception cref="SakiException">The source already fills the split, or has nothing to take from.</exception>
    public void Apply(Span<Sample> sorted, int classes, IReadOnlyList<string>? groups = null)
    {
        var byClass = new List<int>[classes];
        for (var i = 0; i < classes; i++) byClass[i] = [];
        var there = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Split == To) there++;
            else if (sorted[i].Split == Split.Train) byClass[sorted[i].Label].Add(i);
        }
        if (there > 0) throw new SakiException("Splitting", $"a source without {To.Name()} images", $"{there} of them", "Leave out --split to use the source's own.");
        if (byClass.All(list => list.Count < 2)) throw new SakiException("Splitting", "two or more training images in a class", "fewer", "Leave out --split.");
        if (groups is not null)
        {
            ApplyGrouped(sorted, byClass, groups);
            return;
        }
        for (var label = 0; label < classes; label++)
        {
            var places = byClass[label].ToArray();
            if (places.Length < 2) continue;
            new SeededRandom(Seed).Fork((ulong)label + 1).Shuffle<int>(places);
            var taken = Math.Clamp((int)Math.Round(places.Length * Fraction, MidpointRounding.AwayFromZero), 1, places.Length - 1);
            foreach (var place in places.AsSpan(0, taken)) sorted[place] = sorted[place] with { Split = To };
        }
    }

    // Groups in a random order, the large ones first; each goes over when that brings the class counts nearer to what was asked for.
    private void ApplyGrouped(Span<Sample> sorted, List<int>[] byClass, IReadOnlyList<string> groups)
    {
        var labels = new int[sorted.Length];
        for (var i = 0; i < labels.Length; i++) labels[i] = sorted[i].Label;
        var members = byClass.SelectMany(places => places).GroupBy(place => groups[place], StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => group.ToArray()).ToArray();
        if (members.Length < 2) throw new SakiException("Splitting", "two or more groups in the training images", $"{members.Length}", "Name another column.");
        new SeededRandom(Seed).Shuffle<int[]>(members);
        var missing = byClass.Select(places => places.Count * Fraction).ToArray();
        var chosen = new List<int[]>();
        foreach (var group in members.OrderByDescending(group => group.Length))
        {
            var counts = new double[missing.Length];
            foreach (var place in group) counts[labels[place]]++;
            var nearer = counts.Zip(missing, (count, wanted) => count * ((2 * wanted) - count)).Sum() > 0; // Σw² − Σ(w − c)²
            if (!nearer) continue;
            for (var label = 0; label < missing.Length; label++) missing[label] -= counts[label];
            chosen.Add(group);
        }
        if (chosen.Count == 0) chosen.Add(members.MinBy(group => group.Length)!); // every group is larger than the share: the smallest comes nearest
        foreach (var place in chosen.SelectMany(group => group)) sorted[place] = sorted[place] with { Split = To };
    }
}
