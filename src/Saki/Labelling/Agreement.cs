namespace Saki.Labelling;

/// <summary>One answer of one person.</summary>
/// <param name="Item">What was labelled.</param>
/// <param name="Annotator">Who.</param>
/// <param name="Label">Which class.</param>
public readonly record struct Judgement(long Item, string Annotator, string Label);

/// <summary>How far people agree beyond chance: 1 always, 0 as often as by chance, below 0 less often. Null when nothing was labelled twice, or chance alone agrees always.</summary>
public static class Agreement
{
    /// <summary>Cohen's kappa (Cohen, 1960) of two people over the items that both labelled.</summary>
    public static double? Cohen(IEnumerable<Judgement> judgements, string first, string second)
    {
        var pairs = judgements.Where(judgement => judgement.Annotator == first).Join(judgements.Where(judgement => judgement.Annotator == second),
            a => a.Item, b => b.Item, (a, b) => (A: a.Label, B: b.Label)).ToArray();
        if (pairs.Length == 0) return null;
        var observed = pairs.Count(pair => pair.A == pair.B) / (double)pairs.Length;
        var (left, right) = (pairs.CountBy(pair => pair.A).ToDictionary(), pairs.CountBy(pair => pair.B).ToDictionary());
        var chance = left.Sum(pair => pair.Value * (double)right.GetValueOrDefault(pair.Key)) / pairs.Length / pairs.Length;
        return chance >= 1 ? null : (observed - chance) / (1 - chance);
    }

    /// <summary>Krippendorff's alpha for nominal data (Krippendorff, 2011, "Computing Krippendorff's Alpha-Reliability"): any number of people, not all of whom labelled all.</summary>
    public static double? Krippendorff(IEnumerable<Judgement> judgements)
    {
        var units = judgements.GroupBy(judgement => judgement.Item).Select(unit => unit.Select(judgement => judgement.Label).ToArray()).Where(unit => unit.Length > 1).ToArray();
        var values = new Dictionary<string, int>(StringComparer.Ordinal);
        var disagreed = 0.0;
        foreach (var unit in units)
        {
            var counts = unit.CountBy(label => label).ToArray();
            foreach (var (label, count) in counts) values[label] = values.GetValueOrDefault(label) + count;
            // Ordered pairs of unequal values, each unit weighing as much as it has values.
            disagreed += ((double)unit.Length * unit.Length - counts.Sum(pair => (double)pair.Value * pair.Value)) / (unit.Length - 1);
        }
        double all = values.Values.Sum();
        if (all < 2) return null;
        var expected = (all * all - values.Values.Sum(count => (double)count * count)) / (all - 1);
        return expected == 0 ? null : 1 - (disagreed / expected);
    }
}
