namespace Saki.Datasets;

/// <summary>
/// Decompresses a bzip2 file of one or more members (as pbzip2 and <c>cat a.bz2 b.bz2</c> make them) on all cores: blocks are found by their 48-bit magic number, which may
/// start at any bit, decompressed side by side and given in order. Anything but another member behind a member is damage.
/// </summary>
/// <param name="file">At the start of the first member; not owned. Read ahead by a few blocks.</param>
internal sealed class Bzip2Stream(Stream file) : ForwardStream
{
    private const int MagicBits = 48, CrcBits = 32, MemberBits = 32, MostJoined = 4;

    private readonly Bzip2Scanner _scanner = new(file);
    private readonly Queue<(Bzip2Segment Segment, Task<Bzip2Content?>? Block)> _ahead = new();
    private readonly int _most = Environment.ProcessorCount + 2;
    private Bzip2Content _current;
    private int _given;
    private uint _crc; // of the member so far: rotated left by one and xored with each block's
    private bool _started, _ended;

    public override int Read(Span<byte> buffer)
    {
        while (_given == _current.Length)
        {
            if (_ended || buffer.IsEmpty) return 0;
            NextBlock();
        }
        var count = Math.Min(buffer.Length, _current.Length - _given);
        _current.Content.AsSpan(_given, count).CopyTo(buffer);
        _given += count;
        return count;
    }

    private void NextBlock()
    {
        if (!_started)
        {
            _scanner.ReadMemberHeader();
            _started = true;
        }
        LookAhead();
        if (!_ahead.TryDequeue(out var next)) throw new EndOfStreamException("a bzip2 member without an end");
        if (next.Block is null)
        {
            EndMember(next.Segment);
            return;
        }
        _current = Finish(next.Segment, next.Block.GetAwaiter().GetResult());
        _given = 0;
        _crc = System.Numerics.BitOperations.RotateLeft(_crc, 1) ^ _current.Crc;
        LookAhead();
    }

    private void LookAhead()
    {
        while (_ahead.Count < _most && _scanner.Next(out var segment, out var isBlock)) _ahead.Enqueue((segment, isBlock ? Start(segment) : null));
    }

    // A thread of its own (a block takes 50 ms): whoever reads this stream may hold all threads of the pool while waiting here.
    private static Task<Bzip2Content?> Start(Bzip2Segment segment) =>
        Task.Factory.StartNew(() => Bzip2Block.Decode(segment), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // A block's data may hold the magic number by chance (or malice): then the segments on both sides of it are one block.
    private Bzip2Content Finish(Bzip2Segment segment, Bzip2Content? content)
    {
        for (var joined = 1; content is null; joined++)
        {
            LookAhead();
            if (joined == MostJoined || !_ahead.TryDequeue(out var more)) throw new EndOfStreamException("a bzip2 block without an end");
            segment = Bzip2Scanner.Join(segment, more.Segment);
            content = Bzip2Block.Decode(segment);
        }
        return content.Value.EndsAt == segment.BitLength ? content.Value : throw new InvalidDataException("bytes between two blocks");
    }

    private void EndMember(Bzip2Segment segment)
    {
        var bits = new Bzip2Bits(segment.Bytes, segment.Skip);
        bits.Take(24);
        bits.Take(24);
        if (bits.Take(32) != _crc) throw new InvalidDataException("a member whose checksum is wrong");
        _crc = 0;
        var padding = (8 - (int)(bits.Position % 8)) % 8;
        var rest = segment.BitLength - MagicBits - CrcBits - padding;
        if (bits.IsPastEnd || rest < 0) throw new EndOfStreamException("a member cut short");
        _ended = rest == 0;
        if (_ended) return;
        if (padding > 0) bits.Take(padding);
        if (rest != MemberBits || !Bzip2Scanner.IsMemberHeader(bits.Take(32))) throw new InvalidDataException("something else behind a bzip2 member");
    }
}
