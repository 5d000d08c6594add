namespace Saki.Labelling;

/// <summary>How good a model is after so many labels.</summary>
/// <param name="Labels">Labels it learned from.</param>
/// <param name="Accuracy">On the test set, 0 to 1.</param>
public readonly record struct CurvePoint(double Labels, double Accuracy);

/// <summary>Reads learning curves.</summary>
public static class LabelCurve
{
    /// <summary>How many labels a curve needs for an accuracy, between its points in a straight line; null when it never gets there.</summary>
    /// <param name="points">In order of their labels. The first crossing counts.</param>
    /// <param name="accuracy">The accuracy.</param>
    public static double? LabelsFor(IReadOnlyList<CurvePoint> points, double accuracy)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (points[i].Accuracy < accuracy) continue;
            if (i == 0) return points[0].Labels;
            var (a, b) = (points[i - 1], points[i]);
            return a.Labels + ((b.Labels - a.Labels) * (accuracy - a.Accuracy) / (b.Accuracy - a.Accuracy));
        }
        return null;
    }
}
