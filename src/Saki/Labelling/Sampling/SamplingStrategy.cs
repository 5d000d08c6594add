namespace Saki.Labelling.Sampling;

/// <summary>Which pictures are labelled first.</summary>
public enum SamplingStrategy
{
    /// <summary>Those whose likeliest class is least likely (Lewis and Gale, 1994).</summary>
    LeastConfidence,

    /// <summary>Those whose two likeliest classes are closest (Scheffer and others, 2001).</summary>
    Margin,

    /// <summary>Those with the highest entropy over the classes.</summary>
    Entropy,

    /// <summary>Those on which Production and Staging differ most (query by committee; Jensen-Shannon divergence, Lin, 1991).</summary>
    Disagreement,

    /// <summary>Those that cover all pictures best, each the furthest from all chosen before (greedy k-centre: Sener and Savarese, 2018).</summary>
    KCentre,

    /// <summary>Those furthest from what the model learned from (Mahalanobis distance to the nearest class: Lee and others, 2018; diagonal covariance).</summary>
    Drift,

    /// <summary>Those that came last.</summary>
    Newest,

    /// <summary>Any.</summary>
    Random,
}

/// <summary>How strategies are written.</summary>
public static class StrategyNames
{
    private static readonly string[] Words = ["least-confidence", "margin", "entropy", "disagreement", "k-centre", "drift", "newest", "random"];

    /// <summary>All of them, in the order of <see cref="SamplingStrategy"/>.</summary>
    public static IReadOnlyList<string> All => Words;

    /// <summary>The name on the command line, in addresses and in the database.</summary>
    public static string Name(this SamplingStrategy strategy) => Words[(int)strategy];

    /// <summary>The name on pages.</summary>
    public static string Title(this SamplingStrategy strategy) => strategy switch
    {
        SamplingStrategy.LeastConfidence => "Least sure first",
        SamplingStrategy.Margin => "Smallest margin first",
        SamplingStrategy.Entropy => "Highest entropy first",
        SamplingStrategy.Disagreement => "Production and Staging differ",
        SamplingStrategy.KCentre => "Most different first",
        SamplingStrategy.Drift => "Furthest from training first",
        SamplingStrategy.Newest => "Newest first",
        _ => "Random order",
    };

    /// <summary>Reads one of <see cref="All"/>.</summary>
    /// <exception cref="SakiException">It is none.</exception>
    public static SamplingStrategy Parse(string name) => Array.IndexOf(Words, name) is >= 0 and var at
        ? (SamplingStrategy)at
        : throw new SakiException("Reading the strategy", string.Join(", ", Words), $"\"{name}\"", DidYouMean.Hint(name, Words));
}
