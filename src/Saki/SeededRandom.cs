using System.Numerics;

namespace Saki;

/// <summary>
/// The one source of randomness: xoshiro256** seeded through SplitMix64 (Blackman and Vigna, 2018), the same bits on every machine and version.
/// Not for secrets. Not thread-safe: give each worker its own through <see cref="Fork"/>.
/// </summary>
public sealed class SeededRandom
{
    private ulong _a, _b, _c, _d;

    /// <param name="seed">Any value; equal seeds give equal sequences.</param>
    public SeededRandom(ulong seed)
    {
        _a = SplitMix(ref seed);
        _b = SplitMix(ref seed);
        _c = SplitMix(ref seed);
        _d = SplitMix(ref seed);
    }

    private SeededRandom(ulong a, ulong b, ulong c, ulong d) => (_a, _b, _c, _d) = (a, b, c, d);

    /// <summary>The four state words, to put into a checkpoint.</summary>
    public ulong[] State => [_a, _b, _c, _d];

    /// <summary>Continues exactly where <see cref="State"/> was taken.</summary>
    public static SeededRandom FromState(ReadOnlySpan<ulong> state) => new(state[0], state[1], state[2], state[3]);

    /// <summary>An independent generator for the item <paramref name="index"/> of this stream; does not advance this one.</summary>
    public SeededRandom Fork(ulong index)
    {
        var word = index;
        return new SeededRandom(_a ^ BitOperations.RotateLeft(_b, 17) ^ BitOperations.RotateLeft(_c, 31) ^ BitOperations.RotateLeft(_d, 47) ^ SplitMix(ref word));
    }

    /// <summary>64 uniform bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_b * 5, 7) * 9;
        var t = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= t;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>Uniform in [0, <paramref name="below"/>); <paramref name="below"/> must be positive.</summary>
    public int Next(int below) => (int)(((UInt128)NextUInt64() * (ulong)below) >> 64);

    /// <summary>Uniform in [0, 1) with 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public double Uniform(double from, double to) => from + ((to - from) * NextDouble());

    /// <summary>Standard normal deviate (Box-Muller, the cosine branch; no value is kept between calls).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Puts <paramref name="items"/> into a uniformly random order (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
