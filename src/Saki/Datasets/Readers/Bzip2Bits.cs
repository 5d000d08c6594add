using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Saki.Datasets;

/// <summary>Reads bits, the highest of a byte first, and gives zeros behind the end; <see cref="Position"/> tells when that has happened.</summary>
internal ref struct Bzip2Bits
{
    private readonly ReadOnlySpan<byte> _data;
    private ulong _bits; // the next _count bits, at the top
    private int _count;
    private int _next;

    /// <param name="data">Whole bytes.</param>
    /// <param name="skip">Bits to leave away, 0 to 7.</param>
    public Bzip2Bits(ReadOnlySpan<byte> data, int skip)
    {
        _data = data;
        Fill();
        Drop(skip);
    }

    /// <summary>Bits taken since the start of the data, including those left away.</summary>
    public readonly long Position => (_next * 8L) - _count;

    /// <summary>True when more bits were taken than there are.</summary>
    public readonly bool IsPastEnd => Position > _data.Length * 8L;

    /// <summary>The next <paramref name="count"/> bits (1 to 32) without taking them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Peek(int count)
    {
        if (_count < 32) Fill();
        return (uint)(_bits >> (64 - count));
    }

    /// <summary>Takes <paramref name="count"/> bits that were peeked at.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Drop(int count)
    {
        _bits <<= count;
        _count -= count;
    }

    /// <summary>Takes 1 to 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Take(int count)
    {
        var bits = Peek(count);
        Drop(count);
        return bits;
    }

    private void Fill()
    {
        if (_next + 8 <= _data.Length)
        {
            var bytes = (64 - _count) >> 3;
            _bits |= BinaryPrimitives.ReadUInt64BigEndian(_data[_next..]) >> _count;
            _next += bytes;
            _count += bytes * 8;
            _bits &= _count == 64 ? ulong.MaxValue : ~(ulong.MaxValue >> _count);
            return;
        }
        for (; _count <= 56; _count += 8, _next++)
            if (_next < _data.Length) _bits |= (ulong)_data[_next] << (56 - _count);
    }
}
