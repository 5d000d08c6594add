using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Saki.Testing;

/// <summary>
/// Feeds a parser with changed copies of good input: bits and bytes, cuts, repeats, splices of two seeds, lengths and numbers at their edges. Everything follows from the seed,
/// so a finding can be made again. <c>SAKI_FUZZ=100</c> tries a hundred times as much, <c>SAKI_FUZZ_SEED=7</c> something else.
/// </summary>
internal sealed class Fuzz
{
    private const int Longest = 1 << 16;

    private static readonly string[] Numbers = ["0", "-1", "1", "255", "65536", "2147483647", "-2147483648", "4294967296", "9223372036854775807", "-9223372036854775808", "1e999", "0.5", "1E-400", "NaN", "99999999999999999999"];
    private static readonly ulong[] Edges = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, ulong.MaxValue];
    private static readonly string[] Pieces = ["[", "]", "{", "}", "\"", "\\", ",", ":", "\0", "\r\n", "--b", "null", "true", "[[[[[[[[", "{\"a\":", "../", "\\u0000", "é", "@0", "\"@1\"", "\uFEFF"];

    private readonly List<(byte[] Head, byte[] Body)> _seeds;
    private readonly SeededRandom _random;

    /// <param name="corpus">A file of tests/corpus, without its ending.</param>
    /// <param name="headed">True: a seed's first line stays as it is (where to send it).</param>
    public Fuzz(string corpus, bool headed = false)
    {
        _random = new SeededRandom(ulong.Parse(Environment.GetEnvironmentVariable("SAKI_FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture));
        _seeds = [.. File.ReadLines(Path.Combine(Repository.Root, "tests", "corpus", $"{corpus}.txt")).Where(line => !line.StartsWith('#')).Select(line => Cut(Decode(line), headed))];
    }

    /// <summary>The seeds as they are.</summary>
    public IEnumerable<(byte[] Head, byte[] Body)> Seeds => _seeds;

    /// <summary>How often to try: <paramref name="usual"/> times, or as often more as <c>SAKI_FUZZ</c> says.</summary>
    public static int Rounds(int usual) => usual * int.Parse(Environment.GetEnvironmentVariable("SAKI_FUZZ") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>The next changed input.</summary>
    public (byte[] Head, byte[] Body) Next()
    {
        var (head, body) = _seeds[_random.Next(_seeds.Count)];
        var bytes = body.ToList();
        for (var edits = 1 + _random.Next(4); edits > 0; edits--) Change(bytes);
        if (bytes.Count > Longest) bytes.RemoveRange(Longest, bytes.Count - Longest);
        return (head, [.. bytes]);
    }

    /// <summary>An input as a line that a report can carry and the corpus can take.</summary>
    public static string Describe(byte[] head, byte[] body) => $"hex:{Convert.ToHexStringLower([.. head, .. body])}";

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        switch (_random.Next(10))
        {
            case 0 when at < bytes.Count: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
            case 1 when at < bytes.Count: bytes[at] = (byte)_random.Next(256); break;
            case 2: bytes.RemoveRange(at, bytes.Count - at); break;
            case 3: bytes.RemoveRange(at, _random.Next(Math.Min(bytes.Count - at, 40) + 1)); break;
            case 4: Repeat(bytes, at); break;
            case 5: bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[_random.Next(Pieces.Length)])); break;
            case 6: Splice(bytes, at); break;
            case 7: Length(bytes, at); break;
            case 8 or 9: Number(bytes, at); break;
        }
    }

    private void Repeat(List<byte> bytes, int at)
    {
        var piece = bytes.GetRange(at, _random.Next(Math.Min(bytes.Count - at, 32) + 1));
        for (var times = _random.Next(16) == 0 ? 400 : 1 + _random.Next(8); times > 0; times--) bytes.InsertRange(at, piece);
    }

    private void Splice(List<byte> bytes, int at)
    {
        var other = _seeds[_random.Next(_seeds.Count)].Body;
        var from = _random.Next(other.Length + 1);
        bytes.RemoveRange(at, bytes.Count - at);
        bytes.AddRange(other[from..]);
    }

    // A length or count of 1, 2, 4 or 8 bytes in either order, or as protobuf's varint.
    private void Length(List<byte> bytes, int at)
    {
        var value = Edges[_random.Next(Edges.Length)];
        var field = new byte[10];
        var size = 1 << _random.Next(4);
        switch (_random.Next(3))
        {
            case 0: BinaryPrimitives.WriteUInt64LittleEndian(field, value); break;
            case 1: BinaryPrimitives.WriteUInt64BigEndian(field, value << (64 - (8 * size))); break;
            default:
                for (size = 0; size == 0 || value > 0; value >>= 7) field[size++] = (byte)((value & 127) | (value > 127 ? 128UL : 0));
                break;
        }
        bytes.RemoveRange(at, Math.Min(size, bytes.Count - at));
        bytes.InsertRange(at, field.AsSpan(0, size).ToArray());
    }

    // The next written number becomes another one.
    private void Number(List<byte> bytes, int at)
    {
        while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at])) at++;
        var end = at;
        while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
        if (end == at) return;
        bytes.RemoveRange(at, end - at);
        bytes.InsertRange(at, Encoding.ASCII.GetBytes(Numbers[_random.Next(Numbers.Length)]));
    }

    private static (byte[] Head, byte[] Body) Cut(byte[] seed, bool headed)
    {
        var end = headed ? Array.IndexOf(seed, (byte)'\n') + 1 : 0;
        return (seed[..end], seed[end..]);
    }

    private static byte[] Decode(string line) => line.StartsWith("hex:", StringComparison.Ordinal) ? Convert.FromHexString(line.AsSpan(4)) : Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(line)!);
}
