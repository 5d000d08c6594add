namespace Saki.Datasets.Emotions;

/// <summary>Where the head is and how it is turned: maps face units to pixels.</summary>
internal sealed class Pose
{
    private readonly double _centreX, _centreY, _cos, _sin, _yaw, _pitch;

    private Pose(double centreX, double centreY, double scale, double halfTangent, double yaw, double pitch)
    {
        (_centreX, _centreY, Scale, _yaw, _pitch) = (centreX, centreY, scale, yaw, pitch);
        // Rotation by a rational point of the circle: no sine needed.
        var norm = 1 + (halfTangent * halfTangent);
        (_cos, _sin) = ((1 - (halfTangent * halfTangent)) / norm, 2 * halfTangent / norm);
    }

    /// <summary>Pixels in a face unit.</summary>
    public double Scale { get; }

    /// <summary>A head that fills most of the picture, turned by about ±6 degrees in the picture and ±15 out of it.</summary>
    public static Pose Draw(SeededRandom random, int size) => new(
        size * (0.5 + (0.028 * random.Bell())), size * (0.51 + (0.025 * random.Bell())),
        size * (0.318 + (0.02 * random.Bell())), 0.045 * random.Bell(), 0.11 * random.Bell(), 0.07 * random.Bell());

    /// <summary>A point on the front of the head; <paramref name="lift"/> raises it from the surface (the nose).</summary>
    public Point Front(double x, double y, double lift = 0)
    {
        var depth = Math.Sqrt(Math.Max(0, 1 - (x * x) - (y * y / 1.7))) + lift;
        return Flat(x + (_yaw * depth), y + (_pitch * depth));
    }

    /// <summary>A point of the outline or behind the head.</summary>
    public Point Flat(double x, double y) => new(_centreX + (Scale * ((_cos * x) - (_sin * y))), _centreY + (Scale * ((_sin * x) + (_cos * y))));

    /// <summary>Face units of a pixel, without depth.</summary>
    public Point Back(Point pixel)
    {
        double dx = (pixel.X - _centreX) / Scale, dy = (pixel.Y - _centreY) / Scale;
        return new Point((_cos * dx) + (_sin * dy), (_cos * dy) - (_sin * dx));
    }

    public Point[] Front(IEnumerable<Point> points) => [.. points.Select(p => Front(p.X, p.Y))];

    public Point[] Flat(IEnumerable<Point> points) => [.. points.Select(p => Flat(p.X, p.Y))];
}
