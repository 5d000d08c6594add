namespace Saki.Datasets;

/// <summary>What was found in a data set version.</summary>
public sealed record DatasetFindings
{
    /// <summary>The version that was looked at.</summary>
    public required DatasetSummary Version { get; init; }

    /// <summary>Images that cannot be decoded whole.</summary>
    public required IReadOnlyList<LeftOut> Damaged { get; init; }

    /// <summary>Images of one single colour.</summary>
    public required IReadOnlyList<Sample> Constant { get; init; }

    /// <summary>Images that occur more than once, by the path of their first copy.</summary>
    public required IReadOnlyList<DuplicateGroup> Duplicates { get; init; }

    /// <summary>Different images that look like another one (see <see cref="PictureSketch.IsLike"/>): the same photograph in another crop or compression, most often. No fault.</summary>
    public required int Alike { get; init; }

    /// <summary>Samples of one split that look like one of another without being a copy, for each pair of splits that has any. No fault.</summary>
    public required IReadOnlyList<SplitLeak> NearLeaks { get; init; }

    /// <summary>Different images: copies count once.</summary>
    public required int Distinct { get; init; }

    /// <summary>Samples of one split with a copy in another, for each pair of splits that has any.</summary>
    public required IReadOnlyList<SplitLeak> Leaks { get; init; }

    /// <summary>Classes without an image in a split that has images.</summary>
    public required IReadOnlyList<MissingClass> Missing { get; init; }

    /// <summary>Images of the largest class of the training split for one of the smallest; of all splits where there is no training split. Infinite with an empty class.</summary>
    public required double Imbalance { get; init; }

    /// <summary>Sizes, the most frequent first.</summary>
    public required IReadOnlyList<SizeCount> Sizes { get; init; }

    /// <summary>Images whose pixels are all grey, whatever their file says.</summary>
    public required int Grey { get; init; }

    /// <summary>Over all pixels of the training split (of all splits where there is none): what <c>normalize</c> takes.</summary>
    public required ChannelSums Pixels { get; init; }

    /// <summary>The groups whose copies carry different labels.</summary>
    public IEnumerable<DuplicateGroup> Contradictions => Duplicates.Where(group => group.Contradicts);

    /// <summary>
    /// True when something was found that makes figures wrong: damaged or constant images, contradicting labels, leaks, a class missing in a split.
    /// Copies within a split with one label and unequal class sizes are reported but are no fault.
    /// </summary>
    public bool HasFaults => Damaged.Count > 0 || Constant.Count > 0 || Leaks.Count > 0 || Missing.Count > 0 || Contradictions.Any();
}

/// <summary>One image that occurs more than once.</summary>
/// <param name="Samples">Its copies, at least two, in path order.</param>
public sealed record DuplicateGroup(IReadOnlyList<Sample> Samples)
{
    /// <summary>True when the files are equal byte for byte, false when only their decoded pixels are.</summary>
    public bool SameBytes => Samples.All(sample => sample.Digest == Samples[0].Digest);

    /// <summary>True when the copies do not all carry the same label.</summary>
    public bool Contradicts => Samples.Any(sample => sample.Label != Samples[0].Label);
}

/// <summary>Samples that are in two splits.</summary>
/// <param name="From">The split that is used first: train before val before test.</param>
/// <param name="Into">The split whose figures the leak spoils.</param>
/// <param name="Samples">Those of <paramref name="Into"/> with a copy in <paramref name="From"/>.</param>
public sealed record SplitLeak(Split From, Split Into, IReadOnlyList<Sample> Samples);

/// <summary>A class without images in a split that has images.</summary>
/// <param name="Split">The split.</param>
/// <param name="Label">The class.</param>
public sealed record MissingClass(Split Split, int Label);

/// <summary>How often a size occurs.</summary>
/// <param name="Width">Upright, in pixels.</param>
/// <param name="Height">Upright, in pixels.</param>
/// <param name="Count">Images.</param>
public sealed record SizeCount(int Width, int Height, int Count);
