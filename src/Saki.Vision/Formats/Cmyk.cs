using Saki.Vision.Kernels;

namespace Saki.Vision.Formats;

/// <summary>Four inks to RGB without a colour profile, as Pillow does: each channel is (255 − ink)·(255 − black) / 255.</summary>
internal static class Cmyk
{
    /// <summary>The picture, owned by the caller.</summary>
    /// <param name="from">Pixels of <paramref name="bands"/> values, of which the first four are the inks.</param>
    /// <param name="bands">At least 4; more are ignored.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="inverted">True when 255 means no ink.</param>
    internal static Image ToImage(ReadOnlySpan<byte> from, int bands, int width, int height, int channels, bool inverted)
    {
        var image = new Image(width, height, channels);
        var to = image.Pixels;
        var flip = inverted ? 0 : 255;
        for (int i = 0, j = 0; j < to.Length; i += bands, j += channels)
        {
            var light = from[i + 3] ^ flip;
            var (r, g, b) = (Multiply(from[i] ^ flip, light), Multiply(from[i + 1] ^ flip, light), Multiply(from[i + 2] ^ flip, light));
            if (channels == 1) to[j] = Luma.Of(r, g, b);
            else (to[j], to[j + 1], to[j + 2]) = (r, g, b);
        }
        return image;
    }

    private static byte Multiply(int a, int b) => (byte)(((a * b) + 127) / 255);
}
