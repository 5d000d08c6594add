using System.Buffers.Binary;

namespace Saki.Vision.Formats;

/// <summary>
/// The orientation tag (0x0112) of a JPEG's EXIF segment, and the turning that it asks for. Damaged EXIF counts as upright.
/// Source: EXIF 2.32 §4.6.4; TIFF 6.0 for the directory's form.
/// </summary>
internal static class ExifOrientation
{
    private const int Tile = 64; // 64 x 64 RGB pixels twice: 24 KB

    /// <summary>1 to 8; 1 when there is none or it is damaged.</summary>
    internal static int OfJpeg(ReadOnlySpan<byte> jpeg)
    {
        for (var at = 2; at + 4 <= jpeg.Length && jpeg[at] == 0xFF;)
        {
            var marker = jpeg[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker is 0xDA or 0xD9) return 1;
            var length = BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]);
            if (length < 2 || at + 2 + length > jpeg.Length) return 1;
            var body = jpeg.Slice(at + 4, length - 2);
            if (marker == 0xE1 && body.StartsWith("Exif\0\0"u8)) return OfTiff(body[6..]);
            at += 2 + length;
        }
        return 1;
    }

    /// <summary>The tag in the first directory of a TIFF structure.</summary>
    internal static int OfTiff(ReadOnlySpan<byte> tiff)
    {
        if (tiff.Length < 8) return 1;
        var little = tiff.StartsWith("II"u8);
        if (!little && !tiff.StartsWith("MM"u8)) return 1;
        var directory = Read32(tiff, 4, little);
        if (directory > tiff.Length - 2) return 1;
        var count = Read16(tiff, (int)directory, little);
        for (var i = 0; i < count; i++)
        {
            var entry = (int)directory + 2 + (12 * i);
            if (entry + 12 > tiff.Length) return 1;
            if (Read16(tiff, entry, little) != 0x0112) continue;
            var value = Read16(tiff, entry + 8, little);
            return value is >= 1 and <= 8 ? value : 1;
        }
        return 1;
    }

    /// <summary>Turns <paramref name="stored"/> upright. Disposes it and returns a new image unless there is nothing to do.</summary>
    internal static Image Apply(Image stored, int orientation)
    {
        if (orientation == 1) return stored;
        using (stored)
        {
            var (w, h, c) = (stored.Width, stored.Height, stored.Channels);
            var upright = orientation >= 5 ? new Image(h, w, c) : new Image(w, h, c);
            // Where the upright picture's pixel (x, y) is stored: at start + x*right + y*down.
            var (start, right, down) = orientation switch
            {
                2 => (w - 1, -1, w),
                3 => ((h * w) - 1, -1, -w),
                4 => ((h - 1) * w, 1, -w),
                5 => (0, w, 1),
                6 => ((h - 1) * w, -w, 1),
                7 => ((h * w) - 1, -w, -1),
                _ => (w - 1, w, -1),
            };
            var from = stored.Pixels;
            var to = upright.Pixels;
            // In tiles: a turned picture is read down its columns, and a row of each must stay in the cache until its neighbours are read.
            for (var top = 0; top < upright.Height; top += Tile)
                for (var left = 0; left < upright.Width; left += Tile)
                    for (var y = top; y < Math.Min(top + Tile, upright.Height); y++)
                    {
                        var at = ((y * upright.Width) + left) * c;
                        var pixel = start + (y * down) + (left * right);
                        for (var x = left; x < Math.Min(left + Tile, upright.Width); x++, pixel += right, at += c)
                        {
                            to[at] = from[pixel * c];
                            if (c == 1) continue;
                            to[at + 1] = from[(pixel * c) + 1];
                            to[at + 2] = from[(pixel * c) + 2];
                        }
                    }
            return upright;
        }
    }

    private static int Read16(ReadOnlySpan<byte> b, int at, bool little) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(b[at..]) : BinaryPrimitives.ReadUInt16BigEndian(b[at..]);

    private static uint Read32(ReadOnlySpan<byte> b, int at, bool little) =>
        little ? BinaryPrimitives.ReadUInt32LittleEndian(b[at..]) : BinaryPrimitives.ReadUInt32BigEndian(b[at..]);
}
