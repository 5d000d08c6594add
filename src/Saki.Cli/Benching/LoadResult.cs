using System.Globalization;

namespace Saki.Cli.Benching;

/// <summary>What one step of a load ladder gave.</summary>
/// <param name="Concurrency">Callers at once; 0 for an open loop.</param>
/// <param name="Offered">Requests per second offered; 0 for a closed loop.</param>
/// <param name="Requests">Answered with success.</param>
/// <param name="Refused">Told to come back (503).</param>
/// <param name="Failed">Everything else.</param>
/// <param name="PerSecond">Successes per second.</param>
/// <param name="P50">Milliseconds.</param>
/// <param name="P99">Milliseconds.</param>
internal sealed record LoadResult(int Concurrency, double Offered, long Requests, long Refused, long Failed, double PerSecond, double P50, double P99)
{
    /// <summary>Names of the columns of <see cref="Csv"/>.</summary>
    public const string CsvHead = "concurrency,offered_per_second,answered,refused,failed,per_second,p50_ms,p99_ms";

    /// <summary>One line for a spreadsheet.</summary>
    public string Csv => string.Create(CultureInfo.InvariantCulture, $"{Concurrency},{Offered:0.#},{Requests},{Refused},{Failed},{PerSecond:0.0},{P50:0.000},{P99:0.000}");

    /// <summary>Sums up the latencies of a step.</summary>
    public static LoadResult Of(int concurrency, double offered, List<double> latencies, long refused, long failed, double seconds)
    {
        latencies.Sort();
        return new LoadResult(concurrency, offered, latencies.Count, refused, failed, latencies.Count / seconds, At(latencies, 0.5), At(latencies, 0.99));
    }

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[Math.Min(sorted.Count - 1, (int)(share * sorted.Count))];
}
