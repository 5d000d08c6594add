using System.Buffers.Binary;
using System.IO.Compression;
using Saki.Storage;
using Saki.Vision.Formats;
using Saki.Vision.Vips;

namespace Saki.Vision.Tests;

/// <summary>Small PNGs without libvips: the same values, and nothing where libvips has something to object.</summary>
public sealed class PngReaderTests
{
    private static readonly int[] Colours = [0, 2, 3, 4, 6];

    [Fact]
    public void All_colours_filters_and_chunks_give_what_libvips_gives()
    {
        var random = new SeededRandom(17);
        for (var round = 0; round < 400; round++)
        {
            var bytes = Draw(random, 1 + random.Next(40), 1 + random.Next(40));
            foreach (var channels in (int[])[1, 3])
            {
                using var ours = PngReader.Decode(bytes, channels)!;
                using var theirs = VipsDecoder.Decode(bytes, ImageFormat.Png, channels, out var damage);
                Assert.Null(damage);
                Assert.Equal((theirs.Width, theirs.Height, theirs.Channels), (ours.Width, ours.Height, ours.Channels));
                Assert.True(theirs.Pixels.SequenceEqual(ours.Pixels), $"round {round}, {channels} channels, colour {bytes[25]}");
            }
        }
    }

    [Fact]
    public void A_byte_that_is_wrong_or_missing_is_left_to_libvips()
    {
        var random = new SeededRandom(23);
        for (var round = 0; round < 1500; round++)
        {
            var bytes = Draw(random, 1 + random.Next(12), 1 + random.Next(12));
            if (round % 3 == 0) bytes = bytes[..(29 + random.Next(bytes.Length - 29))];
            else bytes[8 + random.Next(bytes.Length - 8)] ^= (byte)(1 << random.Next(8));
            Assert.Null(PngReader.Decode(bytes, 3)); // each chunk has a checksum
        }
    }

    [Fact]
    public void Large_interlaced_and_deep_ones_are_left_to_libvips()
    {
        var random = new SeededRandom(5);
        using var largest = PngReader.Decode(Draw(random, 256, 256), 3);
        Assert.NotNull(largest);
        Assert.Null(PngReader.Decode(Draw(random, 257, 256), 3));
        Assert.Null(PngReader.Decode(TinyPictures.Grey16, 3));
        Assert.Null(PngReader.Decode(TinyPictures.Bits, 3));
        using var clear = PngReader.Decode(TinyPictures.Rgba, 3);
        Assert.NotNull(clear);
        Assert.Null(PngReader.Decode(TinyPictures.Palette, 3)); // four bits a pixel
    }

    // Any colour, each row with a filter of its own, the pixels in one chunk or several, others between.
    private static byte[] Draw(SeededRandom random, int width, int height)
    {
        var colour = Colours[random.Next(Colours.Length)];
        var samples = colour switch { 0 or 3 => 1, 4 => 2, 2 => 3, _ => 4 };
        var colours = 1 + random.Next(256);
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, (byte)colour);
        Chunk(file, "IHDR"u8, header);
        if (random.Next(2) == 0) Chunk(file, "tEXt"u8, "Comment\0drawn by a test"u8);
        if (colour == 3) Chunk(file, "PLTE"u8, Random(random, 3 * colours));
        if (random.Next(3) == 0 && colour is 0 or 2 or 3) Chunk(file, "tRNS"u8, Random(random, colour switch { 0 => 2, 2 => 6, _ => colours }, most: colour == 3 ? 256 : 1));
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                // Of a palette's numbers only unfiltered ones are sure to be colours that are there.
                zlib.WriteByte((byte)(colour == 3 ? 0 : random.Next(5)));
                zlib.Write(Random(random, width * samples, most: colour == 3 ? colours : 256));
            }
        }
        var data = packed.ToArray();
        var cut = random.Next(3) == 0 ? random.Next(data.Length) : data.Length;
        Chunk(file, "IDAT"u8, data.AsSpan(0, cut));
        if (cut < data.Length) Chunk(file, "IDAT"u8, data.AsSpan(cut));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] Random(SeededRandom random, int count, int most = 256) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Next(most))];

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(type);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc32.Update(Crc32.Update(Crc32.Start, type), data));
        file.Write(number);
    }
}
