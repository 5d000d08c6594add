using Saki.Datasets;

namespace Saki.Torch.Training;

/// <summary>What is learned from and what is evaluated on while training. The test split is in neither: it is for the end.</summary>
/// <param name="Train">Samples to learn from.</param>
/// <param name="Val">Samples to choose the best epoch by.</param>
public sealed record TrainingSplit(IReadOnlyList<Sample> Train, IReadOnlyList<Sample> Val)
{
    /// <summary>The version's own splits; without a validation split, <paramref name="fraction"/> of each class of the training split, at least one sample of a class that has two.</summary>
    /// <exception cref="SakiException">There is nothing to learn from or to evaluate on.</exception>
    public static TrainingSplit Of(DatasetVersion version, double fraction, ulong seed)
    {
        var (train, val) = (version.Of(Split.Train), version.Of(Split.Val));
        if (train.Length == 0)
            throw new SakiException("Starting the training", $"a training split in {version.Summary}", "none", "Import the data with its split, or all of it as train.");
        if (val.Length > 0) return new TrainingSplit(train, val);

        if (fraction is not (>= 0.01 and <= 0.5))
            throw new SakiException("Reading dataset.val_fraction", "0.01 to 0.5", $"{fraction}", "Correct it in conf/dataset or on the command line.");
        var random = new SeededRandom(seed);
        var drawn = new HashSet<int>();
        foreach (var group in Enumerable.Range(0, train.Length).GroupBy(i => train[i].Label).OrderBy(group => group.Key))
        {
            int[] members = [.. group];
            random.Shuffle<int>(members);
            var count = members.Length < 2 ? 0 : Math.Max(1, (int)Math.Round(members.Length * fraction));
            drawn.UnionWith(members.AsSpan(0, count).ToArray());
        }
        if (drawn.Count == 0)
            throw new SakiException("Starting the training", "a validation split, or two images in some class to draw one from", "neither", "Import more images.");
        return new TrainingSplit([.. train.Where((_, i) => !drawn.Contains(i))], [.. train.Where((_, i) => drawn.Contains(i))]);
    }
}
