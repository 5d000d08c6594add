using System.Runtime.Intrinsics;

namespace Saki.Vision.Kernels;

/// <summary>Kernels for vectors of 128 bits (SSE, NEON).</summary>
internal static unsafe class Vector128Kernels
{
    internal static readonly KernelSet Set = new("128", Vector128.IsHardwareAccelerated, ScalarKernels.Across1, Across3, Down, Planes3, Interleaved3, Plane1, LumaRow);

    private static void Across3(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding)
    {
        var (half, low, high) = (Vector128.Create(rounding.Half), Vector128.Create(rounding.Low), Vector128.Create(rounding.High));
        var (shift, back, pairs) = (rounding.Shift, rounding.Back, across.Taps / 2);
        fixed (int* first = across.First)
        fixed (short* weights = across.Weights)
            for (int x = 0, count = across.First.Length; x < count; x++)
            {
                var pixel = from + (first[x] * 3);
                var pair = (int*)weights + (x * pairs);
                var sum = half;
                for (var t = 0; t < pairs; t++) sum += Lanes.Dot(Lanes.Pair3(pixel + (6 * t)), Vector128.Create(pair[t]).AsInt16());
                Lanes.Store3(Vector128.Min(Vector128.Max(sum >> shift, low), high) << back, to + (3 * x));
            }
    }

    private static void Down(short** lines, short* weights, int taps, byte* to, int count)
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            var a = Vector128.Create(1 << 19);
            var (b, c, d) = (a, a, a);
            for (var t = 0; t < taps; t++)
            {
                var w = Vector128.Create((int)weights[t]);
                var (left, right) = (Vector128.Load(lines[t] + i), Vector128.Load(lines[t] + i + 8));
                a += Vector128.WidenLower(left) * w;
                b += Vector128.WidenUpper(left) * w;
                c += Vector128.WidenLower(right) * w;
                d += Vector128.WidenUpper(right) * w;
            }
            Vector128.Narrow(Vector128.Narrow(Clamp(a), Clamp(b)), Vector128.Narrow(Clamp(c), Clamp(d))).AsByte().Store(to + i);
        }
        ScalarKernels.Down(lines, weights, taps, to, count, i);

        static Vector128<int> Clamp(Vector128<int> sum) => Vector128.Min(Vector128.Max(sum >> 20, Vector128<int>.Zero), Vector128.Create(255));
    }

    private static void Planes3(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a0, a1, a2) = (Vector128.Create(affine.A0), Vector128.Create(affine.A1), Vector128.Create(affine.A2));
        var (b0, b1, b2) = (Vector128.Create(affine.B0), Vector128.Create(affine.B1), Vector128.Create(affine.B2));
        var first = to + affine.Planes.First;
        var second = to + affine.Planes.Second;
        var third = to + affine.Planes.Third;
        var i = 0;
        for (; (3 * i) + 16 <= 3 * pixels; i += 4)
        {
            var rgb = Vector128.Load(from + (3 * i));
            ((Vector128.ConvertToSingle(Lanes.Channel(rgb, 0)) * a0) + b0).Store(first + i);
            ((Vector128.ConvertToSingle(Lanes.Channel(rgb, 1)) * a1) + b1).Store(second + i);
            ((Vector128.ConvertToSingle(Lanes.Channel(rgb, 2)) * a2) + b2).Store(third + i);
        }
        ScalarKernels.Planes3(from, to, pixels, affine, i);
    }

    private static void Interleaved3(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var a = affine.Swap ? Lanes.Cycle(affine.A2, affine.A1, affine.A0) : Lanes.Cycle(affine.A0, affine.A1, affine.A2);
        var b = affine.Swap ? Lanes.Cycle(affine.B2, affine.B1, affine.B0) : Lanes.Cycle(affine.B0, affine.B1, affine.B2);
        var i = 0;
        for (; (3 * i) + 16 <= 3 * pixels; i += 4)
        {
            var rgb = Vector128.Load(from + (3 * i));
            if (affine.Swap) rgb = Lanes.Swap(rgb);
            var (low, high) = (Vector128.WidenLower(rgb), Vector128.WidenUpper(rgb));
            ((Vector128.ConvertToSingle(Vector128.WidenLower(low).AsInt32()) * a.First) + b.First).Store(to + (3 * i));
            ((Vector128.ConvertToSingle(Vector128.WidenUpper(low).AsInt32()) * a.Second) + b.Second).Store(to + (3 * i) + 4);
            ((Vector128.ConvertToSingle(Vector128.WidenLower(high).AsInt32()) * a.Third) + b.Third).Store(to + (3 * i) + 8);
        }
        ScalarKernels.Interleaved3(from, to, pixels, affine, i);
    }

    private static void Plane1(byte* from, float* to, int pixels, in PixelAffine affine)
    {
        var (a, b) = (Vector128.Create(affine.A0), Vector128.Create(affine.B0));
        var i = 0;
        for (; i + 16 <= pixels; i += 16)
        {
            var grey = Vector128.Load(from + i);
            var (low, high) = (Vector128.WidenLower(grey), Vector128.WidenUpper(grey));
            ((Vector128.ConvertToSingle(Vector128.WidenLower(low).AsInt32()) * a) + b).Store(to + i);
            ((Vector128.ConvertToSingle(Vector128.WidenUpper(low).AsInt32()) * a) + b).Store(to + i + 4);
            ((Vector128.ConvertToSingle(Vector128.WidenLower(high).AsInt32()) * a) + b).Store(to + i + 8);
            ((Vector128.ConvertToSingle(Vector128.WidenUpper(high).AsInt32()) * a) + b).Store(to + i + 12);
        }
        ScalarKernels.Plane1(from, to, pixels, affine, i);
    }

    private static void LumaRow(byte* rgb, byte* grey, int pixels)
    {
        var i = 0;
        for (; (3 * i) + 16 <= 3 * pixels; i += 4)
        {
            var four = Vector128.Load(rgb + (3 * i));
            var sum = ((Lanes.Channel(four, 0) * 19595) + (Lanes.Channel(four, 1) * 38470) + (Lanes.Channel(four, 2) * 7471) + Vector128.Create(0x8000)) >>> 16;
            var narrow = Vector128.Narrow(sum, sum);
            *(uint*)(grey + i) = Vector128.Narrow(narrow, narrow).AsUInt32().ToScalar();
        }
        ScalarKernels.LumaRow(rgb, grey, pixels, i);
    }
}
