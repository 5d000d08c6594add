using System.Text;
using Saki.Testing;

namespace Saki.Vision.Tests;

public sealed class PictureMetadataTests
{
    private static readonly DecodeOptions Rgb = new();

    [SharedDataTheory]
    [InlineData("photos/DSCN0010.jpg")] // GPS
    [InlineData("photos/22-canon_tags.jpg")]
    [InlineData("photos/jolla.jpg")]
    [InlineData("photos/chelsea.png")]
    [InlineData("photos/orientation/landscape_3.jpg")]
    [InlineData("photos/orientation/landscape_6.jpg")]
    [InlineData("photos/orientation/landscape_8.jpg")]
    [InlineData("faces/obama-240p.jpg")]
    public void Pixels_stay_and_what_cameras_write_beside_them_goes(string file)
    {
        var bytes = File.ReadAllBytes(SharedData.At(file));
        var bare = PictureMetadata.Remove(bytes);
        using var before = ImageDecoder.Decode(bytes, Rgb);
        using var after = ImageDecoder.Decode(bare, Rgb);
        Assert.Equal((before.Width, before.Height), (after.Width, after.Height));
        Assert.True(before.Pixels.SequenceEqual(after.Pixels));
        foreach (var trace in (string[])["GPS", "NIKON", "Canon", "http://ns.adobe.com", "Photoshop", "tEXt", "iTXt", "eXIf", "MPF\0"])
            Assert.True(bare.AsSpan().IndexOf(Encoding.ASCII.GetBytes(trace)) < 0, trace);
        Assert.True(bare.Length <= bytes.Length + 36);
    }

    [SharedDataFact]
    public void The_place_is_in_the_photo_before_and_its_tag_is_not_after()
    {
        var bytes = File.ReadAllBytes(SharedData.At("photos/DSCN0010.jpg"));
        ReadOnlySpan<byte> north = [(byte)'N', 0, 0, 0]; // GPSLatitudeRef as EXIF stores it
        Assert.True(bytes.AsSpan(0, 2000).IndexOf(north) > 0);
        var bare = PictureMetadata.Remove(bytes);
        Assert.True(bare.AsSpan(0, 600).IndexOf("Exif"u8) < 0);
        Assert.Equal(1, ImageHeader.Read(bare).Orientation);
    }

    [SharedDataFact]
    public void A_second_picture_behind_the_first_is_cut_off()
    {
        var bytes = File.ReadAllBytes(SharedData.At("faces/obama-240p.jpg"));
        var secret = Encoding.ASCII.GetBytes("where I live");
        var bare = PictureMetadata.Remove([.. bytes, .. bytes, .. secret]);
        Assert.True(bare.AsSpan().IndexOf(secret) < 0);
        Assert.True(bare.Length <= bytes.Length);
    }

    [SharedDataFact]
    public void Other_formats_become_png_with_the_same_pixels()
    {
        var bytes = File.ReadAllBytes(SharedData.At("photos/4.webp"));
        var bare = PictureMetadata.Remove(bytes);
        Assert.Equal(ImageFormat.Png, ImageHeader.Recognise(bare));
        using var before = ImageDecoder.Decode(bytes, Rgb);
        using var after = ImageDecoder.Decode(bare, Rgb);
        Assert.True(before.Pixels.SequenceEqual(after.Pixels));
    }
}
