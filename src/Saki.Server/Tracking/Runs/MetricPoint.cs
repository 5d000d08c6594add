namespace Saki.Server.Tracking.Runs;

/// <summary>One point of one metric of one run. Ordered by time, step, value, as histories are; NaN counts as the least value.</summary>
internal readonly record struct MetricPoint(long Time, long Step, double Value) : IComparable<MetricPoint>
{
    public int CompareTo(MetricPoint other)
    {
        var order = Time.CompareTo(other.Time);
        if (order == 0) order = Step.CompareTo(other.Step);
        return order != 0 ? order : Value.CompareTo(other.Value);
    }

    /// <summary>Whether this is the later one of a run's <c>data.metrics</c>: greater by (step, time, value).</summary>
    public bool IsLaterThan(MetricPoint other)
    {
        var order = Step.CompareTo(other.Step);
        if (order == 0) order = Time.CompareTo(other.Time);
        return (order != 0 ? order : Value.CompareTo(other.Value)) > 0;
    }
}

/// <summary>A point and the number of its metric.</summary>
internal readonly record struct KeyedPoint(long Key, MetricPoint Point);
