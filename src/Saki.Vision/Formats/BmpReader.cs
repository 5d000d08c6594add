using System.Buffers.Binary;

namespace Saki.Vision.Formats;

/// <summary>Windows bitmaps of 8 bits with a palette, 24 and 32 bits, uncompressed: what is met in practice. Source: Microsoft's BITMAPINFOHEADER.</summary>
internal static class BmpReader
{
    private readonly record struct Header(int Width, int Height, bool TopDown, int Bits, int Data, int Palette, int Colors, int EntryBytes);

    internal static bool Recognises(ReadOnlySpan<byte> bytes) => bytes.Length >= 26 && bytes.StartsWith("BM"u8);

    internal static ImageInfo ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var header = Parse(bytes);
        return new ImageInfo(ImageFormat.Bmp, header.Width, header.Height);
    }

    /// <summary>The picture as RGB; missing rows are black and reported.</summary>
    internal static Image Decode(ReadOnlySpan<byte> bytes, out ImageFault? damage)
    {
        var h = Parse(bytes);
        var stride = ((((long)h.Width * h.Bits) + 31) / 32) * 4;
        var image = new Image(h.Width, h.Height, 3);
        damage = null;
        for (var row = 0; row < h.Height; row++)
        {
            var to = image.Row(h.TopDown ? row : h.Height - 1 - row);
            var at = h.Data + (row * stride);
            if (at + stride > bytes.Length)
            {
                to.Clear();
                damage = ImageFault.Truncated;
                continue;
            }
            Row(bytes.Slice((int)at, (int)stride), to, h, bytes);
        }
        return image;
    }

    private static void Row(ReadOnlySpan<byte> from, Span<byte> to, in Header h, ReadOnlySpan<byte> file)
    {
        var step = h.Bits / 8;
        for (int x = 0, at = 0; x < h.Width; x++, at += 3)
        {
            var bgr = h.Bits == 8 ? file[(h.Palette + (Math.Min(from[x], h.Colors - 1) * h.EntryBytes))..] : from[(x * step)..];
            (to[at], to[at + 1], to[at + 2]) = (bgr[2], bgr[1], bgr[0]);
        }
    }

    private static Header Parse(ReadOnlySpan<byte> b)
    {
        var data = BinaryPrimitives.ReadUInt32LittleEndian(b[10..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(b[14..]);
        var old = size == 12; // BITMAPCOREHEADER
        if (!old && (size < 40 || size > 124 || b.Length < 54)) throw Wrong($"a known header", $"one of {size} bytes");
        var width = old ? BinaryPrimitives.ReadUInt16LittleEndian(b[18..]) : BinaryPrimitives.ReadInt32LittleEndian(b[18..]);
        var height = old ? BinaryPrimitives.ReadUInt16LittleEndian(b[20..]) : BinaryPrimitives.ReadInt32LittleEndian(b[22..]);
        var bits = BinaryPrimitives.ReadUInt16LittleEndian(b[(old ? 24 : 28)..]);
        var compression = old ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(b[30..]);
        if (width <= 0 || height == 0 || height == int.MinValue) throw Wrong("a width and height above 0", $"{width}×{height}");
        if (bits is not (8 or 24 or 32) || compression is not (0 or 3))
            throw new ImageException(ImageFault.Unsupported, "a bitmap of 8, 24 or 32 bits without compression", $"{bits} bits, compression {compression}", "Save it as PNG.");
        var palette = 14 + (int)size;
        var entry = old ? 3 : 4;
        var said = old ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(b[46..]);
        var colors = bits == 8 ? (int)Math.Min(said == 0 ? 256 : said, 256) : 0;
        if (data > (uint)b.Length || palette + (colors * entry) > b.Length) throw new ImageException(ImageFault.Truncated, "a whole bitmap", "one that ends in its header", "Save the picture anew.");
        return new Header(width, Math.Abs(height), height < 0, bits, (int)data, palette, colors, entry);
    }

    private static ImageException Wrong(string expected, string got) => new(ImageFault.Damaged, $"a bitmap with {expected}", got, "Save the picture anew.");
}
