namespace Saki.Labelling;

/// <summary>A label that is probably wrong.</summary>
/// <param name="Index">Which sample.</param>
/// <param name="Suggested">The class that the model sees.</param>
/// <param name="Margin">Probability of the given class − the highest of any other: −1 (surely wrong) to 1.</param>
public readonly record struct SuspectedLabel(int Index, int Suggested, double Margin);

/// <summary>
/// Confident learning (Northcutt, Jiang and Chuang, 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels"): how often each class was written for each other one,
/// and which samples these are (prune by noise rate). The probabilities must come from a model that did not learn from these samples, else errors that it has learned by heart are not found.
/// </summary>
public static class ConfidentLearning
{
    /// <summary>The confident joint: <c>[given, true]</c> counts of samples whose probability of a class is at least the mean one of that class's own samples; the likeliest of such classes counts as true.</summary>
    /// <param name="labels">Given classes.</param>
    /// <param name="probabilities">A row a sample.</param>
    /// <param name="classes">How many.</param>
    public static int[,] Joint(ReadOnlySpan<int> labels, IReadOnlyList<float[]> probabilities, int classes)
    {
        var thresholds = Thresholds(labels, probabilities, classes);
        var joint = new int[classes, classes];
        for (var i = 0; i < labels.Length; i++)
        {
            var best = -1;
            for (var c = 0; c < classes; c++)
                if (probabilities[i][c] >= thresholds[c] - 1e-6 && (best < 0 || probabilities[i][c] > probabilities[i][best])) best = c;
            if (best >= 0) joint[labels[i], best]++;
        }
        return joint;
    }

    /// <summary>The suspects, the surest first.</summary>
    /// <inheritdoc cref="Joint" path="/param"/>
    public static IReadOnlyList<SuspectedLabel> Suspects(ReadOnlySpan<int> labels, IReadOnlyList<float[]> probabilities, int classes)
    {
        var counts = new int[classes];
        foreach (var label in labels) counts[label]++;
        var joint = Joint(labels, probabilities, classes);
        var given = labels.ToArray();
        var found = new HashSet<int>();
        for (var from = 0; from < classes; from++)
        {
            // Rows are scaled to the number of samples that carry the label.
            var row = Enumerable.Range(0, classes).Sum(to => joint[from, to]);
            if (row == 0 || counts[from] == 0) continue;
            for (var to = 0; to < classes; to++)
            {
                if (to == from) continue;
                var wrong = (int)Math.Round((double)joint[from, to] / row * counts[from], MidpointRounding.AwayFromZero);
                if (wrong == 0) continue;
                var surest = Enumerable.Range(0, given.Length).Where(i => given[i] == from).OrderByDescending(i => probabilities[i][to] - probabilities[i][from]).Take(wrong);
                found.UnionWith(surest);
            }
        }
        // Where the model agrees with the label there is nothing to suspect.
        return [.. found.Select(i => Of(i, given[i], probabilities[i])).Where(suspect => suspect.Suggested != given[suspect.Index]).OrderBy(suspect => suspect.Margin).ThenBy(suspect => suspect.Index)];
    }

    private static SuspectedLabel Of(int index, int given, float[] row)
    {
        var best = given == 0 ? 1 : 0;
        for (var c = 0; c < row.Length; c++)
            if (c != given && row[c] > row[best]) best = c;
        return new SuspectedLabel(index, row[given] >= row[best] ? given : best, row[given] - row[best]);
    }

    // The mean probability of each class over the samples that carry its label; a class without any is never confident.
    private static double[] Thresholds(ReadOnlySpan<int> labels, IReadOnlyList<float[]> probabilities, int classes)
    {
        var (sums, counts) = (new double[classes], new int[classes]);
        for (var i = 0; i < labels.Length; i++)
        {
            sums[labels[i]] += probabilities[i][labels[i]];
            counts[labels[i]]++;
        }
        return [.. Enumerable.Range(0, classes).Select(c => counts[c] == 0 ? double.PositiveInfinity : sums[c] / counts[c])];
    }
}
