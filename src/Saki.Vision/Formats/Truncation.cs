using System.Buffers.Binary;

namespace Saki.Vision.Formats;

/// <summary>Tells a file that ends too early from one that is damaged inside, by the lengths that its format declares. Asked only of files that failed.</summary>
internal static class Truncation
{
    /// <summary>True when the format says that more bytes should follow.</summary>
    internal static bool Of(ReadOnlySpan<byte> b, ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => !b.TrimEnd((byte)0).EndsWith((ReadOnlySpan<byte>)[0xFF, 0xD9]),
        ImageFormat.Png => b.LastIndexOf("IEND"u8) < 0,
        ImageFormat.Gif => !b.TrimEnd((byte)0).EndsWith((byte)0x3B),
        ImageFormat.WebP => b.Length < 12 || BinaryPrimitives.ReadUInt32LittleEndian(b[4..]) + 8L > b.Length,
        ImageFormat.Tiff => Tiff(b),
        ImageFormat.Avif or ImageFormat.Heic => Boxes(b),
        _ => false,
    };

    // ISO 14496-12: boxes of a 32-bit length, or 1 and a 64-bit one, or 0 up to the end.
    private static bool Boxes(ReadOnlySpan<byte> b)
    {
        for (long at = 0; at < b.Length;)
        {
            if (at + 8 > b.Length) return true;
            long length = BinaryPrimitives.ReadUInt32BigEndian(b[(int)at..]);
            if (length == 0) return false;
            if (length == 1) length = at + 16 > b.Length ? long.MaxValue / 2 : (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(b[((int)at + 8)..]), long.MaxValue / 2);
            if (length < 8) return false; // damaged
            if (at + length > b.Length) return true;
            at += length;
        }
        return false;
    }

    // The first directory, and the strips or tiles that it points to (TIFF 6.0, sections 2 and 8).
    private static bool Tiff(ReadOnlySpan<byte> b)
    {
        if (b.Length < 8) return true;
        var little = b[0] == 'I';
        var directory = Number(b, 4, 4, little);
        if (directory + 2 > b.Length) return true;
        var entries = Number(b, directory, 2, little);
        if (directory + 2 + (12 * entries) > b.Length) return true;
        for (var i = 0; i < entries; i++)
        {
            var at = directory + 2 + (12 * i);
            if (Number(b, at, 2, little) is not (273 or 324)) continue; // strip or tile offsets; their last one lies furthest back
            var (size, count) = (Number(b, at + 2, 2, little) == 3 ? 2 : 4, Number(b, at + 4, 4, little));
            var values = size * count <= 4 ? at + 8 : Number(b, at + 8, 4, little);
            if (values + (size * count) > b.Length) return true;
            if (count > 0 && Number(b, values + (size * (count - 1)), size, little) >= b.Length) return true;
        }
        return false;
    }

    private static long Number(ReadOnlySpan<byte> b, long at, int size, bool little)
    {
        var value = b[(int)at..];
        return (size, little) switch
        {
            (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(value),
            (2, false) => BinaryPrimitives.ReadUInt16BigEndian(value),
            (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(value),
            _ => BinaryPrimitives.ReadUInt32BigEndian(value),
        };
    }
}
