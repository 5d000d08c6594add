namespace Saki.Vision.Kernels;

/// <summary>The plain twin of the vector kernels: what they must all give, and what finishes their rows.</summary>
internal static unsafe class ScalarKernels
{
    internal static readonly KernelSet Set = new("scalar", true, Across1, Across3, Down, Planes3, Interleaved3, Plane1, LumaRow);

    internal static void Across1(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding) => Across(from, to, across, rounding, 1, 0);

    internal static void Across3(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding) => Across(from, to, across, rounding, 3, 0);

    /// <summary>From output position <paramref name="x"/> on.</summary>
    internal static void Across(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding, int channels, int x)
    {
        fixed (short* weights = across.Weights)
            for (; x < across.First.Length; x++)
            {
                var w = weights + (x * across.Taps);
                var p = from + (across.First[x] * channels);
                for (var c = 0; c < channels; c++)
                {
                    var sum = 0;
                    for (var t = 0; t < across.Taps; t++) sum += w[t] * p[(t * channels) + c];
                    to[(x * channels) + c] = rounding.Keep(sum);
                }
            }
    }

    internal static void Down(short** lines, short* weights, int taps, byte* to, int count) => Down(lines, weights, taps, to, count, 0);

    /// <summary>From value <paramref name="i"/> on.</summary>
    internal static void Down(short** lines, short* weights, int taps, byte* to, int count, int i)
    {
        for (; i < count; i++)
        {
            var sum = 1 << 19;
            for (var t = 0; t < taps; t++) sum += weights[t] * lines[t][i];
            to[i] = (byte)Math.Clamp(sum >> 20, 0, 255);
        }
    }

    internal static void Planes3(byte* from, float* to, int pixels, in PixelAffine affine) => Planes3(from, to, pixels, affine, 0);

    /// <summary>From pixel <paramref name="i"/> on.</summary>
    internal static void Planes3(byte* from, float* to, int pixels, in PixelAffine affine, int i)
    {
        var (first, second, third) = affine.Planes;
        for (; i < pixels; i++)
        {
            to[first + i] = (from[3 * i] * affine.A0) + affine.B0;
            to[second + i] = (from[(3 * i) + 1] * affine.A1) + affine.B1;
            to[third + i] = (from[(3 * i) + 2] * affine.A2) + affine.B2;
        }
    }

    internal static void Interleaved3(byte* from, float* to, int pixels, in PixelAffine affine) => Interleaved3(from, to, pixels, affine, 0);

    /// <summary>From pixel <paramref name="i"/> on.</summary>
    internal static void Interleaved3(byte* from, float* to, int pixels, in PixelAffine affine, int i)
    {
        var (first, third) = affine.Swap ? (2, 0) : (0, 2);
        for (; i < pixels; i++)
        {
            to[(3 * i) + first] = (from[3 * i] * affine.A0) + affine.B0;
            to[(3 * i) + 1] = (from[(3 * i) + 1] * affine.A1) + affine.B1;
            to[(3 * i) + third] = (from[(3 * i) + 2] * affine.A2) + affine.B2;
        }
    }

    internal static void Plane1(byte* from, float* to, int pixels, in PixelAffine affine) => Plane1(from, to, pixels, affine, 0);

    /// <summary>From pixel <paramref name="i"/> on.</summary>
    internal static void Plane1(byte* from, float* to, int pixels, in PixelAffine affine, int i)
    {
        for (; i < pixels; i++) to[i] = (from[i] * affine.A0) + affine.B0;
    }

    internal static void LumaRow(byte* rgb, byte* grey, int pixels) => LumaRow(rgb, grey, pixels, 0);

    /// <summary>From pixel <paramref name="i"/> on.</summary>
    internal static void LumaRow(byte* rgb, byte* grey, int pixels, int i)
    {
        for (; i < pixels; i++) grey[i] = Luma.Of(rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]);
    }
}
