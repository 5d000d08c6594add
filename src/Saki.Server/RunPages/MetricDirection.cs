namespace Saki.Server.RunPages;

/// <summary>Which way a metric is better, as far as its name tells.</summary>
internal static class MetricDirection
{
    private static readonly string[] Falls = ["loss", "error", "_err", "mse", "mae", "perplexity", "latency"], Rises = ["acc", "f1", "auc", "precision", "recall", "r2", "iou", "kappa"];

    /// <summary>The best of these values; null when the name tells no direction or there is nothing to choose.</summary>
    public static double? Best(string metric, IEnumerable<double?> values)
    {
        var known = values.OfType<double>().Where(double.IsFinite).ToList();
        if (known.Distinct().Count() < 2) return null;
        if (Falling(metric)) return known.Min();
        return Rises.Any(word => metric.Contains(word, StringComparison.OrdinalIgnoreCase)) ? known.Max() : null;
    }

    /// <summary>Whether less is better.</summary>
    public static bool Falling(string metric) => Falls.Any(word => metric.Contains(word, StringComparison.OrdinalIgnoreCase));
}
