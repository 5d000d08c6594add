namespace Saki.Inference.Batching;

/// <summary>
/// What a run of n rows costs: t(n) ≈ a·n + b, fitted to what was measured, newer runs counting more. Not thread-safe: the batcher holds its lock.
/// </summary>
/// <remarks>A mean for each n is kept, so that sizes which did not come up for a while still hold the line.</remarks>
public sealed class ServiceTime(int maxRows)
{
    private const double LeastSaving = 50e-6; // seconds; putting requests together costs about as much
    private const double Newest = 0.1; // share of the newest measurement in its size's mean

    private readonly double[] _mean = new double[maxRows + 1];
    private readonly double[] _weight = new double[maxRows + 1];

    /// <summary>Seconds for each further row.</summary>
    public double PerRow { get; private set; }

    /// <summary>Seconds for every run, whatever its size.</summary>
    public double PerRun { get; private set; }

    /// <summary>Seconds that a run of <paramref name="rows"/> should take; 0 before anything was measured.</summary>
    public double Of(int rows) => PerRun + (PerRow * rows);

    /// <summary>Takes a measurement in.</summary>
    public void Observe(int rows, double seconds)
    {
        if (rows < 1 || rows > maxRows || !(seconds >= 0)) return;
        _mean[rows] = _weight[rows] == 0 ? seconds : _mean[rows] + (Newest * (seconds - _mean[rows]));
        _weight[rows] = Math.Min(_weight[rows] + 1, 1 / Newest);
        Fit();
    }

    /// <summary>The smallest batch whose time per row is within <paramref name="worthWhile"/> of the largest one's: 1 where batches save nothing worth the handling.</summary>
    public int BestRows(double worthWhile)
    {
        if (PerRun < LeastSaving) return 1;
        var limit = (1 + worthWhile) * ((PerRun / maxRows) + PerRow);
        for (var rows = 1; rows < maxRows; rows++)
            if ((PerRun / rows) + PerRow <= limit) return rows;
        return maxRows;
    }

    private void Fit()
    {
        double w = 0, n = 0, t = 0, nn = 0, nt = 0;
        for (var rows = 1; rows < _mean.Length; rows++)
        {
            var weight = _weight[rows];
            w += weight;
            n += weight * rows;
            t += weight * _mean[rows];
            nn += weight * rows * rows;
            nt += weight * rows * _mean[rows];
        }
        var spread = (w * nn) - (n * n);
        // With one size known the line cannot be told from a row's own cost: no saving is assumed.
        var slope = spread > 1e-9 ? ((w * nt) - (n * t)) / spread : t / n;
        PerRow = Math.Clamp(slope, 0, t / n);
        PerRun = Math.Max(0, (t - (PerRow * n)) / w);
    }
}
