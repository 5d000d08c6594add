using Saki.Vision.Formats;
using Saki.Vision.Kernels;

namespace Saki.Vision.Vips;

/// <summary>
/// Every format but JPEG, BMP, PNM and small plain PNGs through libvips, by the one loader that fits the format. The values are those of
/// Pillow's <c>convert("RGB")</c>: alpha is dropped, not blended; 16 bits keep their high byte; ICC profiles are ignored; CMYK is multiplied out.
/// </summary>
internal static unsafe class VipsDecoder
{
    private const int SpaceBw = 1, SpaceCmyk = 15, SpaceSrgb = 22, SpaceGrey16 = 26;
    private const int FailOnNothing = 0, FailOnWarning = 3;

    /// <summary>"8.18.7"; loads the library.</summary>
    internal static string Version => $"{VipsNative.Version(0)}.{VipsNative.Version(1)}.{VipsNative.Version(2)}";

    internal static ImageInfo ReadHeader(ReadOnlySpan<byte> bytes, ImageFormat format)
    {
        fixed (byte* data = bytes)
        {
            try
            {
                using var image = Open(data, bytes.Length, format, FailOnNothing);
                return Describe(image, format);
            }
            catch (VipsException failure)
            {
                throw Refused(bytes, format, failure);
            }
        }
    }

    /// <summary>Decodes to <paramref name="channels"/>; not yet upright. A damaged file gives what can be had, and says so.</summary>
    /// <param name="bytes">The encoded picture.</param>
    /// <param name="format">What it is.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="damage">Truncated or damaged when the decoder had to guess; null when all is well.</param>
    internal static Image Decode(ReadOnlySpan<byte> bytes, ImageFormat format, int channels, out ImageFault? damage)
    {
        damage = null;
        fixed (byte* data = bytes)
        {
            try
            {
                return Pixels(data, bytes.Length, format, channels, FailOnWarning);
            }
            catch (VipsException strict)
            {
                damage = Refused(bytes, format, strict).Fault;
            }
            try
            {
                return Pixels(data, bytes.Length, format, channels, FailOnNothing);
            }
            catch (VipsException failure)
            {
                throw Refused(bytes, format, failure);
            }
        }
    }

    private static Image Pixels(byte* data, int length, ImageFormat format, int channels, int failOn)
    {
        using var stored = Open(data, length, format, failOn);
        var space = stored.Interpretation;
        if (space == SpaceCmyk) return Take(stored, channels, cmyk: true);
        using var convert = new VipsOperation("colourspace\0"u8);
        using var image = convert.Set("in", stored).Set("space", space is SpaceBw or SpaceGrey16 ? SpaceBw : SpaceSrgb).Run();
        return Take(image, channels, cmyk: false);
    }

    private static Image Take(VipsImage image, int channels, bool cmyk)
    {
        var (width, height, bands) = (image.Width, image.Height, image.Bands);
        var memory = VipsNative.WriteToMemory(image.DangerousGetHandle(), out var size);
        if (memory == null) throw VipsOperation.Failed();
        try
        {
            if (size != (nuint)width * (nuint)height * (nuint)bands)
                throw new ImageException(ImageFault.Unsupported, "8 or 16 bits per channel", "another form", "Save it as an 8-bit PNG.");
            var pixels = new ReadOnlySpan<byte>(memory, checked((int)size));
            if (cmyk) return Cmyk.ToImage(pixels, bands, width, height, channels, inverted: false);
            return Take(pixels, bands, width, height, channels);
        }
        finally
        {
            VipsNative.Free(memory);
        }
    }

    // The wanted channels out of grey, grey + alpha, RGB or RGB + alpha.
    private static Image Take(ReadOnlySpan<byte> from, int bands, int width, int height, int channels)
    {
        var image = new Image(width, height, channels);
        var to = image.Pixels;
        if (bands == channels)
        {
            from.CopyTo(to);
            return image;
        }
        for (int i = 0, j = 0; j < to.Length; i += bands, j += channels)
        {
            if (bands < 3) to.Slice(j, channels).Fill(from[i]);
            else if (channels == 1) to[j] = Luma.Of(from[i], from[i + 1], from[i + 2]);
            else (to[j], to[j + 1], to[j + 2]) = (from[i], from[i + 1], from[i + 2]);
        }
        return image;
    }

    // Never by guessing from the bytes: no loader runs that was not asked for.
    private static VipsImage Open(byte* data, int length, ImageFormat format, int failOn)
    {
        using var load = new VipsOperation(format switch
        {
            ImageFormat.Png => "pngload_buffer\0"u8,
            ImageFormat.WebP => "webpload_buffer\0"u8,
            ImageFormat.Gif => "gifload_buffer\0"u8,
            ImageFormat.Tiff => "tiffload_buffer\0"u8,
            _ => "heifload_buffer\0"u8,
        });
        return load.Set("buffer", data, length).Set("fail-on", failOn).Run();
    }

    private static ImageInfo Describe(VipsImage image, ImageFormat format) =>
        new(format, image.Width, image.Height, image.Number("orientation") is { } turned and >= 1 and <= 8 ? turned : 1, Math.Max(1, image.Number("n-pages") ?? 1));

    private static ImageException Refused(ReadOnlySpan<byte> bytes, ImageFormat format, VipsException failure)
    {
        var name = format.ToString();
        if (Truncation.Of(bytes, format)) return new ImageException(ImageFault.Truncated, $"a whole {name} file", "one that ends too early", "Send the original file again.", failure);
        return format == ImageFormat.Heic
            ? new ImageException(ImageFault.Unsupported, "a format that the installed libvips can decode", "HEIC, which it cannot", "Send it as JPEG, or point SAKI_VIPS to a libvips with HEIC (Debian's libvips42 has it).", failure)
            : new ImageException(ImageFault.Damaged, $"a {name} file that can be decoded", failure.Message.Length == 0 ? "a damaged one" : $"a damaged one ({failure.Message})", "Save the picture anew.", failure);
    }
}
