namespace Saki.Datasets;

/// <summary>Makes a version without what a check found.</summary>
public static class DatasetDrop
{
    /// <summary>
    /// What can be dropped, in the order in which it is done, each looking at what the ones before have left: <c>damaged</c> and <c>constant</c> images;
    /// <c>contradictions</c>: every copy of an image with different labels, since nobody knows which is right; <c>leaks</c>: the copies in train of what is in val or test, and
    /// those in val of what is in test, so that figures on the test split stay comparable; <c>duplicates</c>: all but the first copy within a split.
    /// </summary>
    public static IReadOnlyList<string> Kinds { get; } = ["damaged", "constant", "contradictions", "leaks", "duplicates"];

    /// <summary>Reads <c>leaks,constant</c>, in any order.</summary>
    /// <exception cref="SakiException">A name is none of <see cref="Kinds"/>.</exception>
    public static IReadOnlyList<string> Parse(string text)
    {
        var asked = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var kind in asked)
            if (!Kinds.Contains(kind)) throw new SakiException("Reading --drop", $"one or more of {string.Join(", ", Kinds)}", $"\"{kind}\"", DidYouMean.Hint(kind, [.. Kinds]));
        if (asked.Length == 0) throw new SakiException("Reading --drop", $"one or more of {string.Join(", ", Kinds)}", "nothing");
        return [.. Kinds.Where(asked.Contains)];
    }

    /// <summary>The samples to go, in path order, with the kind of finding as their reason.</summary>
    public static IReadOnlyList<LeftOut> Choose(DatasetFindings findings, IReadOnlyCollection<string> kinds)
    {
        var gone = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var kind in Kinds.Where(kinds.Contains))
            foreach (var path in Found(findings, kind, gone).ToArray()) gone.TryAdd(path, kind);
        return [.. gone.Select(pair => new LeftOut(pair.Key, pair.Value)).OrderBy(file => file.Path, DatasetDigest.PathOrder)];
    }

    /// <summary>These, and the samples whose pictures were erased since: no new version keeps them.</summary>
    public static IReadOnlyList<LeftOut> WithErased(DatasetVersion version, IReadOnlyList<LeftOut> dropped, IReadOnlySet<Storage.Digest> erased)
    {
        var known = dropped.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return [.. dropped.Concat(version.Samples.Where(sample => erased.Contains(sample.Digest) && !known.Contains(sample.Path)).Select(sample => new LeftOut(sample.Path, ErasedPictures.Reason)))
            .OrderBy(file => file.Path, DatasetDigest.PathOrder)];
    }

    /// <summary>The version without <paramref name="dropped"/>, not yet in any store.</summary>
    /// <param name="version">The version to take from.</param>
    /// <param name="dropped">From <see cref="Choose"/>.</param>
    /// <param name="source">How the new version was made, for its manifest.</param>
    /// <param name="now">Its date.</param>
    /// <exception cref="SakiException">Nothing would be left of a class in the training split.</exception>
    public static DatasetVersion Apply(DatasetVersion version, IReadOnlyList<LeftOut> dropped, string source, DateTimeOffset now)
    {
        var paths = dropped.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var left = version.Samples.Where(sample => !paths.Contains(sample.Path)).ToArray();
        return DatasetVersion.Make("Dropping", version.Name, version.Classes, left, source, now, [.. version.LeftOut, .. dropped], version.Summary.LeftOutCount + dropped.Count);
    }

    private static IEnumerable<string> Found(DatasetFindings findings, string kind, Dictionary<string, string> gone) => kind switch
    {
        "damaged" => findings.Damaged.Select(file => file.Path),
        "constant" => findings.Constant.Select(sample => sample.Path),
        "contradictions" => findings.Contradictions.SelectMany(group => group.Samples).Select(sample => sample.Path),
        "leaks" => Left(findings, gone).SelectMany(group => group.Where(sample => sample.Split != group.Max(copy => copy.Split))).Select(sample => sample.Path),
        _ => Left(findings, gone).SelectMany(group => group.GroupBy(sample => sample.Split).SelectMany(copies => copies.Skip(1))).Select(sample => sample.Path),
    };

    private static IEnumerable<Sample[]> Left(DatasetFindings findings, Dictionary<string, string> gone) =>
        findings.Duplicates.Select(group => group.Samples.Where(sample => !gone.ContainsKey(sample.Path)).ToArray()).Where(copies => copies.Length > 1);
}
