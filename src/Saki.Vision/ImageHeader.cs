using System.Buffers.Binary;
using Saki.Vision.Formats;
using Saki.Vision.Vips;

namespace Saki.Vision;

/// <summary>Reads what a picture is, how large and how it stands, without decoding pixels.</summary>
public static class ImageHeader
{
    /// <summary>The header of an encoded picture.</summary>
    /// <exception cref="ImageException">The bytes are no picture of a known format, or the header is damaged.</exception>
    public static ImageInfo Read(ReadOnlySpan<byte> bytes) => Recognise(bytes) switch
    {
        ImageFormat.Jpeg => Jpeg(bytes),
        ImageFormat.Png => Png(bytes),
        ImageFormat.Bmp => BmpReader.ReadHeader(bytes),
        ImageFormat.Pnm => PnmReader.ReadHeader(bytes),
        { } format => VipsDecoder.ReadHeader(bytes, format),
        null => throw new ImageException(ImageFault.Unknown, "a picture (JPEG, PNG, WebP, GIF, TIFF, AVIF, HEIC, BMP, PGM or PPM)", Describe(bytes), "Send an image file."),
    };

    /// <summary>Why <see cref="Read"/> refuses, as the end of a sentence; null when it does not. An import asks this of 100,000 files: damaged pixels are found when they are first decoded.</summary>
    public static string? WhyUnreadable(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            Read(bytes.Span);
            return null;
        }
        catch (ImageException failure)
        {
            return failure.Got;
        }
    }

    /// <summary>The format by its first bytes; null when it is none that is known.</summary>
    public static ImageFormat? Recognise(ReadOnlySpan<byte> b)
    {
        if (b.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return ImageFormat.Jpeg;
        if (b.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) return ImageFormat.Png;
        if (b.StartsWith("GIF87a"u8) || b.StartsWith("GIF89a"u8)) return ImageFormat.Gif;
        if (b.Length >= 12 && b.StartsWith("RIFF"u8) && b[8..].StartsWith("WEBP"u8)) return ImageFormat.WebP;
        if (b.StartsWith("II*\0"u8) || b.StartsWith("MM\0*"u8)) return ImageFormat.Tiff;
        if (b.Length >= 12 && b[4..].StartsWith("ftyp"u8))
            return b[8..].StartsWith("avif"u8) || b[8..].StartsWith("avis"u8) ? ImageFormat.Avif : ImageFormat.Heic;
        if (BmpReader.Recognises(b)) return ImageFormat.Bmp;
        return PnmReader.Recognises(b) ? ImageFormat.Pnm : null;
    }

    // Size from the first start-of-frame segment (ITU-T T.81, B.2.2).
    private static ImageInfo Jpeg(ReadOnlySpan<byte> b)
    {
        for (var at = 2; at + 9 < b.Length;)
        {
            if (b[at] != 0xFF) break;
            var marker = b[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                var (height, width) = (BinaryPrimitives.ReadUInt16BigEndian(b[(at + 5)..]), BinaryPrimitives.ReadUInt16BigEndian(b[(at + 7)..]));
                if (width == 0 || height == 0) break;
                return new ImageInfo(ImageFormat.Jpeg, width, height, ExifOrientation.OfJpeg(b));
            }
            if (marker is 0xD9 or 0xDA || at + 4 > b.Length) break;
            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(b[(at + 2)..]);
        }
        throw new ImageException(Truncation.Of(b, ImageFormat.Jpeg) ? ImageFault.Truncated : ImageFault.Damaged, "a JPEG with its size in the header", "one without", "Save the picture anew.");
    }

    private static ImageInfo Png(ReadOnlySpan<byte> b)
    {
        if (b.Length < 29) throw new ImageException(ImageFault.Truncated, "a whole PNG", "one that ends in its header", "Send the original file again.");
        if (!b[12..].StartsWith("IHDR"u8)) throw new ImageException(ImageFault.Damaged, "a PNG that begins with IHDR", "one that does not", "Save the picture anew.");
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(b[16..]), BinaryPrimitives.ReadUInt32BigEndian(b[20..]));
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue) throw new ImageException(ImageFault.Damaged, "a PNG with a size", $"{width}×{height}", "Save the picture anew.");
        return new ImageInfo(ImageFormat.Png, (int)width, (int)height, PngOrientation(b));
    }

    // The eXIf chunk, where it stands before the pixels (PNG 3rd edition, 11.3.4.4).
    private static int PngOrientation(ReadOnlySpan<byte> b)
    {
        for (var at = 8L; at + 12 <= b.Length;)
        {
            var chunk = b[(int)at..];
            var length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..].StartsWith("IDAT"u8) || at + 12 + length > b.Length) return 1;
            if (chunk[4..].StartsWith("eXIf"u8)) return ExifOrientation.OfTiff(chunk.Slice(8, (int)length));
            at += 12 + length;
        }
        return 1;
    }

    private static string Describe(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return "an empty file";
        foreach (var b in bytes[..Math.Min(bytes.Length, 512)])
            if (b is < 9 or (> 13 and < 32)) return "bytes of another kind";
        return "text";
    }
}
