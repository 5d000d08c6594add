using System.Security.Cryptography;

namespace Saki.Storage;

/// <summary>A SHA-256 of content: 32 bytes, written as 64 lower-case hex digits. The default value is all zero and names nothing.</summary>
public readonly record struct Digest : IComparable<Digest>
{
    private readonly UInt128 _high, _low;

    private Digest(ReadOnlySpan<byte> bytes)
    {
        _high = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
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
        var ok = text.Length == 64 && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done;
        digest = ok ? new Digest(bytes) : default;
        return ok;
    }

    /// <summary>Writes the 32 raw bytes, most significant first.</summary>
    public void CopyTo(Span<byte> destination)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(destination, _high);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(destination[16..], _low);
    }

    /// <summary>The first 12 hex digits: what a person reads and types.</summary>
    public string Short => ToString()[..12];

    /// <inheritdoc/>
    public int CompareTo(Digest other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}
