using System.Buffers.Binary;

namespace Saki.Datasets;

/// <summary>Cuts a bzip2 file into segments that each begin with the magic number of a block or of a member's end. Memory: one segment, at most 2 MB.</summary>
internal sealed class Bzip2Scanner(Stream file)
{
    private const ulong BlockMagic = 0x314159265359, EndMagic = 0x177245385090, Mask48 = (1UL << 48) - 1;
    private const int Piece = 1 << 16, LongestSegment = 2 << 20;

    // Bit k is set for the values that the byte in the middle of a magic number has when the number ends k bits before a byte does.
    private static readonly byte[] Middle = MakeMiddle();

    private byte[] _buffer = new byte[4 * Piece];
    private int _length;
    private int _scanned; // bytes already looked at
    private ulong _last; // the last 8 bytes of them
    private int _skip; // bits of the buffer's first byte that belong to the segment before
    private bool _fileEnded, _isBlock, _inSegment;

    /// <summary>Takes <c>BZh1</c> … <c>BZh9</c>.</summary>
    public void ReadMemberHeader()
    {
        Span<byte> header = stackalloc byte[4];
        if (file.ReadAtLeast(header, 4, throwOnEndOfStream: false) < 4 || !IsMemberHeader(BinaryPrimitives.ReadUInt32BigEndian(header))) throw new InvalidDataException("no bzip2 member");
    }

    public static bool IsMemberHeader(uint header) => header >> 8 == 0x425a68 && (header & 255) is >= '1' and <= '9';

    /// <summary>The next segment; false at the end of the file.</summary>
    /// <exception cref="InvalidDataException">The file does not begin with a magic number, or has none for two megabytes.</exception>
    public bool Next(out Bzip2Segment segment, out bool isBlock)
    {
        while (true)
        {
            while (_scanned < _length)
            {
                _last = (_last << 8) | _buffer[_scanned++];
                var candidates = Middle[(byte)(_last >> 24)];
                if (candidates != 0 && FindMagic(candidates, out var magicIsBlock, out var endsBefore) && Close(endsBefore, magicIsBlock, out segment, out isBlock)) return true;
            }
            if (_fileEnded) return CloseLast(out segment, out isBlock);
            Fill();
        }
    }

    /// <summary>Both as one: the second follows the first without a gap.</summary>
    public static Bzip2Segment Join(Bzip2Segment first, Bzip2Segment second)
    {
        // The last byte of the first is the first byte of the second, unless that begins at a byte.
        var whole = (int)((first.Skip + first.BitLength) / 8);
        return new Bzip2Segment([.. first.Bytes.AsSpan(0, whole), .. second.Bytes], first.Skip, first.BitLength + second.BitLength);
    }

    private bool FindMagic(byte candidates, out bool isBlock, out int endsBefore)
    {
        for (endsBefore = 0; endsBefore < 8; endsBefore++)
        {
            if ((candidates & (1 << endsBefore)) == 0) continue;
            var number = (_last >> endsBefore) & Mask48;
            isBlock = number == BlockMagic;
            if (isBlock || number == EndMagic) return true;
        }
        isBlock = false;
        return false;
    }

    // The magic number just found ends `endsBefore` bits before the scanned byte does; it closes the segment before it.
    private bool Close(int endsBefore, bool magicIsBlock, out Bzip2Segment segment, out bool isBlock)
    {
        var start = (_scanned * 8L) - endsBefore - 48;
        isBlock = _isBlock;
        segment = default;
        var closes = _inSegment;
        if (start < _skip) return false; // overlaps the magic number that opened this segment
        if (closes) segment = new Bzip2Segment(_buffer.AsSpan(0, (int)((start + 7) / 8)).ToArray(), _skip, start - _skip);
        else if (start != 0) throw new InvalidDataException("no block behind the bzip2 header");
        var drop = (int)(start / 8);
        _buffer.AsSpan(drop, _length - drop).CopyTo(_buffer);
        (_length, _scanned, _skip) = (_length - drop, _scanned - drop, (int)(start % 8));
        (_isBlock, _inSegment) = (magicIsBlock, true);
        return closes;
    }

    private bool CloseLast(out Bzip2Segment segment, out bool isBlock)
    {
        isBlock = _isBlock;
        segment = _inSegment ? new Bzip2Segment(_buffer.AsSpan(0, _length).ToArray(), _skip, (_length * 8L) - _skip) : default;
        (var was, _inSegment) = (_inSegment, false);
        return was;
    }

    private void Fill()
    {
        if (_length > LongestSegment) throw new InvalidDataException("a block of more than 2 MiB");
        if (_buffer.Length - _length < Piece) Array.Resize(ref _buffer, _buffer.Length * 2);
        var read = file.Read(_buffer, _length, Piece);
        _length += read;
        _fileEnded = read == 0;
    }

    private static byte[] MakeMiddle()
    {
        // With the number's last bit at bit k, bits 24-31 of the window are bits 24-k … 31-k of the number.
        var table = new byte[256];
        foreach (var magic in new[] { BlockMagic, EndMagic })
            for (var k = 0; k < 8; k++) table[(byte)(magic >> (24 - k))] |= (byte)(1 << k);
        return table;
    }
}
