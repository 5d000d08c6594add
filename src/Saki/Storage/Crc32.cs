namespace Saki.Storage;

/// <summary>The checksum of zip and PNG: CRC-32 with the reversed polynomial 0xEDB88320 (ISO 3309, RFC 2083 annex D).</summary>
public static class Crc32
{
    /// <summary>Where every checksum starts.</summary>
    public const uint Start = uint.MaxValue;

    private static readonly uint[] Table = MakeTable();

    /// <summary>Goes on with <paramref name="crc"/> over <paramref name="data"/>; the finished checksum is the complement (<c>~</c>) of the last result.</summary>
    public static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var value in data) crc = Table[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (var value = 0u; value < 256; value++)
        {
            table[value] = value;
            for (var bit = 0; bit < 8; bit++) table[value] = (table[value] >> 1) ^ ((table[value] & 1) * 0xEDB88320);
        }
        return table;
    }
}
