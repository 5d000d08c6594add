using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Saki.Storage;

/// <summary>A SHA-256 of content: 32 bytes, written as 64 lower-case hex digits. The default value is all zero and names nothing.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    // Four of 8 bytes, most significant first: two of 16 would be padded to 64 bytes beside anything else, and lists hold a million of these.
    private readonly ulong _first, _second, _third, _last;

    private Digest(ReadOnlySpan<byte> bytes)
    {
        _first = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64BigEndian(bytes[16..]);
        _last = BinaryPrimitives.ReadUInt64BigEndian(bytes[24..]);
    }

    /// <summary>The digest of <paramref name="content"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>The digest of the rest of <paramref name="content"/>, read in blocks.</summary>
    public static Digest Of(Stream content)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>Takes 32 raw bytes.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> bytes) => new(bytes[..32]);

    /// <summary>Reads 64 hex digits of either case; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Digest digest)
    {
        Span<byte> bytes = stackalloc byte[32];
        var ok = text.Length == 64 && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done;
        digest = ok ? new Digest(bytes) : default;
        return ok;
    }

    /// <summary>Writes the 32 raw bytes, most significant first.</summary>
    public void CopyTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _first);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _second);
        BinaryPrimitives.WriteUInt64BigEndian(destination[16..], _third);
        BinaryPrimitives.WriteUInt64BigEndian(destination[24..], _last);
    }

    /// <summary>The first 12 hex digits: what a person reads and types.</summary>
    public string Short => ToString()[..12];

    /// <inheritdoc/>
    public int CompareTo(Digest other) => _first != other._first ? _first.CompareTo(other._first)
        : _second != other._second ? _second.CompareTo(other._second)
        : _third != other._third ? _third.CompareTo(other._third)
        : _last.CompareTo(other._last);

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
