using System.Buffers.Binary;

namespace Saki.Vision.Tests;

public sealed class ImageDecoderTests
{
    private static readonly DecodeOptions Rgb = new();

    public static TheoryData<ImageFormat> Formats { get; } = [.. TinyPictures.ByFormat.Keys];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_gives_the_same_picture(ImageFormat format)
    {
        var bytes = TinyPictures.ByFormat[format];
        var info = ImageHeader.Read(bytes);
        Assert.Equal(new ImageInfo(format, TinyPictures.Width, TinyPictures.Height), info);
        using var image = ImageDecoder.Decode(bytes, Rgb);
        Assert.Equal((12, 9, 3), (image.Width, image.Height, image.Channels));
        if (format == ImageFormat.Jpeg) Assert.InRange(MeanDifference(image), 0, 6); // the saw-tooth's edges suffer
        else AssertTiny(image, format == ImageFormat.Avif ? 3 : 0); // AVIF goes through YCbCr and back
        using var grey = ImageDecoder.Decode(bytes, Rgb with { Channels = 1 });
        Assert.Equal(1, grey.Channels);
    }

    [Fact]
    public void Alpha_is_dropped_palettes_are_looked_up_and_deep_grey_keeps_its_high_byte()
    {
        using var rgba = ImageDecoder.Decode(TinyPictures.Rgba, Rgb);
        AssertTiny(rgba, 0);
        using var palette = ImageDecoder.Decode(TinyPictures.Palette, Rgb);
        AssertTiny(palette, 40); // 16 colours only
        using var deep = ImageDecoder.Decode(TinyPictures.Grey16, Rgb with { Channels = 1 });
        for (var i = 0; i < 108; i++) Assert.Equal(TinyPictures.Pixel(i % 12, i / 12, 0), deep.Pixels[i]);
        using var bits = ImageDecoder.Decode(TinyPictures.Bits, Rgb);
        Assert.All(bits.Pixels.ToArray(), value => Assert.True(value is 0 or 255));
    }

    [Fact]
    public void The_first_frame_of_an_animation_is_taken_and_frames_are_limited()
    {
        Assert.Equal(3, ImageHeader.Read(TinyPictures.ThreeFrames).Frames);
        using var first = ImageDecoder.Decode(TinyPictures.ThreeFrames, Rgb);
        Assert.Equal(9, first.Height);
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode(TinyPictures.ThreeFrames, Rgb with { MaxFrames = 2 }));
        Assert.Equal(ImageFault.TooLarge, refused.Fault);
    }

    [Fact]
    public void Cmyk_becomes_rgb()
    {
        using var image = ImageDecoder.Decode(TinyPictures.CmykTiff, Rgb);
        AssertTiny(image, 1);
    }

    [Fact]
    public void Text_with_a_pictures_name_is_told_as_text()
    {
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode("just some words"u8, Rgb));
        Assert.Equal(ImageFault.Unknown, refused.Fault);
        Assert.Contains("got text", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ImageFault.Unknown, Assert.Throws<ImageException>(() => ImageHeader.Read([])).Fault);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_file_that_ends_early_is_never_taken_for_a_good_one(ImageFormat format)
    {
        var bytes = TinyPictures.ByFormat[format];
        var cut = bytes.AsSpan(0, bytes.Length - (bytes.Length / 4)).ToArray();
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode(cut, Rgb));
        Assert.Equal(ImageFault.Truncated, refused.Fault);
    }

    public static TheoryData<string> Bombs { get; } = [.. HugeHeaders.All.Keys];

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_header_of_65535x65535_is_refused_before_memory_is_touched(string bomb)
    {
        ImageDecoder.Decode(TinyPictures.Png, Rgb).Dispose(); // libraries and pools are warm
        var bytes = HugeHeaders.All[bomb];
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode(bytes, Rgb));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.True(refused.Fault == ImageFault.TooLarge, refused.Message);
    }

    [Fact]
    public void Bytes_over_the_limit_are_refused_by_their_number()
    {
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode(TinyPictures.Png, Rgb with { MaxBytes = 50 }));
        Assert.Equal(ImageFault.TooLarge, refused.Fault);
    }

    [Fact]
    public void Damaged_bytes_give_a_picture_or_a_typed_error_and_never_a_crash()
    {
        var random = new SeededRandom(20261121);
        var (pictures, refusals) = (0, 0);
        foreach (var (_, good) in TinyPictures.ByFormat)
            for (var round = 0; round < 150; round++)
            {
                var bad = good.AsSpan(0, round % 3 == 0 ? random.Next(good.Length) : good.Length).ToArray();
                for (var flips = random.Next(6); flips > 0 && bad.Length > 0; flips--) bad[random.Next(bad.Length)] = (byte)random.Next(256);
                try
                {
                    using var image = ImageDecoder.Decode(bad, new DecodeOptions { MaxPixels = 1_000_000 }, out var damage);
                    Assert.Equal(image.Width * image.Height * 3, image.Pixels.Length);
                    pictures++;
                }
                catch (ImageException)
                {
                    refusals++;
                }
            }
        Assert.True(pictures > 100 && refusals > 100, $"{pictures} pictures, {refusals} refusals");
    }

    private static double MeanDifference(Image image)
    {
        var sum = 0;
        for (var i = 0; i < image.Pixels.Length; i++) sum += Math.Abs(image.Pixels[i] - TinyPictures.Pixel(i / 3 % 12, i / 36, i % 3));
        return (double)sum / image.Pixels.Length;
    }

    private static void AssertTiny(Image image, int tolerance)
    {
        for (var y = 0; y < 9; y++)
            for (var x = 0; x < 12; x++)
                for (var c = 0; c < 3; c++)
                    Assert.InRange(image.Row(y)[(3 * x) + c], TinyPictures.Pixel(x, y, c) - tolerance, TinyPictures.Pixel(x, y, c) + tolerance);
    }
}
