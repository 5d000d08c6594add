using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Saki.Vision.Kernels;

/// <summary>The steps that .NET's portable vectors lack; each has a path for every processor, so every variant can be tested everywhere.</summary>
internal static unsafe class Lanes
{
    /// <summary>Byte places of pixel pairs (p, p+1) of RGB as 16-bit values: R R' G G' B B' 0 0; 0x80 gives zero.</summary>
    private static Vector128<byte> PairMask => Vector128.Create((byte)0, 0x80, 3, 0x80, 1, 0x80, 4, 0x80, 2, 0x80, 5, 0x80, 0x80, 0x80, 0x80, 0x80);

    /// <summary>Two neighbouring RGB pixels, channel by channel beside each other. Reads 8 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<short> Pair3(byte* pixel) =>
        Vector128.Shuffle(Vector128.CreateScalar(*(ulong*)pixel).AsByte(), PairMask).AsInt16();

    /// <summary>One channel of four RGB pixels (12 of the 16 bytes) as integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Channel(Vector128<byte> rgb4, int channel) => channel switch
    {
        0 => Vector128.Shuffle(rgb4, Vector128.Create(0x80808000, 0x80808003, 0x80808006, 0x80808009).AsByte()).AsInt32(),
        1 => Vector128.Shuffle(rgb4, Vector128.Create(0x80808001, 0x80808004, 0x80808007, 0x8080800A).AsByte()).AsInt32(),
        _ => Vector128.Shuffle(rgb4, Vector128.Create(0x80808002, 0x80808005, 0x80808008, 0x8080800B).AsByte()).AsInt32(),
    };

    /// <summary>Products of 16-bit neighbours, added in pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> Dot(Vector128<short> a, Vector128<short> b)
    {
        if (Sse2.IsSupported) return Sse2.MultiplyAddAdjacent(a, b);
        if (AdvSimd.Arm64.IsSupported)
            return AdvSimd.Arm64.AddPairwise(AdvSimd.MultiplyWideningLower(a.GetLower(), b.GetLower()), AdvSimd.MultiplyWideningUpper(a, b));
        var (x, y) = (a.AsInt32(), b.AsInt32());
        return (((x << 16) >> 16) * ((y << 16) >> 16)) + ((x >> 16) * (y >> 16));
    }

    /// <inheritdoc cref="Dot(Vector128{short}, Vector128{short})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> Dot(Vector256<short> a, Vector256<short> b) =>
        Avx2.IsSupported ? Avx2.MultiplyAddAdjacent(a, b) : Vector256.Create(Dot(a.GetLower(), b.GetLower()), Dot(a.GetUpper(), b.GetUpper()));

    /// <inheritdoc cref="Dot(Vector128{short}, Vector128{short})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> Dot(Vector512<short> a, Vector512<short> b) =>
        Avx512BW.IsSupported ? Avx512BW.MultiplyAddAdjacent(a, b) : Vector512.Create(Dot(a.GetLower(), b.GetLower()), Dot(a.GetUpper(), b.GetUpper()));

    /// <summary>Writes the three sums of one RGB pixel; the fourth value behind them is overwritten by the next pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store3(Vector128<int> sums, short* to) =>
        *(ulong*)to = Vector128.Narrow(sums, sums).AsUInt64().ToScalar();

    /// <summary>Pixel affine of four stored RGB values in a row, for each of the three vectors that hold four pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (Vector128<float> First, Vector128<float> Second, Vector128<float> Third) Cycle(float a, float b, float c) =>
        (Vector128.Create(a, b, c, a), Vector128.Create(b, c, a, b), Vector128.Create(c, a, b, c));

    /// <summary>Four pixels with the first and third channel changed over; the last four bytes are zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<byte> Swap(Vector128<byte> rgb4) =>
        Vector128.Shuffle(rgb4, Vector128.Create((byte)2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 0x80, 0x80, 0x80, 0x80));
}
