using Saki.Server.Tracking.Runs;

namespace Saki.Server.Charts;

/// <summary>A line of a chart and the figures that tell it in words.</summary>
public sealed record ChartLine
{
    // Of longer histories the lowest and highest point of each stretch stand for it from here on: they are what is drawn, and memory stays bounded.
    private const int MostHeld = 1 << 20;

    /// <summary>What the line is: a split, a run.</summary>
    public required string Name { get; init; }

    /// <summary>Address of what the line stands for; null for none.</summary>
    public string? Link { get; init; }

    /// <summary>What is drawn, at most 1,000 points.</summary>
    public required IReadOnlyList<ChartPoint> Points { get; init; }

    /// <summary>The points as logged where <see cref="Points"/> are smoothed; empty otherwise.</summary>
    public IReadOnlyList<ChartPoint> Raw { get; init; } = [];

    /// <summary>How many points were logged.</summary>
    public required long Count { get; init; }

    /// <summary>How many of them cannot be drawn: NaN, infinite, or not above 0 on a logarithmic scale.</summary>
    public long Left { get; init; }

    /// <summary>The least value in sight; NaN when there is none.</summary>
    public double Least { get; init; } = double.NaN;

    /// <summary>The greatest value in sight.</summary>
    public double Greatest { get; init; } = double.NaN;

    /// <summary>The value furthest to the right, as logged.</summary>
    public double Last { get; init; } = double.NaN;

    /// <summary>Makes a line of a history.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="history">All points, in any order.</param>
    /// <param name="start">When the run began, milliseconds since 1970.</param>
    /// <param name="options">How it is drawn.</param>
    internal static ChartLine Of(string name, IEnumerable<MetricPoint> history, long start, ChartOptions options)
    {
        var (points, count, left) = (new List<ChartPoint>(), 0L, 0L);
        foreach (var point in history)
        {
            count++;
            var x = options.Axis switch { ChartAxis.Time => point.Time, ChartAxis.Relative => (point.Time - start) / 1000.0, _ => point.Step };
            if (x < options.From || x > options.To) continue;
            if (!double.IsFinite(point.Value) || (options.Log && point.Value <= 0)) left++;
            else points.Add(new ChartPoint(x, point.Value));
            if (points.Count == MostHeld) points = Thinning.Thin(points, MostHeld / 2);
        }
        // Histories come by time; steps may go back, after a resumption for instance.
        if (options.Axis == ChartAxis.Step && !IsInOrder(points)) points = [.. points.OrderBy(point => point.X)];
        var line = new ChartLine { Name = name, Points = [], Count = count, Left = left };
        if (points.Count == 0) return line;
        line = line with { Least = points.Min(point => point.Y), Greatest = points.Max(point => point.Y), Last = points[^1].Y };
        return options.Smooth > 0 ? line with { Points = Thinning.Thin(Thinning.Smooth(points, options.Smooth)), Raw = Thinning.Thin(points) } : line with { Points = Thinning.Thin(points) };
    }

    private static bool IsInOrder(List<ChartPoint> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i].X < points[i - 1].X) return false;
        }
        return true;
    }
}

/// <summary>Lines over each other.</summary>
/// <param name="Title">What is measured.</param>
/// <param name="Lines">At most six are drawn; the others are named.</param>
/// <param name="Options">How.</param>
public sealed record Chart(string Title, IReadOnlyList<ChartLine> Lines, ChartOptions Options)
{
    /// <summary>Most lines that can be told apart.</summary>
    public const int MostLines = 6;

    /// <summary>True: the first line is the one that the page is about.</summary>
    public bool Leads { get; init; }

    internal Scale? Across()
    {
        var points = Lines.Take(MostLines).SelectMany(line => line.Points).ToList();
        if (points.Count == 0) return null;
        var (low, high) = (Options.From ?? points.Min(point => point.X), Options.To ?? points.Max(point => point.X));
        // Round hours are no round numbers of milliseconds; a range that was asked for is kept as it is.
        return Options.Axis == ChartAxis.Time || Options.From is not null || Options.To is not null ? Scale.Between(low, high) : Scale.Around(low, high, whole: Options.Axis == ChartAxis.Step);
    }

    internal Scale Up() => Scale.Around(Lines.Take(MostLines).Where(line => line.Points.Count > 0).Min(line => line.Least), Lines.Take(MostLines).Where(line => line.Points.Count > 0).Max(line => line.Greatest), Options.Log);
}
