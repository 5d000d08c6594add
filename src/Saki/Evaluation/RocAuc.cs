namespace Saki.Evaluation;

/// <summary>Area under the ROC curve, one class against the rest: the chance that a sample of the class is given a higher probability than one of another class, ties counting half (Mann and Whitney).</summary>
internal static class RocAuc
{
    /// <summary>The mean over the classes that have both samples and others to compare them with; null when none has.</summary>
    public static double? Macro(ReadOnlySpan<int> labels, ReadOnlySpan<float> probabilities, int classes)
    {
        var (sum, used) = (0.0, 0);
        var scores = new float[labels.Length];
        var own = new int[labels.Length];
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < labels.Length; i++) (scores[i], own[i]) = (probabilities[(i * classes) + c], labels[i] == c ? 1 : 0);
            if (OfOne(scores, own) is not { } area) continue;
            sum += area;
            used++;
        }
        return used == 0 ? null : sum / used;
    }

    // Sorts both arrays. The sum of the ranks of the class's own samples, equal scores sharing the mean of their ranks.
    private static double? OfOne(float[] scores, int[] own)
    {
        long positives = own.Sum(), negatives = own.Length - positives;
        if (positives == 0 || negatives == 0) return null;
        Array.Sort(scores, own);
        var ranks = 0.0;
        for (var start = 0; start < scores.Length;)
        {
            var (end, mine) = (start, 0);
            while (end < scores.Length && scores[end] == scores[start]) mine += own[end++];
            ranks += mine * ((start + 1 + end) / 2.0);
            start = end;
        }
        return (ranks - (positives * (positives + 1) / 2.0)) / ((double)positives * negatives);
    }
}
