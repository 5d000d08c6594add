using System.Runtime.Intrinsics;

namespace Saki.Vision.Kernels;

/// <summary>Kernels for vectors of 512 bits (AVX-512): where rows are long enough to fill them; the rest is that of 256 bits.</summary>
internal static unsafe class Vector512Kernels
{
    internal static readonly KernelSet Set = new("512", Vector512.IsHardwareAccelerated, Vector256Kernels.Across1, Across3, Down, Planes3, Vector128Kernels.Set.Interleaved3, Plane1, Vector128Kernels.Set.Luma);

    // Four RGB pixels at once, one in each quarter.
    private static void Across3(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding)
    {
        var (half, low, high) = (Vector512.Create(rounding.Half), Vector512.Create(rounding.Low), Vector512.Create(rounding.High));
        var (shift, back, pairs, x) = (rounding.Shift, rounding.Back, across.Taps / 2, 0);
        fixed (int* first = across.First)
        fixed (short* weights = across.Weights)
            for (var count = across.First.Length; x + 4 <= count; x += 4)
            {
                var p0 = from + (first[x] * 3);
                var p1 = from + (first[x + 1] * 3);
                var p2 = from + (first[x + 2] * 3);
                var p3 = from + (first[x + 3] * 3);
                var pair = (int*)weights + (x * pairs);
                var sum = half;
                for (var t = 0; t < pairs; t++)
                {
                    var pixels = Vector512.Create(Vector256Kernels.Pairs(p0 + (6 * t), p1 + (6 * t)), Vector256Kernels.Pairs(p2 + (6 * t), p3 + (6 * t)));
                    var w = Vector512.Create(
                        Vector256.Create(Vector128.Create(pair[t]), Vector128.Create(pair[pairs + t])),
                        Vector256.Create(Vector128.Create(pair[(2 * pairs) + t]), Vector128.Create(pair[(3 * pairs) + t])));
                    sum += Lanes.Dot(pixels, w.AsInt16());
                }
                sum = Vector512.Min(Vector512.Max(sum >> shift, low), high) << back;
                var (near, far) = (sum.GetLower(), sum.GetUpper());
                Lanes.Store3(near.GetLower(), to + (3 * x));
                Lanes.Store3(near.GetUpper(), to + (3 * x) + 3);
                Lanes.Store3(far.GetLower(), to + (3 * x) + 6);
                Lanes.Store3(far.GetUpper(), to + (3 * x) + 9);
            }
        ScalarKernels.Across(from, to, across, rounding, 3, x);
    }

    private static void Down(short** lines, short* weights, int taps, byte* to, int count)
    {
        var i = 0;
        for (; i + 64 <= count; i += 64)
        {
            var a = Vector512.Create(1 << 19);
            var (b, c, d) = (a, a, a);
            for (var t = 0; t < taps; t++)
            {
                var w = Vector512.Create((int)weights[t]);
                var (left, right) = (Vector512.Load(lines[t] + i), Vector512.Load(lines[t] + i + 32));
                a += Vector512.WidenLower(left) * w;
                b += Vector512.WidenUpper(left) * w;
                c += Vector512.WidenLower(right) * w;
                d += Vector512.WidenUpper(right) * w;
            }
            Vector512.Narrow(Vector512.Narrow(Clamp(a), Clamp(b)), Vector512.Narrow(Clamp(c), Clamp(d))).AsByte().Store(to + i);
        }
        ScalarKernels.Down(lines, weights, taps, to, count, i);

        static Vector512<int> Clamp(Vector512<int> sum) => Vector512.Min(Vector512.Max(sum >> 20, Vector512<int>.Zero), Vector512.Create(255));
    }

    private static void Planes3(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a0, a1, a2) = (Vector512.Create(affine.A0), Vector512.Create(affine.A1), Vector512.Create(affine.A2));
        var (b0, b1, b2) = (Vector512.Create(affine.B0), Vector512.Create(affine.B1), Vector512.Create(affine.B2));
        var first = to + affine.Planes.First;
        var second = to + affine.Planes.Second;
        var third = to + affine.Planes.Third;
        var i = 0;
        for (; (3 * i) + 52 <= 3 * pixels; i += 16)
        {
            var at = from + (3 * i);
            var (p0, p1, p2, p3) = (Vector128.Load(at), Vector128.Load(at + 12), Vector128.Load(at + 24), Vector128.Load(at + 36));
            ((Vector512.ConvertToSingle(Join(p0, p1, p2, p3, 0)) * a0) + b0).Store(first + i);
            ((Vector512.ConvertToSingle(Join(p0, p1, p2, p3, 1)) * a1) + b1).Store(second + i);
            ((Vector512.ConvertToSingle(Join(p0, p1, p2, p3, 2)) * a2) + b2).Store(third + i);
        }
        ScalarKernels.Planes3(from, to, pixels, affine, i);

        static Vector512<int> Join(Vector128<byte> p0, Vector128<byte> p1, Vector128<byte> p2, Vector128<byte> p3, int channel) =>
            Vector512.Create(Vector256.Create(Lanes.Channel(p0, channel), Lanes.Channel(p1, channel)), Vector256.Create(Lanes.Channel(p2, channel), Lanes.Channel(p3, channel)));
    }

    private static void Plane1(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a, b) = (Vector512.Create(affine.A0), Vector512.Create(affine.B0));
        var i = 0;
        for (; i + 16 <= pixels; i += 16)
        {
            var wide = Vector256.WidenLower(Vector256.Create(Vector128.Load(from + i), Vector128<byte>.Zero));
            ((Vector512.ConvertToSingle(Vector512.Create(Vector256.WidenLower(wide), Vector256.WidenUpper(wide)).AsInt32()) * a) + b).Store(to + i);
        }
        ScalarKernels.Plane1(from, to, pixels, affine, i);
    }
}
