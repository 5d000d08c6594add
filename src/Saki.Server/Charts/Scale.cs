namespace Saki.Server.Charts;

/// <summary>One side of a chart: from where to where it goes, and where it is labelled. Labels are evenly spaced, the first and last at the ends.</summary>
internal sealed record Scale(double Low, double High, bool Log, IReadOnlyList<double> Marks)
{
    private const int Intervals = 4, MostIntervals = 6;

    /// <summary>Ends that are round numbers around the values.</summary>
    /// <param name="low">The least value.</param>
    /// <param name="high">The greatest value.</param>
    /// <param name="log">True: ends are powers of ten; both values are above 0.</param>
    /// <param name="whole">True: marks are whole numbers.</param>
    public static Scale Around(double low, double high, bool log = false, bool whole = false)
    {
        if (log) return Decades(low, high);
        if (low == high) (low, high) = low == 0 || whole ? (low, high + 1) : (low - (Math.Abs(low) * 0.1), high + (Math.Abs(high) * 0.1));
        for (var exponent = whole ? 0 : Math.Floor(Math.Log10((high - low) / MostIntervals)); ; exponent++)
        {
            foreach (var digit in (double[])[1, 2, 5])
            {
                var step = digit * Math.Pow(10, exponent);
                var (first, last) = (Math.Floor((low / step) + 1e-9), Math.Ceiling((high / step) - 1e-9));
                if (last - first > MostIntervals) continue;
                return new Scale(first * step, last * step, false, [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Math.Round(first + i) * step)]);
            }
        }
    }

    /// <summary>Ends exactly at the values.</summary>
    public static Scale Between(double low, double high)
    {
        if (low == high) (low, high) = (low - 0.5, high + 0.5);
        return new Scale(low, high, false, [.. Enumerable.Range(0, Intervals + 1).Select(i => low + (i * (high - low) / Intervals))]);
    }

    /// <summary>A value's place, 0 at the low end and 100 at the high one.</summary>
    public double Place(double value) => 100 * (Log ? Math.Log(value / Low) / Math.Log(High / Low) : (value - Low) / (High - Low));

    private static Scale Decades(double low, double high)
    {
        var (bottom, top) = ((int)Math.Floor(Math.Log10(low)), (int)Math.Ceiling(Math.Log10(high)));
        if (bottom == top) top++;
        var each = (top - bottom + Intervals) / (Intervals + 1);
        top = bottom + (((top - bottom + each - 1) / each) * each);
        return new Scale(Math.Pow(10, bottom), Math.Pow(10, top), true, [.. Enumerable.Range(0, ((top - bottom) / each) + 1).Select(i => Math.Pow(10, bottom + (i * each)))]);
    }
}
