using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using Saki.Storage;
using Saki.Vision.Kernels;

namespace Saki.Vision.Formats;

/// <summary>
/// Small PNGs of 8 bits without interlacing, which data sets are full of: libvips takes longer to set itself up than their pixels take. Only files that are right in every byte are read here;
/// of all others libvips says what is to be had of them. Values are those of <see cref="Vips.VipsDecoder"/>. Source: PNG, 3rd edition (W3C 2025).
/// </summary>
internal static class PngReader
{
    /// <summary>Larger ones are for libvips, where the time goes into their pixels.</summary>
    public const int MostPixels = 1 << 16;

    private const int Grey = 0, Rgb = 2, Palette = 3, GreyAlpha = 4, RgbAlpha = 6;
    private const int BeforeChunks = 8, AroundChunk = 12, HeaderLength = 13;

    /// <summary>The picture in 1 or 3 channels, not yet upright; null when it is not of this kind, or not whole.</summary>
    public static Image? Decode(ReadOnlySpan<byte> bytes, int channels)
    {
        var header = bytes.Slice(16, HeaderLength);
        var (width, height, colour) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header[4..]), header[9]);
        if (header[8] != 8 || header[10] != 0 || header[11] != 0 || header[12] != 0) return null; // depth, compression, filter, interlacing
        var samples = colour switch { Grey or Palette => 1, GreyAlpha => 2, Rgb => 3, RgbAlpha => 4, _ => 0 };
        if (samples == 0 || width is <= 0 or > MostPixels || height is <= 0 or > MostPixels || (long)width * height > MostPixels) return null;

        var packed = ArrayPool<byte>.Shared.Rent(bytes.Length);
        var rows = ArrayPool<byte>.Shared.Rent(((width * samples) + 1) * height);
        try
        {
            var pixels = rows.AsSpan(0, ((width * samples) + 1) * height);
            if (!Gather(bytes, packed, out var length, out var palette) || !Inflate(packed, length, pixels) || !Unfilter(pixels, width * samples, samples)) return null;
            if (colour == Palette && palette.IsEmpty) return null;
            return ToImage(pixels, width, height, samples, colour == Palette ? palette : [], channels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
            ArrayPool<byte>.Shared.Return(rows);
        }
    }

    // All chunks whole, the pixels' in one row, the end where it belongs.
    private static bool Gather(ReadOnlySpan<byte> bytes, byte[] packed, out int length, out ReadOnlySpan<byte> palette)
    {
        length = 0;
        palette = [];
        for (var at = BeforeChunks; at + AroundChunk <= bytes.Length;)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);
            if (size > bytes.Length - at - AroundChunk) return false;
            var type = bytes.Slice(at + 4, 4);
            var data = bytes.Slice(at + 8, (int)size);
            if (~Crc32.Update(Crc32.Start, bytes.Slice(at + 4, 4 + (int)size)) != BinaryPrimitives.ReadUInt32BigEndian(bytes[(at + 8 + (int)size)..])) return false;
            if (at == BeforeChunks ? size != HeaderLength || !type.SequenceEqual("IHDR"u8) : type.SequenceEqual("IHDR"u8)) return false;
            if (type.SequenceEqual("IEND"u8)) return length > 0;
            if (type.SequenceEqual("PLTE"u8))
            {
                if (size % 3 != 0 || size > 768) return false;
                palette = data;
            }
            else if (type.SequenceEqual("IDAT"u8))
            {
                data.CopyTo(packed.AsSpan(length));
                length += data.Length;
            }
            else if (at > BeforeChunks && (type[0] & 0x20) == 0) return false; // a critical chunk that nobody here knows
            at += AroundChunk + (int)size;
        }
        return false;
    }

    // Exactly the rows, and the checksum behind them.
    private static bool Inflate(byte[] packed, int length, Span<byte> rows)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(packed, 0, length, writable: false), CompressionMode.Decompress);
            return zlib.ReadAtLeast(rows, rows.Length, throwOnEndOfStream: false) == rows.Length && zlib.ReadByte() < 0;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    // In place; each row keeps its filter's number before it (12.3 and 9.2 of the specification).
    private static bool Unfilter(Span<byte> rows, int stride, int step)
    {
        var above = ReadOnlySpan<byte>.Empty;
        for (var at = 0; at < rows.Length; at += stride + 1)
        {
            var row = rows.Slice(at + 1, stride);
            switch (rows[at])
            {
                case 0: break;
                case 1:
                    for (var i = step; i < stride; i++) row[i] += row[i - step];
                    break;
                case 2:
                    for (var i = 0; i < above.Length; i++) row[i] += above[i];
                    break;
                case 3:
                    for (var i = 0; i < stride; i++) row[i] += (byte)(((i < step ? 0 : row[i - step]) + (above.IsEmpty ? 0 : above[i])) / 2);
                    break;
                case 4:
                    for (var i = 0; i < stride; i++) row[i] += Paeth(i < step ? 0 : row[i - step], above.IsEmpty ? 0 : above[i], i < step || above.IsEmpty ? 0 : above[i - step]);
                    break;
                default: return false;
            }
            above = row;
        }
        return true;
    }

    private static byte Paeth(int left, int above, int corner)
    {
        var (a, b, c) = (Math.Abs(above - corner), Math.Abs(left - corner), Math.Abs(left + above - (2 * corner)));
        return (byte)(a <= b && a <= c ? left : b <= c ? above : corner);
    }

    private static Image? ToImage(ReadOnlySpan<byte> rows, int width, int height, int samples, ReadOnlySpan<byte> palette, int channels)
    {
        var image = new Image(width, height, channels);
        var to = image.Pixels;
        var j = 0;
        for (var y = 0; y < height; y++)
        {
            var row = rows.Slice((y * ((width * samples) + 1)) + 1, width * samples);
            if (samples == channels && palette.IsEmpty)
            {
                row.CopyTo(to[j..]);
                j += row.Length;
                continue;
            }
            for (var i = 0; i < row.Length; i += samples, j += channels)
            {
                ReadOnlySpan<byte> pixel = row.Slice(i, samples);
                if (!palette.IsEmpty)
                {
                    if (3 * pixel[0] >= palette.Length)
                    {
                        image.Dispose();
                        return null; // a colour that is not there
                    }
                    pixel = palette.Slice(3 * pixel[0], 3);
                }
                if (pixel.Length < 3) to.Slice(j, channels).Fill(pixel[0]);
                else if (channels == 1) to[j] = Luma.Of(pixel[0], pixel[1], pixel[2]);
                else pixel[..3].CopyTo(to[j..]);
            }
        }
        return image;
    }
}
