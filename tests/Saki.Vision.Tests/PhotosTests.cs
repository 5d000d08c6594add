using Saki.Testing;

namespace Saki.Vision.Tests;

/// <summary>The files of ../shared/data/photos, against what Pillow makes of them (tests/golden/vision/photos.py).</summary>
public sealed class PhotosTests
{
    private static readonly DecodeOptions Rgb = new();

    private sealed record Photo(string File, int Width, int Height, double[] Means);

    private static byte[] Read(string name) => File.ReadAllBytes(SharedData.At("photos/" + name));

    [SharedDataFact]
    public void Photos_in_all_formats_decode_as_in_Pillow()
    {
        var off = new List<string>();
        foreach (var photo in Golden.Read<Photo>("photos.json"))
        {
            using var image = ImageDecoder.Decode(Read(photo.File), Rgb, out var damage);
            if ((image.Width, image.Height) != (photo.Width, photo.Height) || damage is not null != (photo.File == "broken/hopper_bad_exif.jpg")) off.Add($"{photo.File}: {image.Width}x{image.Height} {damage}");
            var largest = Means(image).Zip(photo.Means, (mine, theirs) => Math.Abs(mine - theirs)).Max();
            if (largest > 1) off.Add($"{photo.File}: the mean of a cell differs by {largest:F2}");
        }
        Assert.True(off.Count == 0, string.Join('\n', off));
    }

    [SharedDataFact]
    public void All_eight_orientations_give_the_same_picture()
    {
        using var upright = ImageDecoder.Decode(Read("orientation/landscape_1.jpg"), Rgb);
        Assert.Equal((600, 450), (upright.Width, upright.Height));
        for (var orientation = 2; orientation <= 8; orientation++)
        {
            var bytes = Read($"orientation/landscape_{orientation}.jpg");
            Assert.Equal(orientation, ImageHeader.Read(bytes).Orientation);
            using var turned = ImageDecoder.Decode(bytes, Rgb);
            Assert.Equal((600, 450), (turned.Width, turned.Height));
            var sum = 0L;
            for (var i = 0; i < upright.Pixels.Length; i++) sum += Math.Abs(upright.Pixels[i] - turned.Pixels[i]);
            Assert.InRange((double)sum / upright.Pixels.Length, 0, 20); // each was made on its own: 14 to 15 in Pillow too; a wrong turn is over 50
        }
    }

    [SharedDataFact]
    public void A_truncated_photo_is_told_apart_and_can_be_had_all_the_same()
    {
        var bytes = Read("broken/truncated.jpg");
        Assert.Equal(ImageFault.Truncated, Assert.Throws<ImageException>(() => ImageDecoder.Decode(bytes, Rgb)).Fault);
        using var image = ImageDecoder.Decode(bytes, Rgb, out var damage);
        Assert.Equal(ImageFault.Truncated, damage);
        Assert.Equal(ImageHeader.Read(bytes).Width, image.Width);
    }

    [SharedDataFact]
    public void Damaged_jpegs_do_not_spoil_the_good_ones_after_them()
    {
        var good = Read("formats/hopper.jpg");
        using var expected = ImageDecoder.Decode(good, Rgb);
        var random = new SeededRandom(3);
        for (var round = 0; round < 200; round++)
        {
            var bad = good.ToArray();
            for (var flips = 0; flips < 20; flips++) bad[random.Next(1000)] = (byte)random.Next(256);
            try
            {
                ImageDecoder.Decode(bad, Rgb with { MaxPixels = 1_000_000 }, out _).Dispose();
            }
            catch (ImageException)
            {
            }
            using var again = ImageDecoder.Decode(good, Rgb);
            Assert.True(again.Pixels.SequenceEqual(expected.Pixels), $"after damaged file {round}");
        }
    }

    [SharedDataFact]
    public void A_broken_exif_block_is_no_damage_and_lost_pixels_are()
    {
        var bytes = Read("canon_hdr_NO.jpg");
        var exif = bytes.AsSpan().IndexOf("Exif\0\0"u8) + 6;
        bytes.AsSpan(exif, 400).Fill(0xEE); // the directory, of which the orientation is a part
        using (var image = ImageDecoder.Decode(bytes, Rgb, out var damage)) Assert.Null(damage);
        Assert.Equal(1, ImageHeader.Read(bytes).Orientation);

        // This one's EXIF is broken too, but the decoder also loses data in its rows: the picture shows stripes.
        ImageDecoder.Decode(Read("broken/hopper_bad_exif.jpg"), Rgb, out var lost).Dispose();
        Assert.Equal(ImageFault.Damaged, lost);
    }

    [SharedDataFact]
    public void A_corrupt_header_is_a_typed_error_and_bad_exif_is_upright()
    {
        var refused = Assert.Throws<ImageException>(() => ImageDecoder.Decode(Read("broken/corrupt-header.jpg"), Rgb));
        Assert.Contains(refused.Fault, (ImageFault[])[ImageFault.Damaged, ImageFault.Truncated, ImageFault.Unknown]);
        Assert.Equal(1, ImageHeader.Read(Read("broken/hopper_bad_exif.jpg")).Orientation);
    }

    [SharedDataFact]
    public void Heic_decodes_or_says_what_to_do()
    {
        try
        {
            using var image = ImageDecoder.Decode(Read("IMG_5195.HEIC"), Rgb);
            Assert.True(image.Width > 1000);
        }
        catch (ImageException refused)
        {
            Assert.Equal(ImageFault.Unsupported, refused.Fault);
            Assert.Contains("JPEG", refused.Message, StringComparison.Ordinal);
        }
    }

    [SharedDataFact]
    public void A_small_target_shrinks_while_loading_but_never_below_one_and_a_half_times_its_size()
    {
        var bytes = Read("42_IndexError.jpg"); // 12.19 megapixels
        var info = ImageHeader.Read(bytes);
        using var image = ImageDecoder.Decode(bytes, Rgb with { Target = (224, 224) });
        Assert.InRange(image.Width, 336, info.UprightWidth / 8 + 1);
        Assert.InRange(image.Height, 336, info.UprightHeight / 8 + 1);
    }

    [SharedDataFact]
    public void A_jpeg_over_the_limit_shrinks_only_where_the_operator_allows_it()
    {
        var bytes = Read("42_IndexError.jpg");
        var options = Rgb with { MaxPixels = 1_000_000 };
        Assert.Equal(ImageFault.TooLarge, Assert.Throws<ImageException>(() => ImageDecoder.Decode(bytes, options)).Fault);
        using var image = ImageDecoder.Decode(bytes, options with { ShrinkLargeJpegs = true });
        Assert.InRange(image.Width * image.Height, 100_000, 1_000_000);
    }

    [SharedDataFact]
    public void Grey_of_a_photo_is_its_luma()
    {
        var bytes = Read("formats/hopper.png");
        using var grey = ImageDecoder.Decode(bytes, Rgb with { Channels = 1 });
        using var rgb = ImageDecoder.Decode(bytes, Rgb);
        using var expected = Preprocessor.Convert(rgb, 1);
        Assert.InRange(ResizeTests.LargestDifference(grey.Pixels, expected.Pixels), 0, 1);
    }

    private static double[] Means(Image image)
    {
        var means = new double[48];
        for (var cell = 0; cell < 16; cell++)
        {
            var (top, bottom) = (image.Height * (cell / 4) / 4, image.Height * ((cell / 4) + 1) / 4);
            var (left, right) = (image.Width * (cell % 4) / 4, image.Width * ((cell % 4) + 1) / 4);
            for (var y = top; y < bottom; y++)
                for (var x = left; x < right; x++)
                    for (var c = 0; c < 3; c++) means[(3 * cell) + c] += image.Row(y)[(3 * x) + c];
            for (var c = 0; c < 3; c++) means[(3 * cell) + c] /= (bottom - top) * (right - left);
        }
        return means;
    }
}
