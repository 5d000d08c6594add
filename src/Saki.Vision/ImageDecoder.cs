using Saki.Vision.Formats;
using Saki.Vision.Jpeg;
using Saki.Vision.Vips;

namespace Saki.Vision;

/// <summary>Encoded bytes to an upright 8-bit picture. The header is read and held against the limits before a pixel is decoded. Thread-safe.</summary>
public static class ImageDecoder
{
    /// <summary>Decodes; a truncated or damaged file is refused.</summary>
    /// <returns>The picture, owned by the caller.</returns>
    /// <exception cref="ImageException">It cannot be used.</exception>
    public static Image Decode(ReadOnlySpan<byte> bytes, DecodeOptions options)
    {
        var image = Decode(bytes, options, out var damage);
        if (damage is not { } fault) return image;
        image.Dispose();
        throw new ImageException(fault, "a whole picture", fault == ImageFault.Truncated ? "one that ends too early" : "one with damaged data", "Send the original file again.");
    }

    /// <summary>Decodes as much as can be had: <paramref name="damage"/> says whether the decoder had to guess.</summary>
    /// <returns>The picture, owned by the caller.</returns>
    /// <exception cref="ImageException">There is nothing to be had, or a limit is passed.</exception>
    public static Image Decode(ReadOnlySpan<byte> bytes, DecodeOptions options, out ImageFault? damage)
    {
        if (bytes.Length > options.MaxBytes)
            throw new ImageException(ImageFault.TooLarge, $"at most {options.MaxBytes:N0} bytes", $"{bytes.Length:N0}", "Send a smaller file.");
        var info = ImageHeader.Read(bytes);
        var denominator = info.Format == ImageFormat.Jpeg ? Denominator(info, options) : 1;
        var shrunk = options.ShrinkLargeJpegs && info.Format == ImageFormat.Jpeg ? info.Pixels / (denominator * denominator) : info.Pixels;
        if (shrunk > options.MaxPixels)
            throw new ImageException(ImageFault.TooLarge, $"at most {options.MaxPixels:N0} pixels", $"{info.Width}×{info.Height} = {info.Pixels:N0}", "Send a smaller picture.");
        if (info.Frames > options.MaxFrames)
            throw new ImageException(ImageFault.TooLarge, $"at most {options.MaxFrames:N0} frames", $"{info.Frames:N0}", "Send a still picture.");

        damage = null;
        var stored = info.Format switch
        {
            ImageFormat.Png when info.Pixels <= PngReader.MostPixels && PngReader.Decode(bytes, options.Channels) is { } small => small,
            ImageFormat.Jpeg => JpegDecoder.Decode(bytes, options.Channels, denominator, out damage),
            ImageFormat.Pnm => Channels(PnmReader.Decode(bytes, out damage), options.Channels),
            ImageFormat.Bmp => Channels(BmpReader.Decode(bytes, out damage), options.Channels),
            _ => VipsDecoder.Decode(bytes, info.Format, options.Channels, out damage),
        };
        return ExifOrientation.Apply(stored, info.Orientation);
    }

    // The largest shrink that leaves at least one and a half times the target on both sides, and that the limit on pixels asks for. For 12 megapixels and a target of 224
    // that is 1/8: the result differs from one of the full picture by 0.8 grey levels in the mean (1/4: 0.3) and is ready in half the time.
    private static int Denominator(ImageInfo info, DecodeOptions options)
    {
        var denominator = 1;
        if (options.Target is var (width, height))
            while (denominator < 8 && info.UprightWidth / denominator >= width * 3 && info.UprightHeight / denominator >= height * 3) denominator *= 2;
        if (options.ShrinkLargeJpegs)
            while (denominator < 8 && info.Pixels / (denominator * denominator) > options.MaxPixels) denominator *= 2;
        return denominator;
    }

    private static Image Channels(Image image, int channels)
    {
        if (image.Channels == channels) return image;
        using (image) return Preprocessor.Convert(image, channels);
    }
}
