using System.Buffers.Binary;
using Saki.Vision.Formats;

namespace Saki.Vision;

/// <summary>
/// Takes out of a picture what cameras and programs write beside the pixels: place, time, names, previews, a second picture behind the first. Which side is up stays.
/// The pixels of JPEG and PNG are not touched; other formats come back as PNG.
/// </summary>
public static class PictureMetadata
{
    private static readonly DecodeOptions Whole = new() { Channels = 3 };

    /// <summary>The picture without it.</summary>
    /// <param name="bytes">A whole picture.</param>
    /// <returns>JPEG or PNG.</returns>
    /// <exception cref="ImageException">It is no picture, damaged or too large.</exception>
    public static byte[] Remove(ReadOnlySpan<byte> bytes)
    {
        var info = ImageHeader.Read(bytes);
        return info switch
        {
            { Format: ImageFormat.Jpeg } => Jpeg(bytes, info.Orientation) ?? Anew(bytes),
            { Format: ImageFormat.Png, Orientation: 1 } => PngOnly(bytes) ?? Anew(bytes),
            _ => Anew(bytes),
        };
    }

    private static byte[] Anew(ReadOnlySpan<byte> bytes)
    {
        using var picture = ImageDecoder.Decode(bytes, Whole);
        return Png.Encode(picture.Pixels, picture.Width, picture.Height);
    }

    // Segments of ITU-T T.81 B.1: what decodes is kept (tables, frame, scans, JFIF, Adobe's colour transform, the colour profile), up to the end of the first picture. Null for what does not follow it.
    private static byte[]? Jpeg(ReadOnlySpan<byte> b, int orientation)
    {
        using var kept = new MemoryStream(b.Length);
        kept.Write(b[..2]);
        var oriented = orientation == 1;
        for (var at = 2; at + 4 <= b.Length;)
        {
            if (b[at] != 0xFF) return null;
            var marker = b[at + 1];
            if (marker == 0xFF)
            {
                at++; // fill
                continue;
            }
            if (marker == 0xD9) break;
            var length = 2 + BinaryPrimitives.ReadUInt16BigEndian(b[(at + 2)..]);
            if (length < 4 || at + length > b.Length) return null;
            var segment = b.Slice(at, length);
            at += length;
            // EXIF stands behind JFIF, before all else.
            if (!oriented && marker != 0xE0)
            {
                kept.Write(Turned(orientation));
                oriented = true;
            }
            if (Decodes(marker, segment)) kept.Write(segment);
            if (marker != 0xDA) continue;
            var scan = ScanLength(b[at..]);
            kept.Write(b.Slice(at, scan));
            at += scan;
        }
        kept.Write([0xFF, 0xD9]);
        return kept.ToArray();
    }

    private static bool Decodes(byte marker, ReadOnlySpan<byte> segment) => marker switch
    {
        0xE0 or 0xEE => true,
        0xE2 => segment[4..].StartsWith("ICC_PROFILE\0"u8),
        >= 0xE1 and <= 0xEF or 0xFE => false,
        _ => true,
    };

    // Up to the next marker that is neither a stuffed zero nor a restart.
    private static int ScanLength(ReadOnlySpan<byte> data)
    {
        for (var at = 0; ;)
        {
            var next = data[at..].IndexOf((byte)0xFF);
            if (next < 0 || at + next + 1 >= data.Length) return data.Length;
            at += next;
            if (data[at + 1] is not (0 or (>= 0xD0 and <= 0xD7))) return at;
            at += 2;
        }
    }

    // An EXIF segment that holds the orientation (tag 0x0112, one short) and nothing else.
    private static byte[] Turned(int orientation) =>
    [
        0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
    ];

    // Chunks of PNG (3rd edition, 5.6) that change what is seen. Null for what is damaged.
    private static byte[]? PngOnly(ReadOnlySpan<byte> b)
    {
        using var kept = new MemoryStream(b.Length);
        kept.Write(b[..8]);
        for (var at = 8; at + 12 <= b.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(b[at..]);
            if (length > b.Length - at - 12) return null;
            var chunk = b.Slice(at, (int)length + 12);
            at += chunk.Length;
            var type = chunk.Slice(4, 4);
            if (Seen(type)) kept.Write(chunk);
            if (type.SequenceEqual("IEND"u8)) return kept.ToArray();
        }
        return null;
    }

    private static bool Seen(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("IHDR"u8) || type.SequenceEqual("PLTE"u8) || type.SequenceEqual("IDAT"u8) || type.SequenceEqual("IEND"u8) || type.SequenceEqual("tRNS"u8)
        || type.SequenceEqual("gAMA"u8) || type.SequenceEqual("cHRM"u8) || type.SequenceEqual("sRGB"u8) || type.SequenceEqual("iCCP"u8);
}
