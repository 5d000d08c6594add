namespace Saki.Datasets;

/// <summary>How one version differs from another, by path.</summary>
/// <param name="Added">Samples that only the second has.</param>
/// <param name="Removed">Samples that only the first has, unless they were renamed.</param>
/// <param name="Renamed">Samples of equal content that left one path and appeared under another.</param>
/// <param name="Changed">Another image under the same path.</param>
/// <param name="Relabelled">Another class under the same path.</param>
/// <param name="Resplit">Another split under the same path.</param>
public sealed record DatasetDiff(
    IReadOnlyList<string> Added, IReadOnlyList<string> Removed, IReadOnlyList<SampleChange> Renamed,
    IReadOnlyList<string> Changed, IReadOnlyList<SampleChange> Relabelled, IReadOnlyList<SampleChange> Resplit)
{
    /// <summary>True when both have the same samples.</summary>
    public bool IsEmpty => Added.Count + Removed.Count + Renamed.Count + Changed.Count + Relabelled.Count + Resplit.Count == 0;

    /// <summary>Compares in one walk over both, which are in path order.</summary>
    public static DatasetDiff Of(DatasetVersion first, DatasetVersion second)
    {
        var (added, removed) = (new List<Sample>(), new List<Sample>());
        var changed = new List<string>();
        var (relabelled, resplit) = (new List<SampleChange>(), new List<SampleChange>());
        int i = 0, j = 0;
        while (i < first.Samples.Count || j < second.Samples.Count)
        {
            var order = i == first.Samples.Count ? 1 : j == second.Samples.Count ? -1 : DatasetDigest.PathOrder.Compare(first.Samples[i].Path, second.Samples[j].Path);
            if (order < 0) removed.Add(first.Samples[i++]);
            else if (order > 0) added.Add(second.Samples[j++]);
            else
            {
                var (a, b) = (first.Samples[i++], second.Samples[j++]);
                if (a.Digest != b.Digest) changed.Add(a.Path);
                var (was, now) = (first.Classes[a.Label], second.Classes[b.Label]);
                if (was != now) relabelled.Add(new SampleChange(a.Path, was, now));
                if (a.Split != b.Split) resplit.Add(new SampleChange(a.Path, a.Split.Name(), b.Split.Name()));
            }
        }
        var renamed = PairRenamed(added, removed);
        return new DatasetDiff([.. added.Select(sample => sample.Path)], [.. removed.Select(sample => sample.Path)], renamed, changed, relabelled, resplit);
    }

    private static List<SampleChange> PairRenamed(List<Sample> added, List<Sample> removed)
    {
        var gone = removed.GroupBy(sample => sample.Digest).ToDictionary(group => group.Key, group => new Queue<Sample>(group));
        var renamed = new List<SampleChange>();
        var (arrived, left) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var sample in added)
        {
            if (!gone.TryGetValue(sample.Digest, out var queue) || !queue.TryDequeue(out var old)) continue;
            renamed.Add(new SampleChange(old.Path, old.Path, sample.Path));
            arrived.Add(sample.Path);
            left.Add(old.Path);
        }
        added.RemoveAll(sample => arrived.Contains(sample.Path));
        removed.RemoveAll(sample => left.Contains(sample.Path));
        return renamed;
    }
}

/// <summary>What was and what is.</summary>
/// <param name="Path">The sample in the first version.</param>
/// <param name="From">Class, split or path in the first version.</param>
/// <param name="To">The same in the second.</param>
public sealed record SampleChange(string Path, string From, string To);
