namespace Saki.Vision.Kernels;

/// <summary>One row of pixels brought to another width, in fixed point: <see cref="ResizeRounding"/> says how the sums are kept.</summary>
/// <param name="from">The row; 8 bytes behind its last pixel may be read.</param>
/// <param name="to">Width × channels values; 8 values behind the last may be written.</param>
/// <param name="across">Weights along the row.</param>
/// <param name="rounding">How sums are kept.</param>
internal unsafe delegate void AcrossRow(byte* from, short* to, ResizeWeights across, in ResizeRounding rounding);

/// <summary>Rows of <see cref="AcrossRow"/> added up to one row of pixels.</summary>
/// <param name="lines">One row per tap, <paramref name="count"/> values each.</param>
/// <param name="weights">One per tap.</param>
/// <param name="taps">At least 1.</param>
/// <param name="to">The pixels.</param>
/// <param name="count">Width × channels.</param>
internal unsafe delegate void DownRows(short** lines, short* weights, int taps, byte* to, int count);

/// <summary>Interleaved 8-bit pixels to values x·a + b per channel.</summary>
/// <param name="from">Pixels.</param>
/// <param name="to">Values: three planes of <paramref name="pixels"/> for <see cref="KernelSet.Planes3"/>, else as many as there are bytes.</param>
/// <param name="pixels">How many pixels.</param>
/// <param name="affine">a and b per stored channel; <see cref="PixelAffine"/>.</param>
internal unsafe delegate void PixelsToValues(byte* from, float* to, int pixels, in PixelAffine affine);

/// <summary>How the horizontal sums (14 fraction bits) are kept until the vertical pass: always as value × 64 in 16 bits.</summary>
/// <param name="Half">Added before the shift.</param>
/// <param name="Shift">To the right.</param>
/// <param name="Low">Smallest value kept.</param>
/// <param name="High">Largest value kept.</param>
/// <param name="Back">Shift to the left afterwards.</param>
internal readonly record struct ResizeRounding(int Half, int Shift, int Low, int High, int Back)
{
    /// <summary>Six fraction bits are kept: OpenCV's and PyTorch's results.</summary>
    internal static readonly ResizeRounding Fine = new(1 << 7, 8, short.MinValue, short.MaxValue, 0);

    /// <summary>To whole grey levels, as Pillow does between its two passes.</summary>
    internal static readonly ResizeRounding Whole = new(1 << 13, 14, 0, 255, 6);

    /// <summary>The same in plain arithmetic: what every variant must give.</summary>
    internal short Keep(int sum) => (short)(Math.Clamp((sum + Half) >> Shift, Low, High) << Back);
}

/// <summary>y = x·a + b, rounded after each step (never fused), per stored channel 0, 1, 2.</summary>
internal readonly record struct PixelAffine(float A0, float A1, float A2, float B0, float B1, float B2)
{
    /// <summary>True: output channel order is 2, 1, 0. Read by <see cref="KernelSet.Interleaved3"/> only; planes are ordered by their place.</summary>
    internal bool Swap { get; init; }

    /// <summary>Where the plane of stored channel 0, 1, 2 starts, in values. Read by <see cref="KernelSet.Planes3"/> only.</summary>
    internal (int First, int Second, int Third) Planes { get; init; }
}

/// <summary>The kernels written for one width of vector. All sets give the same bits.</summary>
/// <param name="Name">What <c>SAKI_SIMD</c> names: 512, 256, 128, scalar.</param>
/// <param name="Accelerated">True when this processor has vectors of that width. The others still work, slowly: tests run them all.</param>
/// <param name="Across1">Grey rows.</param>
/// <param name="Across3">RGB rows.</param>
/// <param name="Down">Rows of either.</param>
/// <param name="Planes3">RGB to three planes.</param>
/// <param name="Interleaved3">RGB to RGB or BGR values.</param>
/// <param name="Plane1">Grey.</param>
/// <param name="Luma">RGB (first argument) to grey (second), pixel count.</param>
internal sealed unsafe record KernelSet(
    string Name, bool Accelerated, AcrossRow Across1, AcrossRow Across3, DownRows Down,
    PixelsToValues Planes3, PixelsToValues Interleaved3, PixelsToValues Plane1, LumaRow Luma)
{
    /// <summary>Every set, widest first.</summary>
    internal static readonly IReadOnlyList<KernelSet> All = [Vector512Kernels.Set, Vector256Kernels.Set, Vector128Kernels.Set, ScalarKernels.Set];

    /// <summary>The first that this processor accelerates, unless <c>SAKI_SIMD</c> names another.</summary>
    internal static readonly KernelSet Active = Choose(Environment.GetEnvironmentVariable("SAKI_SIMD"));

    /// <summary>The set of that name; the best for this processor when null or empty.</summary>
    /// <exception cref="SakiException">No set has that name.</exception>
    internal static KernelSet Choose(string? name) =>
        string.IsNullOrEmpty(name)
            ? All.First(set => set.Accelerated)
            : All.FirstOrDefault(set => set.Name == name)
                ?? throw new SakiException("Choosing vector kernels", $"SAKI_SIMD to be one of {string.Join(", ", All.Select(set => set.Name))}", $"\"{name}\"", "Correct or unset SAKI_SIMD.");
}

/// <summary>RGB pixels to grey by BT.601: (19595 R + 38470 G + 7471 B + 2^15) >> 16, as Pillow's <c>convert("L")</c>.</summary>
internal unsafe delegate void LumaRow(byte* rgb, byte* grey, int pixels);
