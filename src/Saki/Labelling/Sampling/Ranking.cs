namespace Saki.Labelling.Sampling;

/// <summary>What is known of pictures that might be labelled; every list has one entry a picture, in the same order.</summary>
public sealed record Candidates
{
    /// <summary>How many pictures.</summary>
    public required int Count { get; init; }

    /// <summary>Class probabilities of the model; empty without a model.</summary>
    public IReadOnlyList<float[]> Probabilities { get; init; } = [];

    /// <summary>Class probabilities of the model in Staging, in the same order of classes; empty without one.</summary>
    public IReadOnlyList<float[]> Others { get; init; } = [];

    /// <summary>Points for distances: the penultimate layer, or what stands for it; empty without a model.</summary>
    public IReadOnlyList<float[]> Embeddings { get; init; } = [];

    /// <summary>When they came, milliseconds since 1970; empty where nobody knows.</summary>
    public IReadOnlyList<long> Times { get; init; } = [];

    /// <summary>Distance from the training data; null when it was not measured.</summary>
    public TrainingDistance? Training { get; init; }
}

/// <summary>A picture with its place.</summary>
/// <param name="Index">Which candidate.</param>
/// <param name="Score">What put it there; higher comes first. Not comparable between strategies.</param>
public readonly record struct Ranked(int Index, double Score);

/// <summary>Puts candidates into the order in which they should be labelled.</summary>
public static class Ranking
{
    // Beyond these the greedy choice would cost more than it gains; the rest follows by its distance.
    private const int MostCentres = 2000;

    /// <summary>All candidates, the most useful first; equal scores in random order.</summary>
    /// <param name="candidates">What is known.</param>
    /// <param name="strategy">What counts.</param>
    /// <param name="random">Breaks ties.</param>
    /// <exception cref="SakiException">The strategy needs what is not known.</exception>
    public static IReadOnlyList<Ranked> Of(Candidates candidates, SamplingStrategy strategy, SeededRandom random)
    {
        if (strategy == SamplingStrategy.KCentre) return Cover(Need(candidates.Embeddings, candidates, "a model", "Name a model."));
        var scores = strategy switch
        {
            SamplingStrategy.LeastConfidence => Rows(candidates, row => Uncertainty.LeastConfidence(row)),
            SamplingStrategy.Margin => Rows(candidates, row => Uncertainty.Margin(row)),
            SamplingStrategy.Entropy => Rows(candidates, row => Uncertainty.Entropy(row)),
            SamplingStrategy.Disagreement => Disagree(candidates),
            SamplingStrategy.Drift => Distances(candidates),
            SamplingStrategy.Newest => [.. Need(candidates.Times, candidates, "pictures with a date", "Choose another order.").Select(time => (double)time)],
            _ => new double[candidates.Count],
        };
        var order = Enumerable.Range(0, candidates.Count).ToArray();
        random.Shuffle<int>(order);
        return [.. order.Select(index => new Ranked(index, scores[index])).OrderByDescending(ranked => ranked.Score)];
    }

    private static double[] Rows(Candidates candidates, Func<float[], double> score) => [.. Need(candidates.Probabilities, candidates, "a model", "Name a model.").Select(score)];

    private static double[] Disagree(Candidates candidates)
    {
        var rows = Need(candidates.Probabilities, candidates, "a model in Production", "Promote a version.");
        var others = Need(candidates.Others, candidates, "a version in Staging beside the one in Production", "Promote a version to Staging, or choose another order.");
        return [.. rows.Zip(others, (row, other) => Uncertainty.Disagreement(row, other))];
    }

    private static double[] Distances(Candidates candidates)
    {
        var training = candidates.Training ?? throw new SakiException("Ordering pictures", "a data set version with a training split to compare with", "none", "Choose another order.");
        return [.. Need(candidates.Embeddings, candidates, "a model", "Name a model.").Select(point => training.Of(point))];
    }

    private static List<Ranked> Cover(IReadOnlyList<float[]> points)
    {
        var centres = KCentre.Choose(points, MostCentres, []);
        var chosen = centres.Select(centre => centre.Index).ToHashSet();
        var ranked = centres.Select(centre => new Ranked(centre.Index, double.IsFinite(centre.Distance) ? centre.Distance : 0)).ToList();
        ranked.AddRange(Enumerable.Range(0, points.Count).Where(index => !chosen.Contains(index)).Select(index => new Ranked(index, 0)));
        return ranked;
    }

    private static IReadOnlyList<T> Need<T>(IReadOnlyList<T> known, Candidates candidates, string expected, string next) =>
        known.Count == candidates.Count ? known : throw new SakiException("Ordering pictures", expected, "none", next);
}
