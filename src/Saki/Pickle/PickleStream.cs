using System.Buffers.Binary;
using System.Text;

namespace Saki.Pickle;

/// <summary>The bytes of one pickle, read strictly forward and counted. Never reads behind the byte that was asked for.</summary>
internal sealed class PickleStream(Stream stream, long mostBytes)
{
    private const int Piece = 1 << 20, LongestLine = 4096;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    public byte Byte()
    {
        var read = stream.ReadByte();
        if (read < 0) throw new EndOfStreamException();
        Count(1);
        return (byte)read;
    }

    public ushort UInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Fill(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int Int32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Fill(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public long Int64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double Float64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Fill(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>As many bytes as promised. Memory grows with what really comes, so a lying length costs nothing.</summary>
    public byte[] Bytes(long length)
    {
        if (length < 0 || length > mostBytes - Position) throw new InvalidDataException($"a length of {length} bytes at byte {Position}");
        if (length <= Piece)
        {
            var small = new byte[length];
            Fill(small);
            return small;
        }
        var grown = new MemoryStream(Piece);
        var piece = new byte[Piece];
        for (var rest = length; rest > 0; rest -= piece.Length)
        {
            if (rest < Piece) piece = new byte[rest];
            Fill(piece);
            grown.Write(piece);
        }
        return grown.Length == grown.Capacity ? grown.GetBuffer() : grown.ToArray();
    }

    public string Text(long length) => Encoding.UTF8.GetString(Bytes(length));

    /// <summary>Up to the next line feed, which is taken but not given.</summary>
    public string Line()
    {
        var line = new List<byte>();
        for (byte next; (next = Byte()) != '\n';)
        {
            line.Add(next);
            if (line.Count > LongestLine) throw new InvalidDataException($"a line of more than {LongestLine} bytes");
        }
        return Encoding.UTF8.GetString([.. line]);
    }

    private void Fill(Span<byte> bytes)
    {
        stream.ReadExactly(bytes);
        Count(bytes.Length);
    }

    private void Count(int bytes)
    {
        Position += bytes;
        if (Position > mostBytes) throw new InvalidDataException($"more than {mostBytes} bytes");
    }
}
