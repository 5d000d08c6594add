using System.Numerics;

namespace Saki.Labelling.Sampling;

/// <summary>
/// Groups pictures that look the same: a 64-bit average hash finds the pairs (all with at most 3 differing bits), the mean difference of 16 × 16 grey thumbnails decides.
/// A group is everything close to its first picture; closeness is not passed on from one to the next.
/// </summary>
public static class NearDuplicates
{
    /// <summary>Side of a thumbnail.</summary>
    public const int Side = 16;

    /// <summary>Mean difference of two thumbnails, in grey levels of 255, up to which they count as the same picture.</summary>
    public const double MostDifference = 3;

    // In a bucket of thousands (black frames, say) each picture is compared with this many only.
    private const int MostCompared = 256;

    /// <summary>For each picture the index of the first one that looks the same; its own where there is none.</summary>
    /// <param name="thumbnails"><see cref="Side"/>² grey values each; null for pictures that are compared with none.</param>
    public static int[] Group(IReadOnlyList<byte[]?> thumbnails)
    {
        var first = new int[thumbnails.Count];
        var buckets = new Dictionary<(int Band, ushort Bits), List<int>>();
        var hashes = thumbnails.Select(thumbnail => thumbnail is null ? 0 : Hash(thumbnail)).ToArray();
        for (var i = 0; i < first.Length; i++)
        {
            first[i] = i;
            if (thumbnails[i] is not { } thumbnail) continue;
            // Two hashes with at most 3 differing bits agree in at least one of 4 bands.
            for (var band = 0; band < 4 && first[i] == i; band++)
                if (buckets.TryGetValue(Key(hashes[i], band), out var bucket)) first[i] = Find(bucket, i, hashes, thumbnails, thumbnail);
            if (first[i] != i) continue;
            for (var band = 0; band < 4; band++)
            {
                var key = Key(hashes[i], band);
                if (buckets.TryGetValue(key, out var bucket)) bucket.Add(i);
                else buckets.Add(key, [i]);
            }
        }
        return first;
    }

    private static int Find(List<int> bucket, int self, ulong[] hashes, IReadOnlyList<byte[]?> thumbnails, byte[] thumbnail)
    {
        foreach (var other in bucket.Take(MostCompared))
            if (BitOperations.PopCount(hashes[self] ^ hashes[other]) <= 3 && Difference(thumbnail, thumbnails[other]!) <= MostDifference) return other;
        return self;
    }

    private static double Difference(byte[] a, byte[] b)
    {
        var sum = 0;
        for (var i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return (double)sum / a.Length;
    }

    // A bit for each cell of 8 × 8: brighter than the mean or not.
    private static ulong Hash(byte[] thumbnail)
    {
        var mean = thumbnail.Average(value => (double)value) * 4;
        var hash = 0UL;
        for (var y = 0; y < Side; y += 2)
            for (var x = 0; x < Side; x += 2)
            {
                var at = (y * Side) + x;
                var cell = thumbnail[at] + thumbnail[at + 1] + thumbnail[at + Side] + thumbnail[at + Side + 1];
                hash = (hash << 1) | (cell > mean ? 1UL : 0);
            }
        return hash;
    }

    private static (int, ushort) Key(ulong hash, int band) => (band, (ushort)(hash >> (16 * band)));
}
