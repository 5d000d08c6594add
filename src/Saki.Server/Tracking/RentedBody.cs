using System.Buffers;

namespace Saki.Server.Tracking;

/// <summary>A request's body in rented memory: batches of a thousand points would else be large objects, which are collected late. Dispose it when it is read.</summary>
internal sealed class RentedBody(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);
    private int _length;

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, _length);

    /// <summary>Adds the next part.</summary>
    public void Add(in ReadOnlySequence<byte> part)
    {
        var length = checked(_length + (int)part.Length);
        if (length > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, _bytes.Length > int.MaxValue / 2 ? int.MaxValue : _bytes.Length * 2));
            Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        part.CopyTo(_bytes.AsSpan(_length));
        _length = length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _length) = ([], 0);
    }
}
