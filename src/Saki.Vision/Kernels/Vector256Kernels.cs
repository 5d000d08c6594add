using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Saki.Vision.Kernels;

/// <summary>Kernels for vectors of 256 bits (AVX2). Interleaved values and luma are bound by loads and stores: 128 bits are as fast.</summary>
internal static unsafe class Vector256Kernels
{
    internal static readonly KernelSet Set = new("256", Vector256.IsHardwareAccelerated, Across1, Across3, Down, Planes3, Vector128Kernels.Set.Interleaved3, Plane1, Vector128Kernels.Set.Luma);

    // Eight grey pixels at once for two taps (plain bilinear): the pairs are gathered one by one, their products are not.
    internal static void Across1(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding)
    {
        var x = 0;
        if (across.Taps == 2)
        {
            var (half, low, high) = (Vector256.Create(rounding.Half), Vector256.Create(rounding.Low), Vector256.Create(rounding.High));
            fixed (int* first = across.First)
            fixed (short* weights = across.Weights)
                for (; x + 8 <= across.First.Length; x += 8)
                {
                    var f = first + x;
                    var pairs = Vector128.Create(Two(from + f[0]), Two(from + f[1]), Two(from + f[2]), Two(from + f[3]), Two(from + f[4]), Two(from + f[5]), Two(from + f[6]), Two(from + f[7])).AsByte();
                    var wide = Vector256.Create(Vector128.WidenLower(pairs), Vector128.WidenUpper(pairs)).AsInt16();
                    var sum = (Lanes.Dot(wide, Vector256.Load(weights + (2 * x))) + half) >> rounding.Shift;
                    sum = Vector256.Min(Vector256.Max(sum, low), high) << rounding.Back;
                    Vector128.Narrow(sum.GetLower(), sum.GetUpper()).Store(to + x);
                }
        }
        ScalarKernels.Across(from, to, across, rounding, 1, x);

        static ushort Two(byte* p) => *(ushort*)p;
    }

    // Two RGB pixels at once, one in each half.
    private static void Across3(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding)
    {
        var (half, low, high) = (Vector256.Create(rounding.Half), Vector256.Create(rounding.Low), Vector256.Create(rounding.High));
        var (shift, back, pairs, x) = (rounding.Shift, rounding.Back, across.Taps / 2, 0);
        fixed (int* first = across.First)
        fixed (short* weights = across.Weights)
            for (var count = across.First.Length; x + 2 <= count; x += 2)
            {
                var left = from + (first[x] * 3);
                var right = from + (first[x + 1] * 3);
                var pair = (int*)weights + (x * pairs);
                var sum = half;
                for (var t = 0; t < pairs; t++)
                    sum += Lanes.Dot(Pairs(left + (6 * t), right + (6 * t)), Vector256.Create(Vector128.Create(pair[t]), Vector128.Create(pair[pairs + t])).AsInt16());
                sum = Vector256.Min(Vector256.Max(sum >> shift, low), high) << back;
                Lanes.Store3(sum.GetLower(), to + (3 * x));
                Lanes.Store3(sum.GetUpper(), to + (3 * x) + 3);
            }
        ScalarKernels.Across(from, to, across, rounding, 3, x);
    }

    /// <summary>Two pixel pairs, one in each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<short> Pairs(byte* left, byte* right)
    {
        if (!Avx2.IsSupported) return Vector256.Create(Lanes.Pair3(left), Lanes.Pair3(right));
        var mask = Vector256.Create((byte)0, 0x80, 3, 0x80, 1, 0x80, 4, 0x80, 2, 0x80, 5, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x80, 3, 0x80, 1, 0x80, 4, 0x80, 2, 0x80, 5, 0x80, 0x80, 0x80, 0x80, 0x80);
        return Avx2.Shuffle(Vector256.Create(Vector128.CreateScalarUnsafe(*(ulong*)left), Vector128.CreateScalarUnsafe(*(ulong*)right)).AsByte(), mask).AsInt16();
    }

    private static void Down(short** lines, short* weights, int taps, byte* to, int count)
    {
        var i = 0;
        for (; i + 32 <= count; i += 32)
        {
            var a = Vector256.Create(1 << 19);
            var (b, c, d) = (a, a, a);
            for (var t = 0; t < taps; t++)
            {
                var w = Vector256.Create((int)weights[t]);
                var (left, right) = (Vector256.Load(lines[t] + i), Vector256.Load(lines[t] + i + 16));
                a += Vector256.WidenLower(left) * w;
                b += Vector256.WidenUpper(left) * w;
                c += Vector256.WidenLower(right) * w;
                d += Vector256.WidenUpper(right) * w;
            }
            Vector256.Narrow(Vector256.Narrow(Clamp(a), Clamp(b)), Vector256.Narrow(Clamp(c), Clamp(d))).AsByte().Store(to + i);
        }
        ScalarKernels.Down(lines, weights, taps, to, count, i);

        static Vector256<int> Clamp(Vector256<int> sum) => Vector256.Min(Vector256.Max(sum >> 20, Vector256<int>.Zero), Vector256.Create(255));
    }

    private static void Planes3(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a0, a1, a2) = (Vector256.Create(affine.A0), Vector256.Create(affine.A1), Vector256.Create(affine.A2));
        var (b0, b1, b2) = (Vector256.Create(affine.B0), Vector256.Create(affine.B1), Vector256.Create(affine.B2));
        var first = to + affine.Planes.First;
        var second = to + affine.Planes.Second;
        var third = to + affine.Planes.Third;
        var i = 0;
        for (; (3 * i) + 28 <= 3 * pixels; i += 8)
        {
            var (left, right) = (Vector128.Load(from + (3 * i)), Vector128.Load(from + (3 * i) + 12));
            ((Vector256.ConvertToSingle(Vector256.Create(Lanes.Channel(left, 0), Lanes.Channel(right, 0))) * a0) + b0).Store(first + i);
            ((Vector256.ConvertToSingle(Vector256.Create(Lanes.Channel(left, 1), Lanes.Channel(right, 1))) * a1) + b1).Store(second + i);
            ((Vector256.ConvertToSingle(Vector256.Create(Lanes.Channel(left, 2), Lanes.Channel(right, 2))) * a2) + b2).Store(third + i);
        }
        ScalarKernels.Planes3(from, to, pixels, affine, i);
    }

    private static void Plane1(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a, b) = (Vector256.Create(affine.A0), Vector256.Create(affine.B0));
        var i = 0;
        for (; i + 16 <= pixels; i += 16)
        {
            var grey = Vector128.Load(from + i);
            var (low, high) = (Vector128.WidenLower(grey), Vector128.WidenUpper(grey));
            ((Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(low), Vector128.WidenUpper(low)).AsInt32()) * a) + b).Store(to + i);
            ((Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(high), Vector128.WidenUpper(high)).AsInt32()) * a) + b).Store(to + i + 8);
        }
        ScalarKernels.Plane1(from, to, pixels, affine, i);
    }
}
