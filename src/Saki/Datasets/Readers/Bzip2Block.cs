using System.Buffers;

namespace Saki.Datasets;

/// <summary>The bits of one block, from its magic number on.</summary>
/// <param name="Bytes">Whole bytes that hold them.</param>
/// <param name="Skip">Bits of the first byte that belong to the block before.</param>
/// <param name="BitLength">How many bits there are behind those.</param>
internal readonly record struct Bzip2Segment(byte[] Bytes, int Skip, long BitLength);

/// <summary>What a block decompresses to.</summary>
/// <param name="Content">Owned by whoever asked.</param>
/// <param name="Length">Bytes of it that count.</param>
/// <param name="Crc">Of these bytes, checked.</param>
/// <param name="EndsAt">The bit behind the block's last, counted from the segment's first.</param>
internal readonly record struct Bzip2Content(byte[] Content, int Length, uint Crc, long EndsAt);

/// <summary>
/// Decompresses one bzip2 block, which needs nothing of the blocks before it: Huffman codes, move to front, the inverse of the Burrows-Wheeler transform, run lengths.
/// Source: the format as described by J. Tsai, "BZIP2: Format Specification" (2016).
/// </summary>
internal static class Bzip2Block
{
    private const int GroupSymbols = 50, LongestCode = 20, MostTables = 6, LargestBlock = 900_000;
    private const int FastBits = 10;

    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Null when the segment ends within the block: what followed looked like a block's magic number and was none.</summary>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public static Bzip2Content? Decode(Bzip2Segment segment)
    {
        var bits = new Bzip2Bits(segment.Bytes, segment.Skip);
        bits.Take(24);
        bits.Take(24);
        var crc = bits.Take(32);
        if (bits.Take(1) != 0) throw new InvalidDataException("a block in bzip2 0.9's randomised form");
        var origin = (int)bits.Take(24);
        var links = ArrayPool<uint>.Shared.Rent(LargestBlock);
        try
        {
            Span<int> counts = stackalloc int[256];
            var length = ReadSymbols(ref bits, links, counts);
            if (bits.Position > segment.Skip + segment.BitLength) return null;
            if (origin >= length) throw new InvalidDataException("a block whose origin lies outside");
            Link(links.AsSpan(0, length), counts);
            var content = Expand(links, origin, length, out var bytes);
            if (Crc(content.AsSpan(0, bytes)) != crc) throw new InvalidDataException("a block whose checksum is wrong");
            return new Bzip2Content(content, bytes, crc, bits.Position - segment.Skip);
        }
        catch (InvalidDataException) when (bits.Position > segment.Skip + segment.BitLength)
        {
            return null; // what was read behind the end made no sense
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(links);
        }
    }

    // The bytes of the transformed block go to the low 8 bits of links; counts says how often each occurs.
    private static int ReadSymbols(ref Bzip2Bits bits, uint[] links, scoped Span<int> counts)
    {
        Span<byte> front = stackalloc byte[256];
        var used = ReadUsedBytes(ref bits, front);
        var tables = (int)bits.Take(3);
        var selectorCount = (int)bits.Take(15);
        if (used == 0 || tables is < 2 or > MostTables || selectorCount == 0) throw new InvalidDataException("a block without symbols");
        var selectors = ReadSelectors(ref bits, tables, selectorCount);
        var codes = new HuffmanCode[tables];
        for (var t = 0; t < tables; t++) codes[t] = HuffmanCode.Read(ref bits, used + 2);

        var end = used + 1;
        int length = 0, run = 0, runBit = 1;
        for (var group = 0; ; group++)
        {
            if (group >= selectors.Length || bits.IsPastEnd) throw new InvalidDataException("a block with more symbols than it says");
            var code = codes[selectors[group]];
            for (var i = 0; i < GroupSymbols; i++)
            {
                var symbol = code.Next(ref bits);
                if (symbol <= 1)
                {
                    // A run's length in bijective base 2: RUNA is digit 1, RUNB digit 2.
                    run += runBit << symbol;
                    runBit <<= 1;
                    if (run > LargestBlock) throw new InvalidDataException("a block of more than 900,000 bytes");
                    continue;
                }
                if (run > 0)
                {
                    if (length + run > LargestBlock) throw new InvalidDataException("a block of more than 900,000 bytes");
                    links.AsSpan(length, run).Fill(front[0]);
                    counts[front[0]] += run;
                    length += run;
                    (run, runBit) = (0, 1);
                }
                if (symbol == end) return length;
                if (length >= LargestBlock) throw new InvalidDataException("a block of more than 900,000 bytes");
                var value = front[symbol - 1];
                front[..(symbol - 1)].CopyTo(front[1..]);
                front[0] = value;
                counts[value]++;
                links[length++] = value;
            }
        }
    }

    private static int ReadUsedBytes(ref Bzip2Bits bits, scoped Span<byte> front)
    {
        var ranges = bits.Take(16);
        var used = 0;
        for (var range = 0; range < 16; range++)
        {
            if ((ranges & (0x8000 >> range)) == 0) continue;
            var inside = bits.Take(16);
            for (var i = 0; i < 16; i++)
                if ((inside & (0x8000 >> i)) != 0) front[used++] = (byte)((range * 16) + i);
        }
        return used;
    }

    private static byte[] ReadSelectors(ref Bzip2Bits bits, int tables, int count)
    {
        Span<byte> order = [0, 1, 2, 3, 4, 5];
        var selectors = new byte[count];
        for (var i = 0; i < count; i++)
        {
            var place = 0;
            while (bits.Take(1) == 1)
                if (++place >= tables) throw new InvalidDataException("a block with a table that it does not have");
            var table = order[place];
            order[..place].CopyTo(order[1..]);
            order[0] = table;
            selectors[i] = table;
        }
        return selectors;
    }

    // Above each byte its place in the original order, as the inverse transform walks it.
    private static void Link(Span<uint> links, ReadOnlySpan<int> counts)
    {
        Span<int> starts = stackalloc int[256];
        var sum = 0;
        for (var value = 0; value < 256; value++)
        {
            starts[value] = sum;
            sum += counts[value];
        }
        for (var i = 0; i < links.Length; i++) links[starts[(byte)links[i]]++] |= (uint)i << 8;
    }

    // Walks the links and undoes the first run-length coding: four equal bytes are followed by how many more there are.
    private static byte[] Expand(uint[] links, int origin, int length, out int bytes)
    {
        var content = new byte[length + (length >> 4) + 512];
        var at = 0;
        var link = links[origin] >> 8;
        int before = -1, equal = 0;
        for (var i = 0; i < length; i++)
        {
            var entry = links[link];
            link = entry >> 8;
            int value = (byte)entry;
            if (at + 256 > content.Length) Array.Resize(ref content, content.Length * 2);
            if (equal == 4)
            {
                content.AsSpan(at, value).Fill((byte)before);
                at += value;
                (before, equal) = (-1, 0);
                continue;
            }
            equal = value == before ? equal + 1 : 1;
            before = value;
            content[at++] = (byte)value;
        }
        bytes = at;
        return content;
    }

    // Four bytes at a time (slicing): table 0 is the usual one, table n the same n bytes further on.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        var table = CrcTable.AsSpan();
        var i = 0;
        for (; i + 4 <= bytes.Length; i += 4)
        {
            crc ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes[i..]);
            crc = table[(int)(768 + (crc >> 24))] ^ table[(int)(512 + ((crc >> 16) & 255))] ^ table[(int)(256 + ((crc >> 8) & 255))] ^ table[(int)(crc & 255)];
        }
        for (; i < bytes.Length; i++) crc = (crc << 8) ^ table[(int)((crc >> 24) ^ bytes[i])];
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[1024];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value << 24;
            for (var bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc >> 31) * 0x04c11db7);
            table[value] = crc;
        }
        for (var value = 256; value < 1024; value++) table[value] = (table[value - 256] << 8) ^ table[table[value - 256] >> 24];
        return table;
    }

    /// <summary>A canonical Huffman code: short codes by one look into a table, the rest by their limits.</summary>
    private sealed class HuffmanCode
    {
        private readonly ushort[] _fast = new ushort[1 << FastBits]; // symbol << 5 | length; 0 when the code is longer
        private readonly int[] _limit = new int[LongestCode + 2], _offset = new int[LongestCode + 2];
        private readonly ushort[] _symbols;

        private HuffmanCode(ReadOnlySpan<byte> lengths)
        {
            _symbols = new ushort[lengths.Length];
            int code = 0, place = 0;
            for (var length = 1; length <= LongestCode; length++)
            {
                _offset[length] = place - code;
                for (var symbol = 0; symbol < lengths.Length; symbol++)
                {
                    if (lengths[symbol] != length) continue;
                    if (length <= FastBits && code < 1 << length) _fast.AsSpan(code << (FastBits - length), 1 << (FastBits - length)).Fill((ushort)((symbol << 5) | length));
                    _symbols[place++] = (ushort)symbol;
                    code++;
                }
                if (code > 1 << length) throw new InvalidDataException("a code with too many symbols");
                _limit[length] = code; // codes of this length lie below
                code <<= 1;
            }
        }

        public static HuffmanCode Read(ref Bzip2Bits bits, int symbols)
        {
            Span<byte> lengths = stackalloc byte[258];
            var length = (int)bits.Take(5);
            for (var symbol = 0; symbol < symbols; symbol++)
            {
                while (true)
                {
                    if (length is < 1 or > LongestCode) throw new InvalidDataException("a code of more than 20 bits");
                    if (bits.Take(1) == 0) break;
                    length += bits.Take(1) == 0 ? 1 : -1;
                }
                lengths[symbol] = (byte)length;
            }
            return new HuffmanCode(lengths[..symbols]);
        }

        public int Next(ref Bzip2Bits bits)
        {
            var ahead = bits.Peek(LongestCode);
            var fast = _fast[ahead >> (LongestCode - FastBits)];
            if (fast != 0)
            {
                bits.Drop(fast & 31);
                return fast >> 5;
            }
            for (var length = FastBits + 1; length <= LongestCode; length++)
            {
                var code = (int)(ahead >> (LongestCode - length));
                if (code >= _limit[length]) continue;
                bits.Drop(length);
                return _symbols[code + _offset[length]];
            }
            throw new InvalidDataException("a code that stands for nothing");
        }
    }
}
