using System.Globalization;

namespace Saki.Vision.Formats;

/// <summary>Binary PGM (P5) and PPM (P6) with a maximum of 255: how data sets of raw pixels are stored. Source: netpbm's pgm(5) and ppm(5).</summary>
internal static class PnmReader
{
    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.Length > 2 && bytes[0] == 'P' && bytes[1] is (byte)'5' or (byte)'6' && bytes[2] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'#';

    internal static ImageInfo ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var (width, height, _, _) = Parse(bytes);
        return new ImageInfo(ImageFormat.Pnm, width, height);
    }

    /// <summary>The picture with as many channels as the file has; missing pixels are black and reported.</summary>
    internal static Image Decode(ReadOnlySpan<byte> bytes, out ImageFault? damage)
    {
        var (width, height, channels, data) = Parse(bytes);
        var image = new Image(width, height, channels);
        var there = Math.Min(image.Pixels.Length, bytes.Length - data);
        bytes.Slice(data, there).CopyTo(image.Pixels);
        image.Pixels[there..].Clear();
        damage = there < image.Pixels.Length ? ImageFault.Truncated : null;
        return image;
    }

    private static (int Width, int Height, int Channels, int Data) Parse(ReadOnlySpan<byte> bytes)
    {
        var at = 2;
        var width = Number(bytes, ref at);
        var height = Number(bytes, ref at);
        var most = Number(bytes, ref at);
        if (width == 0 || height == 0) throw Wrong("a width and height above 0", $"{width}×{height}");
        if (most != 255) throw new ImageException(ImageFault.Unsupported, "a PNM of 8 bits (maximum 255)", $"a maximum of {most}", "Save it as PNG.");
        return (width, height, bytes[1] == '5' ? 1 : 3, at + 1);
    }

    private static int Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        while (at < bytes.Length && (bytes[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t' or (byte)'#'))
        {
            if (bytes[at] == '#') while (at < bytes.Length && bytes[at] != '\n') at++;
            else at++;
        }
        var start = at;
        while (at < bytes.Length && char.IsAsciiDigit((char)bytes[at]) && at - start < 9) at++;
        if (at == start || at >= bytes.Length) throw Wrong("three numbers in the header", "something else");
        return int.Parse(bytes[start..at], NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static ImageException Wrong(string expected, string got) => new(ImageFault.Damaged, $"a PNM with {expected}", got, "Save the picture anew.");
}
