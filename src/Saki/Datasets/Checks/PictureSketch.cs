using System.Numerics;

namespace Saki.Datasets;

/// <summary>
/// What a picture looks like in 64 bits and 256 bytes. The bits are a difference hash (dHash: N. Krawetz, "Kind of like that", 2013): over the mean luma of 9x8 fields, each is set
/// where the right neighbour is brighter. The bytes are the mean luma of 16x16 fields.
/// </summary>
public sealed class PictureSketch
{
    /// <summary>Fields across and down for the hash, and on each side for the bytes.</summary>
    public const int HashWidth = 9, HashHeight = 8, Side = 16;

    private const int MostBits = 8;
    private const double LeastCorrelation = 0.95, LeastDeviation = 2;

    private readonly byte[] _fields;
    private readonly double _mean, _norm; // norm of the fields less their mean

    private PictureSketch(ulong hash, byte[] fields, double mean, double norm) => (Hash, _fields, _mean, _norm) = (hash, fields, mean, norm);

    /// <summary>The 64 bits, row by row.</summary>
    public ulong Hash { get; }

    /// <summary>
    /// Whether both show the same but for size, compression, light or a small crop: at most 8 bits differ and the fields' correlation is 0.95 or more. On real pictures: of 24 pairs
    /// drawn evenly from those that this finds between FER2013's public test and its training split, all are one photograph, and so are all 12 between CIFAR-10's test_a and
    /// data_batch_1 (looked at; below 0.92 other faces come in). It takes things that look alike for the same where a set is full of them (Fashion-MNIST).
    /// </summary>
    public bool IsLike(PictureSketch other)
    {
        if (BitOperations.PopCount(Hash ^ other.Hash) > MostBits) return false;
        var product = 0;
        for (var i = 0; i < _fields.Length; i++) product += _fields[i] * other._fields[i];
        return product - (_fields.Length * _mean * other._mean) >= LeastCorrelation * _norm * other._norm;
    }

    /// <summary>The sketch of these fields; null for a picture with hardly any contrast, which is like every other.</summary>
    /// <param name="coarse">Mean luma of 9x8 fields, 0..255, row by row.</param>
    /// <param name="fine">Mean luma of 16x16 fields, 0..255, row by row.</param>
    public static PictureSketch? Of(ReadOnlySpan<float> coarse, ReadOnlySpan<float> fine)
    {
        var hash = 0UL;
        for (var y = 0; y < HashHeight; y++)
            for (var x = 0; x + 1 < HashWidth; x++)
                hash = (hash << 1) | (coarse[(y * HashWidth) + x + 1] > coarse[(y * HashWidth) + x] ? 1UL : 0);
        var fields = new byte[fine.Length];
        double sum = 0, squares = 0;
        for (var i = 0; i < fields.Length; i++)
        {
            fields[i] = (byte)Math.Round(fine[i]);
            sum += fields[i];
            squares += fields[i] * fields[i];
        }
        var mean = sum / fields.Length;
        var norm = Math.Sqrt(Math.Max(0, squares - (sum * mean)));
        return norm < LeastDeviation * Side ? null : new PictureSketch(hash, fields, mean, norm);
    }
}
