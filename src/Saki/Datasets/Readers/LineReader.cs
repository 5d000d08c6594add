namespace Saki.Datasets;

/// <summary>Cuts a stream into lines without copying: LF or CRLF, at most <see cref="LongestLine"/> bytes each.</summary>
internal sealed class LineReader(Stream stream, string name)
{
    /// <summary>FER2013's longest line is 9,228 bytes.</summary>
    public const int LongestLine = 1 << 16;

    private readonly byte[] _buffer = new byte[4 * LongestLine];
    private int _start, _end;
    private bool _ended;

    /// <summary>Lines given so far: the number of the current one, counted from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line without its end, valid until the next call; false at the end.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var rest = _buffer.AsSpan(_start, _end - _start);
            var at = rest[searched..].IndexOf((byte)'\n');
            if (at >= 0) return Take(rest[..(searched + at)], searched + at + 1, out line);
            if (rest.Length > LongestLine)
            {
                throw new SakiException($"Reading {name}", $"lines of at most {LongestLine} bytes", $"a longer one at line {Number + 1}", "Check that this is a text file with one row per line.");
            }
            if (_ended) return rest.Length > 0 ? Take(rest, rest.Length, out line) : None(out line);
            searched = rest.Length;
            Fill();
        }
    }

    private bool Take(ReadOnlySpan<byte> content, int consumed, out ReadOnlySpan<byte> line)
    {
        Number++;
        _start += consumed;
        line = content is [.., (byte)'\r'] ? content[..^1] : content;
        return true;
    }

    private static bool None(out ReadOnlySpan<byte> line)
    {
        line = default;
        return false;
    }

    private void Fill()
    {
        if (_buffer.Length - _end < LongestLine)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
    }
}
