using Saki.Storage;

namespace Saki.Datasets;

/// <summary>What a version is, without its samples: cheap to read and to list.</summary>
public sealed record DatasetSummary
{
    /// <summary>The data set's name.</summary>
    public required string Name { get; init; }

    /// <summary>The version: see <see cref="DatasetDigest"/> for the bytes behind it.</summary>
    public required Digest Digest { get; init; }

    /// <summary>Counts up with every import under this name; the highest is the newest.</summary>
    public required long Sequence { get; init; }

    /// <summary>Class names in label order. The order belongs to the version but not to its digest.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Samples per class, for each of <see cref="SplitNames.All"/> in that order.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Counts { get; init; }

    /// <summary>The path that was imported, or how the samples were made.</summary>
    public required string Source { get; init; }

    /// <summary>When this version was imported last, in UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>How many files of the source did not become samples.</summary>
    public required int LeftOutCount { get; init; }

    /// <summary>Samples of one split.</summary>
    public int Count(Split split) => Counts[(int)split].Sum();

    /// <summary>Samples of all splits.</summary>
    public int Total => SplitNames.All.Sum(Count);

    /// <summary>How the version is written: <c>NAME@DIGEST</c> with the digest's first 12 digits.</summary>
    public override string ToString() => $"{Name}@{Digest.Short}";
}

/// <summary>An immutable set of labelled samples.</summary>
/// <param name="Summary">Name, digest, classes and counts.</param>
/// <param name="Samples">In ordinal order of their paths (as UTF-8), whatever the order of the source.</param>
/// <param name="LeftOut">The first files (at most <see cref="MostLeftOutKept"/>) that did not become samples.</param>
public sealed record DatasetVersion(DatasetSummary Summary, IReadOnlyList<Sample> Samples, IReadOnlyList<LeftOut> LeftOut)
{
    /// <summary>How many left-out files are named in a manifest; the count is always exact.</summary>
    public const int MostLeftOutKept = 1000;

    /// <inheritdoc cref="DatasetSummary.Name"/>
    public string Name => Summary.Name;

    /// <inheritdoc cref="DatasetSummary.Digest"/>
    public Digest Digest => Summary.Digest;

    /// <inheritdoc cref="DatasetSummary.Classes"/>
    public IReadOnlyList<string> Classes => Summary.Classes;

    /// <summary>A version of <paramref name="samples"/> (in <see cref="DatasetDigest.PathOrder"/>, each path once) that no store has numbered yet.</summary>
    /// <exception cref="SakiException">There are none, or the training split has images but none of some class.</exception>
    internal static DatasetVersion Make(
        string operation, string name, IReadOnlyList<string> classes, IReadOnlyList<Sample> samples, string source, DateTimeOffset now, IReadOnlyList<LeftOut> leftOut, int leftOutCount)
    {
        var counts = SplitNames.All.Select(_ => new int[classes.Count]).ToArray();
        foreach (var sample in samples) counts[(int)sample.Split][sample.Label]++;
        if (samples.Count == 0) throw new SakiException(operation, "at least one image", $"none in {source}", "Check that this is the file or folder you meant.");
        var train = counts[(int)Split.Train];
        var missing = Enumerable.Range(0, classes.Count).Where(label => train[label] == 0 && counts.Any(split => split[label] > 0)).Select(label => classes[label]).ToArray();
        if (missing.Length > 0 && train.Any(count => count > 0))
        {
            throw new SakiException(operation, "training images of every class", $"none of {string.Join(", ", missing)}, which other splits have",
                "Add some, or take the class out of the other splits: a model cannot learn it.");
        }
        var summary = new DatasetSummary
        {
            Name = name,
            Digest = DatasetDigest.Of(samples, classes),
            Sequence = 0,
            Classes = [.. classes],
            Counts = counts,
            Source = source,
            Created = now,
            LeftOutCount = leftOutCount,
        };
        return new DatasetVersion(summary, samples, [.. leftOut.Take(MostLeftOutKept)]);
    }

    /// <summary>The samples of one split, in the order of <see cref="Samples"/>.</summary>
    public Sample[] Of(Split split) => [.. Samples.Where(sample => sample.Split == split)];
}
