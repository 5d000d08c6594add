namespace Saki.Evaluation;

/// <summary>One bar of a reliability diagram.</summary>
/// <param name="Confidence">Mean confidence of the answers in it, 0..1.</param>
/// <param name="Accuracy">Share of them that are right.</param>
/// <param name="Samples">How many.</param>
public sealed record CalibrationBin(double Confidence, double Accuracy, long Samples);

/// <summary>Confidences sorted into equal bins (a, b] of 0..1, the lowest with its 0; each knows how often it was right.</summary>
internal sealed class CalibrationBins(int bins)
{
    private readonly long[] _count = new long[bins];
    private readonly long[] _right = new long[bins];
    private readonly double[] _confidence = new double[bins];

    public void Add(double confidence, bool right)
    {
        var bin = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
        _count[bin]++;
        _confidence[bin] += confidence;
        if (right) _right[bin]++;
    }

    /// <summary>Σ |right − confidence| over all samples' number.</summary>
    public double Error => Enumerable.Range(0, bins).Sum(i => Math.Abs(_right[i] - _confidence[i])) / Math.Max(1, _count.Sum());

    /// <summary>The bins that hold samples, the least confident first.</summary>
    public IReadOnlyList<CalibrationBin> Filled() =>
        [.. Enumerable.Range(0, bins).Where(i => _count[i] > 0).Select(i => new CalibrationBin(_confidence[i] / _count[i], (double)_right[i] / _count[i], _count[i]))];
}
