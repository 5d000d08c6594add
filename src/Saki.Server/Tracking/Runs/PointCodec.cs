using System.Buffers;
using System.Buffers.Binary;

namespace Saki.Server.Tracking.Runs;

/// <summary>
/// Points as bytes: step and time as differences to the point before (zigzag, 7 bits a byte), the value as its 8 bytes. A training's point takes 11 to 13
/// bytes instead of the 24 of its numbers.
/// </summary>
internal static class PointCodec
{
    private const int MostBytes = 38;

    /// <summary>Points of several metrics, in their order.</summary>
    public static byte[] Encode(ReadOnlySpan<KeyedPoint> points)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((points.Length * MostBytes) + 1);
        var (at, before) = (0, default(MetricPoint));
        foreach (var (key, point) in points)
        {
            WriteUnsigned(buffer, ref at, (ulong)key);
            Write(buffer, ref at, point, before);
            before = point;
        }
        return Cut(buffer, at);
    }

    /// <summary>Points of one metric.</summary>
    public static byte[] Encode(ReadOnlySpan<MetricPoint> points)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((points.Length * MostBytes) + 1);
        var (at, before) = (0, default(MetricPoint));
        foreach (var point in points)
        {
            Write(buffer, ref at, point, before);
            before = point;
        }
        return Cut(buffer, at);
    }

    /// <summary>Reads what <see cref="Encode(ReadOnlySpan{KeyedPoint})"/> wrote, behind what <paramref name="into"/> holds.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="into">Receives the points.</param>
    /// <param name="only">Only points of this metric; null for all.</param>
    public static void DecodeKeyed(ReadOnlySpan<byte> data, List<KeyedPoint> into, long? only = null)
    {
        var (at, before) = (0, default(MetricPoint));
        while (at < data.Length)
        {
            var key = (long)ReadUnsigned(data, ref at);
            before = Read(data, ref at, before);
            if (only is null || only == key) into.Add(new KeyedPoint(key, before));
        }
    }

    /// <summary>Reads what <see cref="Encode(ReadOnlySpan{MetricPoint})"/> wrote.</summary>
    public static void Decode(ReadOnlySpan<byte> data, List<MetricPoint> into)
    {
        var (at, before) = (0, default(MetricPoint));
        while (at < data.Length)
        {
            before = Read(data, ref at, before);
            into.Add(before);
        }
    }

    private static void Write(byte[] buffer, ref int at, MetricPoint point, MetricPoint before)
    {
        WriteSigned(buffer, ref at, unchecked(point.Step - before.Step));
        WriteSigned(buffer, ref at, unchecked(point.Time - before.Time));
        BinaryPrimitives.WriteDoubleLittleEndian(buffer.AsSpan(at), point.Value);
        at += sizeof(double);
    }

    private static MetricPoint Read(ReadOnlySpan<byte> data, ref int at, MetricPoint before)
    {
        var step = unchecked(before.Step + ReadSigned(data, ref at));
        var time = unchecked(before.Time + ReadSigned(data, ref at));
        var value = BinaryPrimitives.ReadDoubleLittleEndian(data[at..]);
        at += sizeof(double);
        return new MetricPoint(time, step, value);
    }

    private static void WriteSigned(byte[] buffer, ref int at, long value) => WriteUnsigned(buffer, ref at, (ulong)((value << 1) ^ (value >> 63)));

    private static void WriteUnsigned(byte[] buffer, ref int at, ulong value)
    {
        while (value >= 0x80)
        {
            buffer[at++] = (byte)(value | 0x80);
            value >>= 7;
        }
        buffer[at++] = (byte)value;
    }

    private static long ReadSigned(ReadOnlySpan<byte> data, ref int at)
    {
        var value = ReadUnsigned(data, ref at);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    private static ulong ReadUnsigned(ReadOnlySpan<byte> data, ref int at)
    {
        var value = 0ul;
        for (var shift = 0; ; shift += 7)
        {
            var part = data[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }

    private static byte[] Cut(byte[] buffer, int length)
    {
        var data = buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return data;
    }
}
