using Saki.Cli.Benching;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;

namespace Saki.Cli.Tuning;

/// <summary>One way to serve a model, and what it gave.</summary>
/// <param name="Threads">Threads of one run.</param>
/// <param name="Instances">Runs at once.</param>
/// <param name="MaxBatch">Most rows in one run.</param>
/// <param name="RowsPerRun">Rows that runs had, on average.</param>
/// <param name="RowsPerSecond">Rows answered.</param>
/// <param name="P50">Milliseconds from asking to the answer.</param>
/// <param name="P99">The same for the slowest hundredth.</param>
internal sealed record TuneTrial(int Threads, int Instances, int MaxBatch, double RowsPerRun, double RowsPerSecond, double P50, double P99);

/// <summary>What <c>saki tune</c> tried and chose.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Processors">Of this machine.</param>
/// <param name="LatencyBound">Milliseconds that the slowest hundredth may take.</param>
/// <param name="Trials">In the order tried; the first is the default.</param>
/// <param name="Best">The most rows per second within the bound; the quickest one where none keeps to it.</param>
/// <param name="Kept">True: within the bound.</param>
/// <param name="File">Where it was written; null: nowhere.</param>
internal sealed record TuneReport(string Model, int Processors, double LatencyBound, IReadOnlyList<TuneTrial> Trials, TuneTrial Best, bool Kept, string? File);

/// <summary>
/// Tries threads × runs at once × rows in a run on this machine, each through the very batcher that serves, kept busy by as many callers as fill it.
/// A more complicated way must be faster than the default by more than what two measurements differ by.
/// </summary>
internal static class EngineTuning
{
    private const double WorthIt = 1.05;

    /// <summary>The ways that are worth trying: the cores divided between threads of a run and runs at once, with and without batches. The default comes first.</summary>
    public static IEnumerable<(int Threads, int Instances, int MaxBatch)> Ways(int processors, int maxRows)
    {
        int[] batches = [.. new[] { 32, 1, 8 }.Where(batch => batch <= maxRows || batch == 1)];
        if (maxRows < 32) batches = [.. batches.Prepend(maxRows).Distinct()];
        for (var threads = 1; threads <= processors; threads = threads < processors && threads * 2 > processors ? processors : threads * 2)
            foreach (var batch in batches) yield return (threads, Math.Max(1, processors / threads), batch);
    }

    /// <summary>Measures one way.</summary>
    /// <exception cref="SakiException">The model does not load, or takes inputs of free axes.</exception>
    public static async Task<TuneTrial> TryAsync(ModelPlan plan, (int Threads, int Instances, int MaxBatch) way, string cache, TimeSpan time, CancellationToken cancellation)
    {
        var settings = plan.Settings with { Threads = way.Threads, Instances = way.Instances, MaxBatch = way.MaxBatch, MaxQueued = Math.Max(plan.Settings.MaxQueued, 2 * way.Instances * way.MaxBatch) };
        await using var models = new ModelRepository(new RepositoryOptions { Cache = cache, Tuned = false });
        var model = await models.LoadAsync(plan with { Settings = settings }, cancellation: cancellation);
        if (model.Tensors.MaxRows == 0) throw new SakiException($"Tuning {plan.Name}", "inputs with fixed axes but for the first", "others", "Such a model is run as it is asked; there is nothing to choose.");
        var inputs = model.Tensors.InputRows.Select(row => new TensorInput(row.Name, row.Type, row.ShapeOf(1), new byte[row.Bytes])).ToList();
        // As many callers as fill the runs that the batcher wants to make, and no queue behind them.
        var callers = way.Instances * Math.Clamp(model.BestRows, 1, way.MaxBatch);
        await LoadGenerator.ClosedAsync(Ask, callers, time / 4, cancellation);
        var (rows, runs) = (model.Counters.Rows, model.Counters.Runs);
        var result = await LoadGenerator.ClosedAsync(Ask, callers, time, cancellation);
        var perRun = (model.Counters.Rows - rows) / (double)Math.Max(1, model.Counters.Runs - runs);
        return new TuneTrial(way.Threads, way.Instances, way.MaxBatch, Math.Round(perRun, 1), Math.Round(result.PerSecond, 1), Math.Round(result.P50, 3), Math.Round(result.P99, 3));

        async Task<Outcome> Ask(CancellationToken stop)
        {
            await model.InferAsync(inputs, CallOptions.Patient(stop));
            return Outcome.Answered;
        }
    }

    /// <summary>The way to take: of those within the bound the one with the most rows per second, the default where nothing beats it clearly.</summary>
    public static (TuneTrial Best, bool Kept) Choose(IReadOnlyList<TuneTrial> trials, double bound)
    {
        var within = trials.Where(trial => trial.P99 <= bound).ToList();
        if (within.Count == 0) return (trials.MinBy(trial => trial.P99)!, false);
        var best = within.MaxBy(trial => trial.RowsPerSecond)!;
        var plain = trials[0];
        return (plain.P99 <= bound && best.RowsPerSecond < WorthIt * plain.RowsPerSecond ? plain : best, true);
    }
}
