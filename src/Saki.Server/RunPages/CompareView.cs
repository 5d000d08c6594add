using Saki.Server.Charts;
using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>All that the page over several runs shows.</summary>
public sealed record CompareView
{
    /// <summary>Most runs beside each other.</summary>
    public const int MostRuns = 20;

    /// <summary>The runs, in the order that was asked for.</summary>
    public required IReadOnlyList<Run> Runs { get; init; }

    /// <summary>Settings, those that differ first.</summary>
    public required IReadOnlyList<ParamDifference> Params { get; init; }

    /// <summary>Metrics that at least two runs have, or all of one run's; the telling ones first.</summary>
    public required IReadOnlyList<MetricComparison> Metrics { get; init; }

    /// <summary>How many metrics are not listed.</summary>
    public int MoreMetrics { get; init; }

    /// <summary>The metrics that are drawn.</summary>
    public required IReadOnlyList<Chart> Charts { get; init; }

    /// <summary>How they are drawn.</summary>
    public required ChartOptions Options { get; init; }

    /// <summary>Settings against results; null when there is too little that differs.</summary>
    public ParallelDrawing? Parallel { get; init; }

    /// <summary>One number over another; null when there are not two.</summary>
    public ScatterDrawing? Scatter { get; init; }

    /// <summary>Evaluation reports of the runs that have one, with their numbers from 0.</summary>
    public IReadOnlyList<(int Run, RunReport Report)> Reports { get; init; } = [];
}

/// <summary>A metric in several runs.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Values">Its newest value in each run, in their order; null where it was not logged.</param>
public sealed record MetricComparison(string Key, IReadOnlyList<double?> Values)
{
    /// <summary>The best value; null when the metric's name does not tell which way is better, or there is nothing to choose.</summary>
    public double? Best => MetricDirection.Best(Key, Values);

    /// <summary>All metrics of these runs, the telling ones first.</summary>
    public static IReadOnlyList<MetricComparison> Of(IReadOnlyList<Run> runs)
    {
        var values = runs.Select(run => run.Data.Metrics.ToDictionary(metric => metric.Key, metric => metric.Value, StringComparer.Ordinal)).ToList();
        return [.. values.SelectMany(one => one.Keys).GroupBy(key => key, StringComparer.Ordinal).OrderBy(key => RunColumnReader.Rank(key.Key)).ThenByDescending(key => key.Count()).ThenBy(key => key.Key, StringComparer.Ordinal)
            .Select(key => new MetricComparison(key.Key, [.. values.Select(one => one.TryGetValue(key.Key, out var value) ? value : (double?)null)]))];
    }
}
