using System.Buffers.Binary;

namespace Saki.Vision.Tests;

/// <summary>Small files that claim to be 65535 by 65535 pixels.</summary>
internal static class HugeHeaders
{
    internal static IReadOnlyDictionary<string, byte[]> All { get; } = new Dictionary<string, byte[]>
    {
        ["png"] = Png(),
        ["jpeg"] = Jpeg(),
        ["bmp"] = Bmp(),
        ["pnm"] = "P6 65535 65535 255\n0"u8.ToArray(),
        ["gif"] = Gif(),
        ["tiff"] = Tiff(),
    };

    private static byte[] Png()
    {
        var bytes = TinyPictures.Png;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 65535);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 65535);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc32(bytes.AsSpan(12, 17)));
        return bytes;
    }

    private static byte[] Jpeg()
    {
        var bytes = TinyPictures.Jpeg;
        var frame = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        bytes.AsSpan(frame + 5, 4).Fill(0xFF);
        return bytes;
    }

    private static byte[] Bmp()
    {
        var bytes = TinyPictures.Bmp;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), 65535);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), 65535);
        return bytes;
    }

    private static byte[] Gif()
    {
        var bytes = TinyPictures.Gif;
        bytes.AsSpan(6, 4).Fill(0xFF); // the canvas, and below the frame: libvips corrects a canvas that no frame fills
        var frame = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2C, 0, 0, 0, 0, 12, 0, 9, 0]);
        bytes.AsSpan(frame + 5, 4).Fill(0xFF);
        return bytes;
    }

    // One directory: width, height, 8 bits, no compression, grey, one strip at 8 of one byte.
    private static byte[] Tiff()
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write("II*\0"u8);
        writer.Write(8);
        (short Tag, int Value)[] entries = [(256, 65535), (257, 65535), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 65535), (279, 1)];
        writer.Write((short)entries.Length);
        foreach (var (tag, value) in entries)
        {
            writer.Write(tag);
            writer.Write((short)4);
            writer.Write(1);
            writer.Write(value);
        }
        writer.Write(0);
        return file.ToArray();
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }
        return ~crc;
    }
}
