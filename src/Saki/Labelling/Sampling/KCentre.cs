using System.Numerics;

namespace Saki.Labelling.Sampling;

/// <summary>Greedy k-centre: each choice is the point furthest from all chosen so far, so the largest distance of any point to a chosen one is at most twice the best possible (Gonzalez, 1985).</summary>
public static class KCentre
{
    /// <summary>Chooses <paramref name="count"/> points. Costs <c>count × points</c> distances.</summary>
    /// <param name="points">All of equal length; the Euclidean distance counts.</param>
    /// <param name="count">How many; at most all.</param>
    /// <param name="start">Those that are covered already, for instance labelled ones; the first choice is <c>points[0]</c> when there are none.</param>
    /// <returns>Indices in the order of choice, each with its distance to all chosen before (infinite for the very first).</returns>
    public static IReadOnlyList<(int Index, double Distance)> Choose(IReadOnlyList<float[]> points, int count, IReadOnlyList<float[]> start)
    {
        count = Math.Min(count, points.Count);
        var nearest = new float[points.Count];
        Array.Fill(nearest, float.PositiveInfinity);
        foreach (var centre in start) Cover(points, centre, nearest);
        var chosen = new List<(int, double)>(count);
        while (chosen.Count < count)
        {
            var next = Furthest(nearest);
            chosen.Add((next, Math.Sqrt(nearest[next])));
            Cover(points, points[next], nearest);
            nearest[next] = -1; // never again, also when others are equal to it
        }
        return chosen;
    }

    private static int Furthest(float[] nearest)
    {
        var best = 0;
        for (var i = 1; i < nearest.Length; i++)
            if (nearest[i] > nearest[best]) best = i;
        return best;
    }

    private static void Cover(IReadOnlyList<float[]> points, float[] centre, float[] nearest)
    {
        for (var i = 0; i < nearest.Length; i++)
        {
            if (nearest[i] <= 0) continue;
            nearest[i] = Math.Min(nearest[i], SquaredDistance(points[i], centre));
        }
    }

    private static float SquaredDistance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var difference = new Vector<float>(a[i..]) - new Vector<float>(b[i..]);
            sum += difference * difference;
        }
        var total = Vector.Sum(sum);
        for (; i < a.Length; i++) total += (a[i] - b[i]) * (a[i] - b[i]);
        return total;
    }
}
