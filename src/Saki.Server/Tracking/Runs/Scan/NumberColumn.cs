using System.Data;
using System.Globalization;
using System.Runtime.InteropServices;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>Numbers of runs.</summary>
/// <param name="metric">Whether rows bring a metric (value, nan) or one whole number.</param>
internal sealed class NumberColumn(bool metric) : ScanColumn
{
    // One of the many bit patterns that are no number; those that are logged are kept as double.NaN.
    private const long Missing = 0x7FF8_0000_5AC1_0000;
    private readonly List<double> _values = [];

    /// <inheritdoc/>
    public override long Bytes => 8L * _values.Capacity;

    /// <inheritdoc/>
    public override void Grow(int count)
    {
        var before = _values.Count;
        CollectionsMarshal.SetCount(_values, count);
        CollectionsMarshal.AsSpan(_values)[before..].Fill(BitConverter.Int64BitsToDouble(Missing));
    }

    /// <inheritdoc/>
    public override void Clear(int at) => _values[at] = BitConverter.Int64BitsToDouble(Missing);

    /// <inheritdoc/>
    public override void Set(int at, IDataRecord row)
    {
        if (metric) _values[at] = row.GetInt64(2) == 1 ? double.NaN : row.GetDouble(1);
        else if (!row.IsDBNull(1)) _values[at] = row.GetInt64(1);
    }

    /// <inheritdoc/>
    public override int Rank(int at)
    {
        var value = _values[at];
        return !double.IsNaN(value) ? 0 : !IsMissing(value) || !metric ? 1 : 2;
    }

    /// <inheritdoc/>
    public override int Compare(int one, int other) => _values[one].CompareTo(_values[other]);

    /// <inheritdoc/>
    public override int CompareTo(int at, object? value) => value is null or string ? 0 : _values[at].CompareTo(Convert.ToDouble(value, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override int Keep(SearchClause clause, Span<int> places)
    {
        var (kept, right) = (0, clause.Number ?? 0);
        var values = CollectionsMarshal.AsSpan(_values);
        foreach (var place in places)
        {
            var value = values[place];
            if (double.IsNaN(value))
            {
                if (IsMissing(value)) continue;
                value = 0; // as MLflow's store compares it
            }
            if (Holds(value, clause.Operator, right)) places[kept++] = place;
        }
        return kept;
    }

    private static bool Holds(double left, SearchOperator comparison, double right) => comparison switch
    {
        SearchOperator.Equal => left == right,
        SearchOperator.NotEqual => left != right,
        SearchOperator.Less => left < right,
        SearchOperator.LessOrEqual => left <= right,
        SearchOperator.Greater => left > right,
        _ => left >= right,
    };

    private static bool IsMissing(double value) => BitConverter.DoubleToInt64Bits(value) == Missing;
}
