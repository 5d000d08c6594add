using System.Text;

namespace Saki.Datasets;

/// <summary>Binary PGM and PPM (P5, P6; 8 bits): how images without a file format of their own are stored. Netpbm's formats, open in any viewer.</summary>
public static class Pnm
{
    /// <summary>Encodes grey pixels, row by row from the top left.</summary>
    public static byte[] Grey(ReadOnlySpan<byte> pixels, int width, int height) => Encode("P5", pixels, width, height);

    /// <summary>Encodes red, green, blue triples, row by row from the top left.</summary>
    public static byte[] Rgb(ReadOnlySpan<byte> pixels, int width, int height) => Encode("P6", pixels, width, height);

    /// <summary>The bytes before the pixels.</summary>
    internal static byte[] Header(string magic, int width, int height) => Encoding.ASCII.GetBytes($"{magic}\n{width} {height}\n255\n");

    private static byte[] Encode(string magic, ReadOnlySpan<byte> pixels, int width, int height) => [.. Header(magic, width, height), .. pixels];
}
