using System.Buffers.Binary;
using Saki.Datasets;
using Saki.Storage;

namespace Saki.Vision;

/// <summary>Looks at the pixels of a sample for <see cref="DatasetCheck"/>. Thread-safe.</summary>
public static class SampleLook
{
    private static readonly DecodeOptions Rgb = new();

    /// <summary>Decodes <paramref name="encoded"/> whole; what cannot be decoded becomes a fact too.</summary>
    public static SampleFacts At(ReadOnlySpan<byte> encoded)
    {
        try
        {
            using var image = ImageDecoder.Decode(encoded, Rgb);
            var (sums, grey, constant) = Count(image.Pixels);
            return new SampleFacts(null, Identity(image), image.Width, image.Height, grey, constant, sums, constant ? null : LumaFields.Sketch(image));
        }
        catch (ImageException failure)
        {
            return new SampleFacts(failure.Got);
        }
    }

    /// <summary>What a picture looks like; null where that cannot be said.</summary>
    /// <exception cref="ImageException">It cannot be decoded.</exception>
    public static PictureSketch? Sketch(ReadOnlySpan<byte> encoded)
    {
        using var image = ImageDecoder.Decode(encoded, Rgb);
        return LumaFields.Sketch(image);
    }

    private static Digest Identity(Image image)
    {
        Span<byte> whole = stackalloc byte[8 + 32];
        BinaryPrimitives.WriteInt32LittleEndian(whole, image.Width);
        BinaryPrimitives.WriteInt32LittleEndian(whole[4..], image.Height);
        Digest.Of(image.Pixels).CopyTo(whole[8..]);
        return Digest.Of(whole);
    }

    private static (ChannelSums Sums, bool Grey, bool Constant) Count(ReadOnlySpan<byte> rgb)
    {
        long red = 0, green = 0, blue = 0, redSquares = 0, greenSquares = 0, blueSquares = 0;
        int colour = 0, change = 0;
        for (var i = 0; i < rgb.Length; i += 3)
        {
            int r = rgb[i], g = rgb[i + 1], b = rgb[i + 2];
            red += r;
            green += g;
            blue += b;
            redSquares += r * r;
            greenSquares += g * g;
            blueSquares += b * b;
            colour |= (r ^ g) | (g ^ b);
            change |= (r ^ rgb[0]) | (g ^ rgb[1]) | (b ^ rgb[2]);
        }
        return (new ChannelSums(rgb.Length / 3, red, green, blue, redSquares, greenSquares, blueSquares), colour == 0, change == 0);
    }
}
