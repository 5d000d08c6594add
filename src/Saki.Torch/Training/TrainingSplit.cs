using Saki.Datasets;

namespace Saki.Torch.Training;

/// <summary>What is learned from and what is evaluated on while training. The test split is in neither: it is for the end.</summary>
/// <param name="Train">Samples to learn from.</param>
/// <param name="Val">Samples to choose the best epoch by.</param>
public sealed record TrainingSplit(IReadOnlyList<Sample> Train, IReadOnlyList<Sample> Val)
{
    /// <summary>The version's own splits; without a validation split, <paramref name="fraction"/> of each class of the training split.</summary>
    /// <exception cref="SakiException">There is nothing to learn from or to evaluate on.</exception>
    public static TrainingSplit Of(DatasetVersion version, double fraction, ulong seed)
    {
        Sample[] samples = [.. version.Samples];
        if (!samples.Any(sample => sample.Split == Split.Train))
            throw new SakiException("Starting the training", $"training images in {version.Summary}", "none", "Import the data with its split, or all of it as train.");
        if (!samples.Any(sample => sample.Split == Split.Val))
        {
            if (fraction is not (>= 0.01 and <= 0.5))
                throw new SakiException("Reading dataset.val_fraction", "0.01 to 0.5", $"{fraction}", "Correct it in conf/dataset or on the command line.");
            new StratifiedSplit(Split.Val, fraction, seed).Apply(samples, version.Classes.Count);
        }
        return new TrainingSplit([.. samples.Where(sample => sample.Split == Split.Train)], [.. samples.Where(sample => sample.Split == Split.Val)]);
    }
}
