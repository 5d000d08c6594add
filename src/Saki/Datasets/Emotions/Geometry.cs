namespace Saki.Datasets.Emotions;

/// <summary>A point: in face units (half a face wide, y down) or in pixels, as the place says.</summary>
internal readonly record struct Point(double X, double Y)
{
    public static Point operator +(Point a, Point b) => new(a.X + b.X, a.Y + b.Y);

    public static Point operator -(Point a, Point b) => new(a.X - b.X, a.Y - b.Y);

    public static Point operator *(Point a, double k) => new(a.X * k, a.Y * k);
}

/// <summary>
/// Curves as lists of points. Only + - * / and square roots are used in all of this folder: IEEE 754 fixes their last bit, so that
/// the same seed draws the same bytes on every machine. Sine and cosine are not fixed that way.
/// </summary>
internal static class Curve
{
    private static readonly Point[] Circle = UnitCircle(4);

    /// <summary>A cubic Bezier without its last point, so that pieces can be joined.</summary>
    public static IEnumerable<Point> Cubic(Point a, Point b, Point c, Point d, int steps = 12)
    {
        for (var i = 0; i < steps; i++)
        {
            var t = (double)i / steps;
            var u = 1 - t;
            yield return (a * (u * u * u)) + (b * (3 * u * u * t)) + (c * (3 * u * t * t)) + (d * (t * t * t));
        }
    }

    /// <summary>An arc from corner to corner whose middle lies at <paramref name="middleY"/>; <paramref name="fullness"/> 0.3 (pointed) to 1 (round).</summary>
    public static IEnumerable<Point> Arc(Point from, Point to, double middleY, double fullness, int steps = 14)
    {
        // The middle of a cubic is (a + 3b + 3c + d) / 8: solve for the height of the two handles.
        var handle = ((8 * middleY) - from.Y - to.Y) / 6;
        var half = (to.X - from.X) / 2;
        var centre = (from.X + to.X) / 2;
        return Cubic(from, new Point(centre - (half * fullness), handle), new Point(centre + (half * fullness), handle), to, steps);
    }

    /// <summary>A closed smooth curve through all of <paramref name="points"/> (Catmull-Rom).</summary>
    public static Point[] Closed(IReadOnlyList<Point> points, int steps = 6)
    {
        var curve = new List<Point>(points.Count * steps);
        for (var i = 0; i < points.Count; i++)
        {
            Point before = points[(i + points.Count - 1) % points.Count], from = points[i], to = points[(i + 1) % points.Count], after = points[(i + 2) % points.Count];
            curve.AddRange(Cubic(from, from + ((to - before) * (1.0 / 6)), to - ((after - from) * (1.0 / 6)), to, steps));
        }
        return [.. curve];
    }

    /// <summary>An ellipse with axes along x and y.</summary>
    public static Point[] Ellipse(Point centre, double halfWidth, double halfHeight) =>
        Array.ConvertAll(Circle, p => new Point(centre.X + (p.X * halfWidth), centre.Y + (p.Y * halfHeight)));

    // Halving arcs needs square roots only.
    private static Point[] UnitCircle(int halvings)
    {
        List<Point> points = [new(1, 0), new(0, 1), new(-1, 0), new(0, -1)];
        for (var round = 0; round < halvings; round++)
        {
            var finer = new List<Point>();
            for (var i = 0; i < points.Count; i++)
            {
                var middle = points[i] + points[(i + 1) % points.Count];
                finer.Add(points[i]);
                finer.Add(middle * (1 / Math.Sqrt((middle.X * middle.X) + (middle.Y * middle.Y))));
            }
            points = finer;
        }
        return [.. points];
    }
}
