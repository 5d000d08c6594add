using Saki.Server.Tracking.Runs;

namespace Saki.Server.Charts;

/// <summary>A line of a chart and the figures that tell it in words.</summary>
public sealed record ChartLine
{
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
        var (raw, smooth, mean) = (new Envelope(), new Envelope(), new SmoothMean(options.Smooth));
        var (count, left) = (0L, 0L);
        var (least, greatest, right, last) = (double.NaN, double.NaN, double.NegativeInfinity, double.NaN);
        foreach (var point in history)
        {
            count++;
            var x = options.Axis switch { ChartAxis.Time => point.Time, ChartAxis.Relative => (point.Time - start) / 1000.0, _ => point.Step };
            if (x < options.From || x > options.To) continue;
            var y = point.Value;
            if (!double.IsFinite(y) || (options.Log && y <= 0))
            {
                left++;
                continue;
            }
            raw.Add(new ChartPoint(x, y));
            if (options.Smooth > 0) smooth.Add(new ChartPoint(x, mean.Next(y)));
            if (!(y >= least)) least = y; // also the first one, which NaN compares with nothing
            if (!(y <= greatest)) greatest = y;
            if (x >= right) (right, last) = (x, y);
        }
        var line = new ChartLine { Name = name, Points = [], Count = count, Left = left, Least = least, Greatest = greatest, Last = last };
        var points = FromLeft(raw.Points(), options.Axis);
        if (options.Smooth <= 0) return line with { Points = Thinning.Thin(points) };
        var mild = raw.IsWhole ? Thinning.Smooth(points, options.Smooth) : FromLeft(smooth.Points(), options.Axis);
        return line with { Points = Thinning.Thin(mild), Raw = Thinning.Thin(points) };
    }

    // Histories come by time; steps may go back, after a resumption for instance.
    private static List<ChartPoint> FromLeft(List<ChartPoint> points, ChartAxis axis) => axis != ChartAxis.Step || IsInOrder(points) ? points : [.. points.OrderBy(point => point.X)];

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
