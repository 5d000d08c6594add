using System.Security.Cryptography;
using System.Text;
using Saki.Storage;

namespace Saki.Datasets;

/// <summary>
/// The identity of a data set version: SHA-256 over one line per sample, lines in ascending order of the path's UTF-8 bytes:
/// <c>PATH TAB CONTENT-DIGEST TAB CLASS-NAME TAB SPLIT LF</c>, all UTF-8, the digest as 64 lower-case hex digits, the split as train, val or test.
/// </summary>
/// <remarks><c>jq -r 'select(.path)|[.path,.digest,.label,.split]|@tsv' MANIFEST | LC_ALL=C sort | sha256sum</c> gives the same (for paths without backslashes).</remarks>
public static class DatasetDigest
{
    /// <summary>Orders strings as their UTF-8 bytes, which differs from UTF-16 order beyond the basic plane.</summary>
    public static IComparer<string> PathOrder { get; } = Comparer<string>.Create(Compare);

    /// <param name="sorted">In <see cref="PathOrder"/> of their paths.</param>
    /// <param name="classes">Names behind the labels.</param>
    public static Digest Of(IEnumerable<Sample> sorted, IReadOnlyList<string> classes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sample in sorted)
            hash.AppendData(Encoding.UTF8.GetBytes($"{sample.Path}\t{sample.Digest}\t{classes[sample.Label]}\t{sample.Split.Name()}\n"));
        return Digest.FromBytes(hash.GetHashAndReset());
    }

    private static int Compare(string? a, string? b)
    {
        var left = a.AsSpan();
        var right = b.AsSpan();
        var same = left.CommonPrefixLength(right);
        if (same == left.Length || same == right.Length) return left.Length - right.Length;
        char x = left[same], y = right[same];
        // Surrogates stand for code points above all of the basic plane, though their UTF-16 values lie below U+E000.
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x - y : char.IsSurrogate(x) ? 1 : -1;
    }
}
