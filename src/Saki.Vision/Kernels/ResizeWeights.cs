using Saki.Pipelines;

namespace Saki.Vision.Kernels;

/// <summary>
/// For each output position of one axis: the first input position and the weights of those that follow, in fixed point of <see cref="Bits"/> bits that add up to exactly one.
/// Positions follow the half-pixel convention that Pillow, OpenCV and PyTorch (align_corners=False) share: input = (output + 0.5) * scale - 0.5.
/// </summary>
/// <remarks>
/// Invariants: <c>Weights.Length == First.Length * Taps</c>; Taps is even, so that two products are always added at once; the weights of one position add up to
/// <c>1 &lt;&lt; Bits</c>; an input position past the end is only ever met with weight zero.
/// </remarks>
internal sealed class ResizeWeights
{
    /// <summary>Fraction bits: a weight of one (16384) and the overshoot of a cubic kernel fit 16 bits, and a product with 15-bit pixels fits 32.</summary>
    internal const int Bits = 14;

    private ResizeWeights(int count, int taps)
    {
        Taps = (taps + 1) & ~1;
        (First, Weights) = (new int[count], new short[count * Taps]);
    }

    /// <summary>First input position per output position.</summary>
    internal int[] First { get; }

    /// <summary><see cref="Taps"/> weights per output position.</summary>
    internal short[] Weights { get; }

    /// <summary>Weights per output position, even; unused ones are zero.</summary>
    internal int Taps { get; }

    /// <summary>The weights of one axis.</summary>
    internal static ResizeWeights For(int from, int to, Interpolation interpolation, bool antialias)
    {
        var scale = (double)from / to;
        if (interpolation == Interpolation.Nearest || from == to) return Nearest(from, to, scale, antialias);
        if (interpolation == Interpolation.Area && scale > 1) return Area(from, to, scale);
        var cubic = interpolation == Interpolation.Bicubic;
        var stretch = antialias ? Math.Max(scale, 1) : 1;
        var support = (cubic ? 2 : 1) * stretch;
        var a = antialias ? -0.5 : -0.75;
        var taps = Math.Min(from, ((int)Math.Ceiling(support) * 2) + 1);
        if (!antialias) taps = Math.Min(from, cubic ? 4 : 2);
        var weights = new ResizeWeights(to, taps);
        var row = new double[taps];
        for (var i = 0; i < to; i++)
        {
            var center = ((i + 0.5) * scale) - 0.5;
            var low = (int)Math.Floor(center - support) + 1;
            var first = Math.Clamp(low, 0, from - taps);
            Array.Clear(row);
            for (var p = low; p < center + support; p++)
            {
                // Pillow drops positions outside the picture and scales the rest up; OpenCV and PyTorch repeat the edge.
                if (antialias && (p < 0 || p >= from)) continue;
                var distance = Math.Abs(p - center) / stretch;
                row[Math.Clamp(p, 0, from - 1) - first] += cubic ? Cubic(distance, a) : Math.Max(0, 1 - distance);
            }
            weights.Set(i, first, row);
        }
        return weights;
    }

    // Pillow takes the pixel under the output pixel's middle, OpenCV and PyTorch the one under its corner. Pillow adds the steps up, which decides where they meet a border.
    private static ResizeWeights Nearest(int from, int to, double scale, bool middle)
    {
        var weights = new ResizeWeights(to, 1);
        var at = scale * 0.5;
        for (var i = 0; i < to; i++, at += scale) weights.Set(i, Math.Min((int)Math.Floor(middle ? at : i * scale), from - 1), [1]);
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

    // The running sum is rounded, not each weight: they add up to one, and no single tap carries the error of hundreds.
    private void Set(int at, int first, ReadOnlySpan<double> row)
    {
        First[at] = first;
        var (sum, whole) = (0.0, 0.0);
        foreach (var w in row) whole += w;
        var given = 0;
        for (var t = 0; t < row.Length; t++)
        {
            sum += row[t];
            var until = (int)Math.Round(sum / whole * (1 << Bits), MidpointRounding.AwayFromZero);
            Weights[(at * Taps) + t] = (short)(until - given);
            given = until;
        }
    }
}
