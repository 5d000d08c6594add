using System.Numerics;

namespace Saki.Datasets;

/// <summary>
/// Finds pictures that look alike without comparing each with each: the hash is cut into four parts of 16 bits; of two hashes with at most 8 (even 11) different bits one part
/// differs in at most 2, so that looking up the 137 neighbours of each part finds every pair.
/// </summary>
public sealed class SketchIndex
{
    private const int Parts = 4, PartBits = 16, Near = 2;

    // Beyond this many pictures of one kind in a neighbourhood (thousands of empty pages, say) more of them tell nothing new.
    private const int MostCandidates = 20_000;

    private static readonly ushort[] Changes = [.. Enumerable.Range(0, 1 << PartBits).Where(bits => BitOperations.PopCount((uint)bits) <= Near).Select(bits => (ushort)bits)];

    private readonly IReadOnlyList<PictureSketch?> _sketches;
    private readonly int[][] _starts = new int[Parts][], _entries = new int[Parts][];

    /// <param name="sketches">Null for pictures that have none: they are like nothing.</param>
    public SketchIndex(IReadOnlyList<PictureSketch?> sketches)
    {
        _sketches = sketches;
        for (var part = 0; part < Parts; part++)
        {
            var starts = new int[(1 << PartBits) + 1];
            foreach (var sketch in sketches)
                if (sketch is not null) starts[PartOf(sketch.Hash, part) + 1]++;
            for (var i = 0; i < 1 << PartBits; i++) starts[i + 1] += starts[i];
            var (entries, next) = (new int[starts[^1]], starts.AsSpan(0, 1 << PartBits).ToArray());
            for (var i = 0; i < sketches.Count; i++)
                if (sketches[i] is { } sketch) entries[next[PartOf(sketch.Hash, part)]++] = i;
            (_starts[part], _entries[part]) = (starts, entries);
        }
    }

    /// <summary>Numbers of the pictures that look like <paramref name="sketch"/>, itself among them where it was indexed; each once, in no order.</summary>
    public IEnumerable<int> Like(PictureSketch sketch)
    {
        var candidates = 0;
        for (var part = 0; part < Parts; part++)
        {
            var own = PartOf(sketch.Hash, part);
            foreach (var change in Changes)
            {
                var key = own ^ change;
                for (var at = _starts[part][key]; at < _starts[part][key + 1]; at++)
                {
                    var other = _sketches[_entries[part][at]]!;
                    if (FoundBefore(sketch.Hash ^ other.Hash, part)) continue;
                    if (sketch.IsLike(other)) yield return _entries[part][at];
                    if (++candidates == MostCandidates) yield break;
                }
            }
        }
    }

    // Where an earlier part is near too, the pair was met there.
    private static bool FoundBefore(ulong difference, int part)
    {
        for (var earlier = 0; earlier < part; earlier++)
            if (BitOperations.PopCount((uint)PartOf(difference, earlier)) <= Near) return true;
        return false;
    }

    private static int PartOf(ulong hash, int part) => (ushort)(hash >> (part * PartBits));
}
