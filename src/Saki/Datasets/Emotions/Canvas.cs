namespace Saki.Datasets.Emotions;

/// <summary>A square picture to paint on with smooth edges. All coordinates are pixels, (0, 0) the outer corner of the top left one.</summary>
internal sealed class Canvas(int size)
{
    private const int Rows = 4; // sample rows within a pixel row; along x the covered part is exact

    private readonly Colour[] _pixels = new Colour[size * size];
    private readonly double[] _cover = new double[size + 1];

    public int Size => size;

    public ref Colour this[int x, int y] => ref _pixels[(y * size) + x];

    /// <summary>Fills the inside of a closed polygon (even-odd), within <paramref name="mask"/> where given.</summary>
    public void Fill(Point[] polygon, Colour colour, double opacity = 1, double[]? mask = null) =>
        Cover(polygon, (place, share) => Blend(place, colour, share * opacity * (mask?[place] ?? 1)));

    /// <summary>The same with a colour for each pixel centre.</summary>
    public void Fill(Point[] polygon, Func<Point, Colour> colour, double[]? mask = null) => Cover(polygon, (place, share) =>
        Blend(place, colour(new Point((place % size) + 0.5, (place / size) + 0.5)), share * (mask?[place] ?? 1)));

    /// <summary>How much of each pixel lies inside, 0 to 1: a mask for later strokes.</summary>
    public double[] Mask(Point[] polygon, double[]? within = null)
    {
        var mask = new double[size * size];
        Cover(polygon, (place, share) => mask[place] = share * (within?[place] ?? 1));
        return mask;
    }

    /// <summary>A line through <paramref name="points"/> whose radius goes evenly from <paramref name="from"/> to <paramref name="to"/> (pixels).</summary>
    public void Stroke(Point[] points, double from, double to, Colour colour, double opacity = 1, double[]? mask = null)
    {
        var reach = Math.Max(from, to) + 1;
        var (left, right) = Range(points.Min(p => p.X) - reach, points.Max(p => p.X) + reach);
        var (top, bottom) = Range(points.Min(p => p.Y) - reach, points.Max(p => p.Y) + reach);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                var best = double.NegativeInfinity;
                var centre = new Point(x + 0.5, y + 0.5);
                for (var i = 0; i + 1 < points.Length; i++)
                {
                    var (distance, along) = Distance(centre, points[i], points[i + 1]);
                    var radius = from + ((to - from) * (i + along) / (points.Length - 1));
                    // A line thinner than a pixel becomes paler, not thinner.
                    best = Math.Max(best, Math.Clamp(radius + 0.5 - distance, 0, Math.Min(1, 2 * radius)));
                }
                var place = (y * size) + x;
                if (best > 0) Blend(place, colour, best * opacity * (mask?[place] ?? 1));
            }
        }
    }

    /// <summary>A soft elliptic spot that multiplies what lies under it: below 1 shade, above 1 light.</summary>
    public void Shade(Point centre, double halfWidth, double halfHeight, Colour factor, double[]? mask = null)
    {
        var (left, right) = Range(centre.X - halfWidth, centre.X + halfWidth);
        var (top, bottom) = Range(centre.Y - halfHeight, centre.Y + halfHeight);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                double dx = (x + 0.5 - centre.X) / halfWidth, dy = (y + 0.5 - centre.Y) / halfHeight;
                var rest = 1 - (dx * dx) - (dy * dy);
                if (rest <= 0) continue;
                var place = (y * size) + x;
                var weight = rest * rest * (mask?[place] ?? 1);
                ref var pixel = ref _pixels[place];
                pixel = new Colour(pixel.R * (1 + ((factor.R - 1) * weight)), pixel.G * (1 + ((factor.G - 1) * weight)), pixel.B * (1 + ((factor.B - 1) * weight)));
            }
        }
    }

    private void Blend(int place, Colour colour, double share) => _pixels[place] = _pixels[place].Mix(colour, share);

    private void Cover(Point[] polygon, Action<int, double> paint)
    {
        var (top, bottom) = Range(polygon.Min(p => p.Y), polygon.Max(p => p.Y));
        Span<double> crossings = stackalloc double[64];
        for (var y = top; y < bottom; y++)
        {
            Array.Clear(_cover);
            for (var row = 0; row < Rows; row++)
            {
                var found = Crossings(polygon, y + ((row + 0.5) / Rows), crossings);
                for (var i = 0; i + 1 < found; i += 2) AddSpan(Math.Clamp(crossings[i], 0, size), Math.Clamp(crossings[i + 1], 0, size));
            }
            for (var x = 0; x < size; x++)
                if (_cover[x] > 0) paint((y * size) + x, _cover[x] / Rows);
        }
    }

    private static int Crossings(Point[] polygon, double y, Span<double> crossings)
    {
        var count = 0;
        for (var i = 0; i < polygon.Length && count < crossings.Length; i++)
        {
            Point a = polygon[i], b = polygon[i + 1 == polygon.Length ? 0 : i + 1];
            if (a.Y <= y != b.Y <= y) crossings[count++] = a.X + ((b.X - a.X) * (y - a.Y) / (b.Y - a.Y));
        }
        crossings[..count].Sort();
        return count;
    }

    private void AddSpan(double from, double to)
    {
        int first = (int)from, last = (int)to;
        if (first == last)
        {
            _cover[first] += to - from;
            return;
        }
        _cover[first] += first + 1 - from;
        for (var x = first + 1; x < last; x++) _cover[x] += 1;
        _cover[last] += to - last;
    }

    private (int From, int To) Range(double from, double to) => ((int)Math.Clamp(from, 0, size), (int)Math.Clamp(to + 1, 0, size));

    private static (double Distance, double Along) Distance(Point p, Point a, Point b)
    {
        Point ab = b - a, ap = p - a;
        var length = (ab.X * ab.X) + (ab.Y * ab.Y);
        var t = length > 0 ? Math.Clamp(((ap.X * ab.X) + (ap.Y * ab.Y)) / length, 0, 1) : 0;
        var gap = ap - (ab * t);
        return (Math.Sqrt((gap.X * gap.X) + (gap.Y * gap.Y)), t);
    }
}
