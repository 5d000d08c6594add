using Saki.Pipelines;

namespace Saki.Vision.Kernels;

/// <summary>
/// For each output position of one axis: the first input position and the weights of those that follow, in fixed point of <see cref="Bits"/> bits that add up to exactly one.
/// Positions follow the half-pixel convention that Pillow, OpenCV and PyTorch (align_corners=False) share: input = (output + 0.5) * scale - 0.5.
/// </summary>
internal sealed class ResizeWeights
{
    /// <summary>Fraction bits: with 8-bit pixels and an exact intermediate, two passes fit a long without loss.</summary>
    internal const int Bits = 14;

    private ResizeWeights(int count, int taps) => (First, Weights, Taps) = (new int[count], new int[count * taps], taps);

    /// <summary>First input position per output position.</summary>
    internal int[] First { get; }

    /// <summary><see cref="Taps"/> weights per output position.</summary>
    internal int[] Weights { get; }

    /// <summary>Weights per output position; unused ones are zero.</summary>
    internal int Taps { get; }

    /// <summary>The weights of one axis.</summary>
    internal static ResizeWeights For(int from, int to, Interpolation interpolation, bool antialias)
    {
        var scale = (double)from / to;
        if (interpolation == Interpolation.Nearest) return Nearest(from, to, scale);
        if (interpolation == Interpolation.Area && scale > 1) return Area(from, to, scale);
        var cubic = interpolation == Interpolation.Bicubic;
        var stretch = antialias ? Math.Max(scale, 1) : 1;
        var support = (cubic ? 2 : 1) * stretch;
        var a = antialias ? -0.5 : -0.75;
        var taps = Math.Min(from, ((int)Math.Ceiling(support) * 2) + 1);
        var weights = new ResizeWeights(to, taps);
        Span<double> row = stackalloc double[Math.Min(taps, 1024)];
        if (taps > row.Length) row = new double[taps];
        for (var i = 0; i < to; i++)
        {
            var center = ((i + 0.5) * scale) - 0.5;
            var low = (int)Math.Floor(center - support) + 1;
            var first = Math.Clamp(low, 0, from - taps);
            row[..taps].Clear();
            for (var p = low; p < center + support; p++)
            {
                // Pillow drops positions outside the picture and scales the rest up; OpenCV and PyTorch repeat the edge.
                if (antialias && (p < 0 || p >= from)) continue;
                var distance = Math.Abs(p - center) / stretch;
                row[Math.Clamp(p, 0, from - 1) - first] += cubic ? Cubic(distance, a) : Math.Max(0, 1 - distance);
            }
            weights.Set(i, first, row[..taps]);
        }
        return weights;
    }

    private static ResizeWeights Nearest(int from, int to, double scale)
    {
        var weights = new ResizeWeights(to, 1);
        for (var i = 0; i < to; i++) weights.Set(i, Math.Min((int)Math.Floor(i * scale), from - 1), [1]);
        return weights;
    }

    private static ResizeWeights Area(int from, int to, double scale)
    {
        var taps = Math.Min(from, (int)Math.Ceiling(scale) + 1);
        var weights = new ResizeWeights(to, taps);
        var row = new double[taps];
        for (var i = 0; i < to; i++)
        {
            var (start, end) = (i * scale, Math.Min((i + 1) * scale, from));
            var first = Math.Clamp((int)Math.Floor(start), 0, from - taps);
            for (var t = 0; t < taps; t++) row[t] = Math.Max(0, Math.Min(first + t + 1, end) - Math.Max(first + t, start));
            weights.Set(i, first, row);
        }
        return weights;
    }

    private static double Cubic(double x, double a) =>
        x < 1 ? (((((a + 2) * x) - (a + 3)) * x) * x) + 1
        : x < 2 ? ((((((a * x) - (5 * a)) * x) + (8 * a)) * x) - (4 * a))
        : 0;

    private void Set(int at, int first, ReadOnlySpan<double> row)
    {
        First[at] = first;
        var sum = 0.0;
        foreach (var w in row) sum += w;
        var (left, largest) = (1 << Bits, 0);
        for (var t = 0; t < row.Length; t++)
        {
            var w = (int)Math.Round(row[t] / sum * (1 << Bits), MidpointRounding.AwayFromZero);
            Weights[(at * Taps) + t] = w;
            left -= w;
            if (row[t] > row[largest]) largest = t;
        }
        Weights[(at * Taps) + largest] += left; // a flat picture stays flat
    }
}
