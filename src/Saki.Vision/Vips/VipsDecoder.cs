namespace Saki.Vision.Vips;

/// <summary>Every format but JPEG, BMP and PNM, through libvips: 8-bit grey or RGB, alpha dropped as Pillow's <c>convert("RGB")</c> does.</summary>
internal static unsafe class VipsDecoder
{
    private const int SpaceBw = 1, SpaceSrgb = 22, Grey16 = 26;
    private const int FailOnNothing = 0, FailOnWarning = 3;

    internal static ImageInfo ReadHeader(ReadOnlySpan<byte> bytes, ImageFormat format)
    {
        fixed (byte* data = bytes)
        {
            using var image = Open(data, bytes.Length, format, FailOnNothing);
            return Describe(image, format);
        }
    }

    /// <summary>Decodes to <paramref name="channels"/>; not yet upright. A damaged file gives what can be had, and says so.</summary>
    internal static Image Decode(ReadOnlySpan<byte> bytes, ImageFormat format, int channels, out ImageFault? damage)
    {
        damage = null;
        fixed (byte* data = bytes)
        {
            try
            {
                return Pixels(data, bytes.Length, format, channels, FailOnWarning);
            }
            catch (ImageException strict) when (strict.Fault is ImageFault.Truncated or ImageFault.Damaged)
            {
                damage = strict.Fault;
                return Pixels(data, bytes.Length, format, channels, FailOnNothing);
            }
        }
    }

    private static Image Pixels(byte* data, int length, ImageFormat format, int channels, int failOn)
    {
        using var stored = Open(data, length, format, failOn);
        var grey = channels == 1 || VipsNative.Interpretation(stored.DangerousGetHandle()) is SpaceBw or Grey16;
        using var space = new VipsOperation("colourspace\0"u8);
        using var image = space.Set("in", stored).Set("space", grey ? SpaceBw : SpaceSrgb).Run();
        var (width, height, bands) = (VipsNative.Width(image.DangerousGetHandle()), VipsNative.Height(image.DangerousGetHandle()), VipsNative.Bands(image.DangerousGetHandle()));
        var memory = VipsNative.WriteToMemory(image.DangerousGetHandle(), out var size);
        if (memory == null) throw VipsOperation.Failed();
        try
        {
            if (size != (nuint)width * (nuint)height * (nuint)bands) throw new ImageException(ImageFault.Unsupported, "8 bits per channel after conversion", "another form", "Save it as PNG.");
            return Take(new ReadOnlySpan<byte>(memory, checked((int)size)), width, height, bands, channels);
        }
        finally
        {
            VipsNative.Free(memory);
        }
    }

    // The wanted channels out of grey, grey + alpha, RGB or RGB + alpha.
    private static Image Take(ReadOnlySpan<byte> from, int width, int height, int bands, int channels)
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
            if (channels == 1) to[j] = from[i];
            else if (bands < 3) to[j] = to[j + 1] = to[j + 2] = from[i];
            else (to[j], to[j + 1], to[j + 2]) = (from[i], from[i + 1], from[i + 2]);
        }
        return image;
    }

    private static VipsImage Open(byte* data, int length, ImageFormat format, int failOn)
    {
        _ = VipsNative.Version(0); // starts the library
        var loader = VipsNative.FindLoadBuffer(data, (nuint)length);
        if (loader == null)
        {
            VipsNative.ErrorClear();
            throw new ImageException(ImageFault.Unsupported, "a format that the installed libvips can decode", format.ToString(),
                format == ImageFormat.Heic ? "Send it as JPEG, or point SAKI_VIPS to a libvips with HEIC (Debian's libvips42 has it)." : "Send it as PNG or JPEG.");
        }
        using var load = new VipsOperation(new ReadOnlySpan<byte>(loader, 256));
        return load.Set("buffer", data, length).Set("fail-on", failOn).Run();
    }

    private static ImageInfo Describe(VipsImage image, ImageFormat format)
    {
        var handle = image.DangerousGetHandle();
        var frames = VipsNative.TypeOf(handle, "n-pages") != 0 && VipsNative.GetInt(handle, "n-pages", out var pages) == 0 ? pages : 1;
        var orientation = VipsNative.TypeOf(handle, "orientation") != 0 && VipsNative.GetInt(handle, "orientation", out var turned) == 0 && turned is >= 1 and <= 8 ? turned : 1;
        return new ImageInfo(format, VipsNative.Width(handle), VipsNative.Height(handle), orientation, frames);
    }
}
