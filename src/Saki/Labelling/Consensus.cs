namespace Saki.Labelling;

/// <summary>What several people together say of one picture.</summary>
/// <param name="Label">The label that more of them gave than any other; null when there is none, or a tie.</param>
/// <param name="Votes">How many gave it.</param>
/// <param name="Given">How many gave any label.</param>
public readonly record struct Consensus(string? Label, int Votes, int Given)
{
    /// <summary>The plain majority.</summary>
    /// <param name="labels">One for each person.</param>
    public static Consensus Of(IReadOnlyList<string> labels)
    {
        var counts = labels.CountBy(label => label, StringComparer.Ordinal).OrderByDescending(pair => pair.Value).Take(2).ToArray();
        return counts switch
        {
            [] => new Consensus(null, 0, 0),
            [var first, var second] when first.Value == second.Value => new Consensus(null, first.Value, labels.Count),
            [var first, ..] => new Consensus(first.Key, first.Value, labels.Count),
        };
    }
}
