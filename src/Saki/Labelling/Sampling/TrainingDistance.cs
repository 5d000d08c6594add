namespace Saki.Labelling.Sampling;

/// <summary>
/// How far a point lies from what a model learned from: the Mahalanobis distance to the nearest class with one diagonal covariance for all classes, per dimension, so that
/// points like those of the training have about 1.
/// </summary>
public sealed class TrainingDistance
{
    private readonly List<float[]> _means = [];
    private readonly float[] _precision;

    /// <param name="points">Of the training split, all of equal length; at least one.</param>
    /// <param name="labels">Their classes, from 0.</param>
    public TrainingDistance(IReadOnlyList<float[]> points, IReadOnlyList<int> labels)
    {
        var dimensions = points[0].Length;
        foreach (var group in Enumerable.Range(0, points.Count).GroupBy(i => labels[i])) _means.Add(Mean(points, [.. group], dimensions));
        var places = labels.Distinct().Select((label, place) => (label, place)).ToDictionary(x => x.label, x => x.place);
        var variance = new double[dimensions];
        for (var i = 0; i < points.Count; i++)
        {
            var mean = _means[places[labels[i]]];
            for (var d = 0; d < dimensions; d++) variance[d] += (points[i][d] - mean[d]) * (points[i][d] - mean[d]);
        }
        _precision = [.. variance.Select(sum => (float)(1 / Math.Max(sum / points.Count, 1e-9)))];
    }

    /// <summary>The distance of one point.</summary>
    public double Of(ReadOnlySpan<float> point)
    {
        var least = double.PositiveInfinity;
        foreach (var mean in _means)
        {
            var sum = 0.0;
            for (var d = 0; d < mean.Length; d++) sum += (point[d] - mean[d]) * (point[d] - mean[d]) * _precision[d];
            least = Math.Min(least, sum);
        }
        return Math.Sqrt(least / _precision.Length);
    }

    private static float[] Mean(IReadOnlyList<float[]> points, int[] of, int dimensions)
    {
        var sum = new double[dimensions];
        foreach (var i in of)
            for (var d = 0; d < dimensions; d++) sum[d] += points[i][d];
        return [.. sum.Select(total => (float)(total / of.Length))];
    }
}
