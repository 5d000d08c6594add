using Saki.Storage;

namespace Saki.Datasets;

/// <summary>Turns facts about single samples into findings about their data set.</summary>
public static class DatasetCheck
{
    /// <param name="version">The version.</param>
    /// <param name="facts">One for each of its samples, in their order.</param>
    public static DatasetFindings Of(DatasetVersion version, IReadOnlyList<SampleFacts> facts)
    {
        var samples = version.Samples;
        var groups = Group(samples, facts);
        var (alike, nearLeaks) = LookAlikes.Of(samples, facts, [.. groups.Values]);
        var duplicates = groups.Values.Where(group => group.Count > 1).Select(group => new DuplicateGroup([.. group.Select(i => samples[i])]))
            .OrderBy(group => group.Samples[0].Path, DatasetDigest.PathOrder).ToArray();
        return new DatasetFindings
        {
            Version = version.Summary,
            Damaged = [.. Indices(facts, fact => fact.Problem is not null).Select(i => new LeftOut(samples[i].Path, facts[i].Problem!))],
            Constant = [.. Indices(facts, fact => fact.Constant).Select(i => samples[i])],
            Duplicates = duplicates,
            Distinct = groups.Count,
            Leaks = Leaks(duplicates),
            Alike = alike,
            NearLeaks = nearLeaks,
            Missing = Missing(version.Summary),
            Imbalance = Imbalance(version.Summary),
            Sizes = [.. facts.Where(fact => fact.Problem is null).CountBy(fact => (fact.Width, fact.Height))
                .Select(pair => new SizeCount(pair.Key.Width, pair.Key.Height, pair.Value)).OrderByDescending(size => size.Count).ThenBy(size => size.Width).ThenBy(size => size.Height)],
            Grey = facts.Count(fact => fact.Grey),
            Pixels = Indices(facts, _ => true).Where(i => IsMeasured(version.Summary, samples[i])).Aggregate(default(ChannelSums), (sum, i) => sum + facts[i].Sums),
        };
    }

    // What cannot be decoded is a copy only of the same bytes.
    private static Dictionary<Digest, List<int>> Group(IReadOnlyList<Sample> samples, IReadOnlyList<SampleFacts> facts)
    {
        var groups = new Dictionary<Digest, List<int>>(samples.Count);
        for (var i = 0; i < samples.Count; i++)
        {
            var key = facts[i].Problem is null ? facts[i].Pixels : samples[i].Digest;
            if (groups.TryGetValue(key, out var group)) group.Add(i);
            else groups.Add(key, [i]);
        }
        return groups;
    }

    private static List<SplitLeak> Leaks(DuplicateGroup[] duplicates)
    {
        var leaks = new List<SplitLeak>();
        foreach (var (from, into) in SplitNames.LeakPairs)
        {
            var spoiled = duplicates.Where(group => group.Samples.Any(sample => sample.Split == from)).SelectMany(group => group.Samples)
                .Where(sample => sample.Split == into).OrderBy(sample => sample.Path, DatasetDigest.PathOrder).ToArray();
            if (spoiled.Length > 0) leaks.Add(new SplitLeak(from, into, spoiled));
        }
        return leaks;
    }

    private static MissingClass[] Missing(DatasetSummary summary) =>
        [.. from split in SplitNames.All where summary.Count(split) > 0 from label in Enumerable.Range(0, summary.Classes.Count) where summary.Counts[(int)split][label] == 0 select new MissingClass(split, label)];

    private static double Imbalance(DatasetSummary summary)
    {
        var counts = Enumerable.Range(0, summary.Classes.Count).Select(label => SplitNames.All.Where(split => IsMeasured(summary, split)).Sum(split => summary.Counts[(int)split][label])).ToArray();
        return (double)counts.Max() / counts.Min();
    }

    private static bool IsMeasured(DatasetSummary summary, Sample sample) => IsMeasured(summary, sample.Split);

    private static bool IsMeasured(DatasetSummary summary, Split split) => split == Split.Train || summary.Count(Split.Train) == 0;

    private static IEnumerable<int> Indices(IReadOnlyList<SampleFacts> facts, Func<SampleFacts, bool> which) => Enumerable.Range(0, facts.Count).Where(i => which(facts[i]));
}
