using Saki.Pipelines;
using Saki.Vision.Kernels;

namespace Saki.Vision.Tests;

public sealed class ResizeTests
{
    public sealed record Case(int Width, int Height, int Channels, int ToWidth, int ToHeight, Interpolation Interpolation, bool Antialias, string Pixels);

    private sealed record RawCase(int Width, int Height, int Channels, int ToWidth, int ToHeight, string Interpolation, bool Antialias, string Pixels);

    private static IEnumerable<Case> Cases() => Golden.Read<RawCase>("resize.json")
        .Select(raw => new Case(raw.Width, raw.Height, raw.Channels, raw.ToWidth, raw.ToHeight, Enum.Parse<Interpolation>(raw.Interpolation), raw.Antialias, raw.Pixels));

    [Fact]
    public void Every_variant_gives_what_Pillow_gives_with_antialias_and_OpenCV_without_to_one_grey_level()
    {
        var off = new List<string>();
        foreach (var c in Cases())
            foreach (var kernels in KernelSet.All)
            {
                using var source = Draw(c.Width, c.Height, c.Channels);
                using var target = new Image(c.ToWidth, c.ToHeight, c.Channels);
                Resize.Run(source, target, c.Interpolation, c.Antialias, kernels);
                var largest = LargestDifference(target.Pixels, Convert.FromBase64String(c.Pixels));
                if (largest > (c.Interpolation == Interpolation.Nearest ? 0 : 1)) off.Add($"{c with { Pixels = "" }} {kernels.Name}: {largest}");
            }
        Assert.True(off.Count == 0, string.Join('\n', off));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void All_variants_give_the_same_bits(int channels)
    {
        var random = new SeededRandom(7);
        foreach (var interpolation in Enum.GetValues<Interpolation>())
            for (var round = 0; round < 12; round++)
            {
                using var source = new Image(1 + random.Next(150), 1 + random.Next(90), channels);
                foreach (ref var pixel in source.Pixels) pixel = (byte)(random.Next(3) == 0 ? random.Next(2) * 255 : random.Next(256));
                var (width, height, antialias) = (1 + random.Next(150), 1 + random.Next(90), random.Next(2) == 0);
                using var expected = new Image(width, height, channels);
                Resize.Run(source, expected, interpolation, antialias, ScalarKernels.Set);
                foreach (var kernels in KernelSet.All)
                {
                    using var target = new Image(width, height, channels);
                    target.Pixels.Fill(77);
                    Resize.Run(source, target, interpolation, antialias, kernels);
                    Assert.True(target.Pixels.SequenceEqual(expected.Pixels), $"{kernels.Name} {interpolation} {antialias} {source.Width}x{source.Height} to {width}x{height}");
                }
            }
    }

    [Theory]
    [InlineData(Interpolation.Nearest)]
    [InlineData(Interpolation.Area)]
    [InlineData(Interpolation.Bilinear)]
    [InlineData(Interpolation.Bicubic)]
    public void A_flat_picture_stays_flat(Interpolation interpolation)
    {
        using var source = new Image(97, 61, 3);
        using var target = new Image(40, 83, 3);
        foreach (var (level, antialias) in new[] { ((byte)255, true), ((byte)255, false), ((byte)1, true), ((byte)128, false) })
        {
            source.Pixels.Fill(level);
            Resize.Run(source, target, interpolation, antialias);
            Assert.Equal(-1, target.Pixels.IndexOfAnyExcept(level));
        }
    }

    [Fact]
    public void A_very_long_picture_shrinks_to_one_pixel()
    {
        using var source = new Image(1, 60_000, 1);
        using var target = new Image(1, 1, 1);
        for (var y = 0; y < source.Height; y++) source.Pixels[y] = (byte)(y % 2 * 200);
        Resize.Run(source, target, Interpolation.Area, antialias: false);
        Assert.InRange(target.Pixels[0], 99, 101);
    }

    [Fact]
    public void An_unknown_vector_width_is_refused_with_the_known_ones()
    {
        var refused = Assert.Throws<SakiException>(() => KernelSet.Choose("1024"));
        Assert.Contains("512, 256, 128, scalar", refused.Message, StringComparison.Ordinal);
        Assert.Equal("128", KernelSet.Choose("128").Name);
    }

    /// <summary>The formula of tests/golden/vision/resize.py.</summary>
    internal static Image Draw(int width, int height, int channels)
    {
        var image = new Image(width, height, channels);
        for (int y = 0, at = 0; y < height; y++)
            for (var x = 0; x < width; x++)
                for (var c = 0; c < channels; c++, at++) image.Pixels[at] = (byte)((x * 7) + (y * 5) + (c * 50) + (((x * 31) ^ (y * 17)) & 63));
        return image;
    }

    internal static int LargestDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(b.Length, a.Length);
        var largest = 0;
        for (var i = 0; i < a.Length; i++) largest = Math.Max(largest, Math.Abs(a[i] - b[i]));
        return largest;
    }
}
