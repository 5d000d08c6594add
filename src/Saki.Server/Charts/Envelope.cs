namespace Saki.Server.Charts;

/// <summary>
/// A line that grows without end in constant memory: of each stretch of points the lowest and the highest stay. When stretches become too many, two neighbours become one, so that all
/// stand for equally many points and a spike is kept however long the line.
/// </summary>
internal sealed class Envelope
{
    private const int Most = 1 << 13;
    private readonly List<Stretch> _stretches = [];
    private ChartPoint _first, _last;
    private int _width = 1, _open; // points of a stretch, and of the one that is not whole yet
    private Stretch _stretch;

    /// <summary>True while every point is kept.</summary>
    public bool IsWhole => _width == 1;

    /// <summary>Takes the next point.</summary>
    public void Add(ChartPoint point)
    {
        if (_stretches.Count == 0 && _open == 0) _first = point;
        _last = point;
        var one = new Stretch(point, point, true);
        _stretch = _open == 0 ? one : _stretch.Then(one);
        if (++_open < _width) return;
        _open = 0;
        _stretches.Add(_stretch);
        if (_stretches.Count == Most) Halve();
    }

    /// <summary>What is kept, in the order it came; the first and the last point are among it.</summary>
    public List<ChartPoint> Points()
    {
        var points = new List<ChartPoint>();
        foreach (var stretch in _open == 0 ? _stretches : [.. _stretches, _stretch])
        {
            points.Add(stretch.LowFirst ? stretch.Low : stretch.High);
            if (stretch.Low != stretch.High) points.Add(stretch.LowFirst ? stretch.High : stretch.Low);
        }
        if (points.Count == 0 || IsWhole) return points;
        if (points[0] != _first) points.Insert(0, _first);
        if (points[^1] != _last) points.Add(_last);
        return points;
    }

    private void Halve()
    {
        for (var i = 0; i < Most / 2; i++) _stretches[i] = _stretches[2 * i].Then(_stretches[(2 * i) + 1]);
        _stretches.RemoveRange(Most / 2, Most / 2);
        _width *= 2;
    }

    private readonly record struct Stretch(ChartPoint Low, ChartPoint High, bool LowFirst)
    {
        public Stretch Then(Stretch next)
        {
            var (low, high) = (next.Low.Y < Low.Y, next.High.Y > High.Y); // whether they are the next one's
            return new Stretch(low ? next.Low : Low, high ? next.High : High, low == high ? low ? next.LowFirst : LowFirst : high);
        }
    }
}
