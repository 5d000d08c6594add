namespace Saki.Evaluation;

/// <summary>How often each class (row) was answered as each class (column).</summary>
public sealed class ConfusionMatrix
{
    private readonly long[,] _counts;

    /// <param name="classes">Number of classes, at least 1.</param>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        _counts = new long[classes, classes];
    }

    /// <summary>Number of classes.</summary>
    public int Classes => _counts.GetLength(0);

    /// <summary>Samples counted.</summary>
    public long Samples { get; private set; }

    /// <summary>Samples of class <paramref name="label"/> answered as <paramref name="answer"/>.</summary>
    public long this[int label, int answer] => _counts[label, answer];

    /// <summary>Counts one sample.</summary>
    public void Add(int label, int answer)
    {
        _counts[label, answer]++;
        Samples++;
    }

    /// <summary>Samples of the class.</summary>
    public long Support(int label) => Enumerable.Range(0, Classes).Sum(answer => _counts[label, answer]);

    /// <summary>Answers of the class.</summary>
    public long Answered(int answer) => Enumerable.Range(0, Classes).Sum(label => _counts[label, answer]);

    /// <summary>Right answers over samples; 0 without samples.</summary>
    public double Accuracy => Ratio(Enumerable.Range(0, Classes).Sum(i => _counts[i, i]), Samples);

    /// <summary>Mean recall of the classes that have samples.</summary>
    public double BalancedAccuracy => Enumerable.Range(0, Classes).Where(i => Support(i) > 0).Select(Recall).DefaultIfEmpty(0).Average();

    /// <summary>Right answers of the class over its answers; 0 when it was never answered.</summary>
    public double Precision(int i) => Ratio(_counts[i, i], Answered(i));

    /// <summary>Right answers of the class over its samples; 0 when it has none.</summary>
    public double Recall(int i) => Ratio(_counts[i, i], Support(i));

    /// <summary>Harmonic mean of precision and recall: 2·right / (samples + answers); 0 when it has neither.</summary>
    public double F1(int i) => Ratio(2 * _counts[i, i], Support(i) + Answered(i));

    /// <summary>The counts, a row a class.</summary>
    public IReadOnlyList<IReadOnlyList<long>> Rows() =>
        [.. Enumerable.Range(0, Classes).Select(label => (IReadOnlyList<long>)[.. Enumerable.Range(0, Classes).Select(answer => _counts[label, answer])])];

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
