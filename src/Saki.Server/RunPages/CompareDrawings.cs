using System.Globalization;
using Saki.Server.Charts;
using Saki.Server.Layout;

namespace Saki.Server.RunPages;

/// <summary>Settings and figures of several runs side by side as upright axes; each run is a line across them.</summary>
/// <param name="Axes">From left to right.</param>
/// <param name="Lines">One for each run, in their order: its places on the axes, 0 (low end) to 100; null where it has no value.</param>
public sealed record ParallelDrawing(IReadOnlyList<ParallelAxis> Axes, IReadOnlyList<IReadOnlyList<double?>> Lines)
{
    private const int MostSettings = 6, MostMetrics = 2, MostWords = 12;

    /// <summary>The settings that differ and the telling metrics; null when there are fewer than two axes.</summary>
    internal static ParallelDrawing? Of(IReadOnlyList<ParamDifference> settings, IReadOnlyList<MetricComparison> metrics)
    {
        var differing = settings.Where(item => !item.Equal).Select(item => (item.Key, Values: item.Values, Numbers: Numbers(item.Values)))
            .Where(item => item.Numbers is not null || item.Values.Distinct().Count() <= MostWords)
            .OrderBy(item => item.Numbers is null).Take(MostSettings).Select(item => item.Numbers is { } numbers ? OfNumbers(item.Key, numbers) : OfWords(item.Key, item.Values));
        var figures = metrics.Where(metric => metric.Values.OfType<double>().Where(double.IsFinite).Distinct().Count() > 1).Take(MostMetrics)
            .Select(metric => OfNumbers(metric.Key, [.. metric.Values.Select(value => value is { } known && double.IsFinite(known) ? value : null)]));
        var axes = differing.Concat(figures).ToList();
        if (axes.Count < 2) return null;
        var runs = axes[0].Places.Count;
        return new ParallelDrawing([.. axes.Select(axis => axis.Axis)], [.. Enumerable.Range(0, runs).Select(run => (IReadOnlyList<double?>)[.. axes.Select(axis => axis.Places[run])])]);
    }

    /// <summary>All values as numbers; null when one is none.</summary>
    internal static IReadOnlyList<double?>? Numbers(IReadOnlyList<string?> values)
    {
        var numbers = values.Select(value => value is not null && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : (double?)null).ToList();
        return values.Zip(numbers).All(pair => pair.First is null || pair.Second is not null) ? numbers : null;
    }

    private static (ParallelAxis Axis, IReadOnlyList<double?> Places) OfNumbers(string title, IReadOnlyList<double?> values)
    {
        var (low, high) = (values.Min() ?? 0, values.Max() ?? 1);
        // A learning rate is read by its powers of ten.
        var log = low > 0 && high / low > 50;
        double? Place(double? value) => value is not { } known ? null : high == low ? 50 : 100 * (log ? Math.Log(known / low) / Math.Log(high / low) : (known - low) / (high - low));
        return (new ParallelAxis(title, Words.Metric(low), Words.Metric(high), log), [.. values.Select(Place)]);
    }

    private static (ParallelAxis Axis, IReadOnlyList<double?> Places) OfWords(string title, IReadOnlyList<string?> values)
    {
        var words = values.OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
        var axis = new ParallelAxis(title, words.Count == 0 ? "" : words[0], words.Count == 0 ? "" : words[^1], false);
        return (axis, [.. values.Select(value => value is null ? (double?)null : words.Count == 1 ? 50 : 100.0 * words.IndexOf(value) / (words.Count - 1))]);
    }
}

/// <summary>One upright axis.</summary>
/// <param name="Title">What it tells of.</param>
/// <param name="Low">What stands at its lower end.</param>
/// <param name="High">What stands at its upper end.</param>
/// <param name="Log">Whether equal steps are equal factors.</param>
public sealed record ParallelAxis(string Title, string Low, string High, bool Log);

/// <summary>Runs as points over two of their numbers.</summary>
/// <param name="X">What stands along the bottom.</param>
/// <param name="Y">What stands along the side.</param>
/// <param name="Choices">What can stand there.</param>
/// <param name="Points">The place of each run that has both, 0 to 100 from the lower left, and its number from 0.</param>
public sealed record ScatterDrawing(string X, string Y, IReadOnlyList<string> Choices, IReadOnlyList<(int Run, double X, double Y)> Points)
{
    /// <summary>Labels along the bottom and the side, with their places.</summary>
    public IReadOnlyList<(double Place, string Text)> AcrossMarks { get; private init; } = [];

    /// <inheritdoc cref="AcrossMarks"/>
    public IReadOnlyList<(double Place, string Text)> UpMarks { get; private init; } = [];

    /// <summary>The drawing of these two numbers, or of the telling ones; null when runs have fewer than two in common.</summary>
    internal static ScatterDrawing? Of(IReadOnlyList<ParamDifference> settings, IReadOnlyList<MetricComparison> metrics, string? x, string? y)
    {
        var known = new Dictionary<string, IReadOnlyList<double?>>(StringComparer.Ordinal);
        foreach (var item in settings.Where(item => !item.Equal))
            if (ParallelDrawing.Numbers(item.Values) is { } numbers) known[$"params.{item.Key}"] = numbers;
        var settled = known.Count;
        foreach (var metric in metrics.Where(metric => metric.Values.OfType<double>().Any(double.IsFinite)))
            known[$"metrics.{metric.Key}"] = [.. metric.Values.Select(value => value is { } figure && double.IsFinite(figure) ? value : null)];
        if (known.Count < 2) return null;
        var names = known.Keys.ToList();
        var across = x is not null && known.ContainsKey(x) ? x : names[0];
        var up = y is not null && known.ContainsKey(y) ? y : names[settled < names.Count && settled > 0 ? settled : 1];
        var points = known[across].Zip(known[up]).Select((pair, run) => (Run: run, pair.First, pair.Second)).Where(point => point is { First: not null, Second: not null }).ToList();
        if (points.Count == 0) return new ScatterDrawing(across, up, names, []);
        var (bottom, side) = (Scale.Around(points.Min(point => point.First!.Value), points.Max(point => point.First!.Value)), Scale.Around(points.Min(point => point.Second!.Value), points.Max(point => point.Second!.Value)));
        return new ScatterDrawing(across, up, names, [.. points.Select(point => (point.Run, bottom.Place(point.First!.Value), side.Place(point.Second!.Value)))])
        {
            AcrossMarks = [.. bottom.Marks.Select(mark => (bottom.Place(mark), Words.Metric(mark)))],
            UpMarks = [.. side.Marks.Select(mark => (side.Place(mark), Words.Metric(mark)))],
        };
    }
}
