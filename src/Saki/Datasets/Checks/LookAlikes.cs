namespace Saki.Datasets;

/// <summary>Pictures that look alike without being copies of each other.</summary>
internal static class LookAlikes
{
    /// <param name="samples">All samples.</param>
    /// <param name="facts">One for each.</param>
    /// <param name="copies">The samples by number, those that show the same pixels together.</param>
    internal static (int Alike, IReadOnlyList<SplitLeak> Leaks) Of(IReadOnlyList<Sample> samples, IReadOnlyList<SampleFacts> facts, IReadOnlyList<List<int>> copies)
    {
        var sketches = copies.Select(group => facts[group[0]].Sketch).ToArray();
        var index = new SketchIndex(sketches);
        var found = new int[sketches.Length][];
        Parallel.For(0, sketches.Length, i => found[i] = sketches[i] is { } sketch ? [.. index.Like(sketch).Where(other => other != i)] : []);
        return (found.Count(others => others.Length > 0), Leaks(samples, copies, found));
    }

    private static List<SplitLeak> Leaks(IReadOnlyList<Sample> samples, IReadOnlyList<List<int>> copies, int[][] alike)
    {
        var leaks = new List<SplitLeak>();
        foreach (var (from, into) in SplitNames.LeakPairs)
        {
            bool IsIn(int picture, Split split) => copies[picture].Exists(sample => samples[sample].Split == split);
            var spoiled = Enumerable.Range(0, copies.Count)
                .Where(picture => alike[picture].Length > 0 && IsIn(picture, into) && !IsIn(picture, from) && alike[picture].Any(other => IsIn(other, from)))
                .SelectMany(picture => copies[picture].Select(sample => samples[sample]).Where(sample => sample.Split == into))
                .OrderBy(sample => sample.Path, DatasetDigest.PathOrder).ToArray();
            if (spoiled.Length > 0) leaks.Add(new SplitLeak(from, into, spoiled));
        }
        return leaks;
    }
}
