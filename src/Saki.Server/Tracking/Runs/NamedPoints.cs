using System.Collections;
using Saki.Tracking;

namespace Saki.Server.Tracking.Runs;

/// <summary>Points of one metric as the wire has them, each made when it is written: a history of a million points is held as numbers.</summary>
internal sealed class NamedPoints(string key, IReadOnlyList<MetricPoint> points) : IReadOnlyList<Metric>
{
    /// <inheritdoc/>
    public int Count => points.Count;

    /// <inheritdoc/>
    public Metric this[int index] => new(key, points[index].Value, points[index].Time, points[index].Step);

    /// <inheritdoc/>
    public IEnumerator<Metric> GetEnumerator() => Enumerable.Range(0, Count).Select(at => this[at]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
