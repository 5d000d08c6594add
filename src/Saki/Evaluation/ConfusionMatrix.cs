namespace Saki.Evaluation;

/// <summary>Counts of (true class, predicted class). Rows are true classes.</summary>
/// <param name="classes">Number of classes, at least 1.</param>
public sealed class ConfusionMatrix(int classes)
{
    private readonly int[] _counts = new int[classes * classes];

    /// <summary>Number of classes.</summary>
    public int Classes => classes;

    /// <summary>How many samples of class <paramref name="actual"/> were taken for <paramref name="predicted"/>.</summary>
    public int this[int actual, int predicted] => _counts[(actual * classes) + predicted];

    /// <summary>Adds one sample.</summary>
    public void Add(int actual, int predicted) => _counts[(actual * classes) + predicted]++;

    /// <summary>Samples of a true class.</summary>
    public int Support(int actual) => Enumerable.Range(0, classes).Sum(predicted => this[actual, predicted]);

    /// <summary>Samples taken for a class.</summary>
    public int Predicted(int predicted) => Enumerable.Range(0, classes).Sum(actual => this[actual, predicted]);

    /// <summary>All rows.</summary>
    public int[][] Rows => [.. Enumerable.Range(0, classes).Select(actual => Enumerable.Range(0, classes).Select(predicted => this[actual, predicted]).ToArray())];
}
