namespace Saki.Server.Charts;

/// <summary>One point of a line.</summary>
/// <param name="X">Along the bottom.</param>
/// <param name="Y">The value; never NaN or infinite.</param>
public readonly record struct ChartPoint(double X, double Y);

/// <summary>Makes long histories short without losing what a person looks for: of each stretch its lowest and its highest point stay, so that a single spike among a million points is still drawn.</summary>
internal static class Thinning
{
    /// <summary>Most points of a line.</summary>
    public const int Most = 1000;

    /// <summary>At most <paramref name="most"/> of these points, in their order; the first and the last are among them.</summary>
    public static List<ChartPoint> Thin(List<ChartPoint> points, int most = Most)
    {
        if (points.Count <= most) return points;
        var thin = new List<ChartPoint>(most) { points[0] };
        var stretches = (most - 2) / 2;
        for (var i = 0; i < stretches; i++)
        {
            var start = 1 + (int)((long)i * (points.Count - 2) / stretches);
            var end = 1 + (int)((long)(i + 1) * (points.Count - 2) / stretches);
            var (low, high) = (start, start);
            for (var at = start + 1; at < end; at++)
            {
                if (points[at].Y < points[low].Y) low = at;
                if (points[at].Y > points[high].Y) high = at;
            }
            thin.Add(points[Math.Min(low, high)]);
            if (low != high) thin.Add(points[Math.Max(low, high)]);
        }
        thin.Add(points[^1]);
        return thin;
    }

    /// <summary>The points with <see cref="SmoothMean"/> over them.</summary>
    public static List<ChartPoint> Smooth(List<ChartPoint> points, double weight)
    {
        var mean = new SmoothMean(weight);
        return points.ConvertAll(point => point with { Y = mean.Next(point.Y) });
    }
}

/// <summary>An exponential mean that does not start at zero (Kingma and Ba, "Adam", section 3: division by 1 - weight^n).</summary>
/// <param name="weight">Of what came before, 0 to below 1.</param>
internal sealed class SmoothMean(double weight)
{
    private double _mean, _left = 1;

    /// <summary>The mean with another value.</summary>
    public double Next(double value)
    {
        _mean = (_mean * weight) + (value * (1 - weight));
        _left *= weight;
        return _mean / (1 - _left);
    }
}
