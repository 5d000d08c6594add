using System.Diagnostics;
using System.Text.Json;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Inference.Serving;
using Saki.Inference.Tensors;

namespace Saki.Inference.Evaluation;

/// <summary>What operators of a kind, or one node, cost in a run.</summary>
/// <param name="Name">The operator (<c>Conv</c>) or the node's name.</param>
/// <param name="Calls">Calls in one run.</param>
/// <param name="Microseconds">In one run, the mean.</param>
/// <param name="Share">Of all operators' time, 0..1.</param>
public sealed record OperatorCost(string Name, double Calls, double Microseconds, double Share);

/// <summary>What runs of a number of rows took.</summary>
/// <param name="Rows">Rows in one run.</param>
/// <param name="P50">Milliseconds of the middle run.</param>
/// <param name="P99">Milliseconds of the slowest hundredth.</param>
/// <param name="RowsPerSecond">By the middle run.</param>
public sealed record RunCost(int Rows, double P50, double P99, double RowsPerSecond);

/// <summary>Where a model's time and memory go, from the engine's own trace and from runs on zeros.</summary>
/// <param name="FileBytes">The model file and what it keeps in other files.</param>
/// <param name="LoadMilliseconds">Reading, checking and optimising the graph.</param>
/// <param name="LoadedBytes">Memory that the process took for it.</param>
/// <param name="RunBytes">Memory that runs took besides.</param>
/// <param name="Operators">By kind, the costliest first; the kinds are those of the optimised graph.</param>
/// <param name="Nodes">The costliest single nodes.</param>
/// <param name="Runs">One thread, growing numbers of rows.</param>
public sealed record ModelProfile(long FileBytes, double LoadMilliseconds, long LoadedBytes, long RunBytes, IReadOnlyList<OperatorCost> Operators, IReadOnlyList<OperatorCost> Nodes, IReadOnlyList<RunCost> Runs)
{
    private const int MostNodes = 15, TracedRuns = 30;

    /// <summary>Measures a model.</summary>
    /// <param name="plan">Which.</param>
    /// <param name="folder">Where the engine may write its trace; it is deleted again.</param>
    /// <param name="time">For each number of rows.</param>
    /// <param name="cancellation">Stops between runs.</param>
    /// <exception cref="SakiException">The model does not load, or takes inputs of free axes.</exception>
    public static ModelProfile Of(ModelPlan plan, string folder, TimeSpan time, CancellationToken cancellation = default)
    {
        OrtEngine.Ensure();
        var before = Resident();
        var from = Stopwatch.GetTimestamp();
        using var model = new TensorModel(OrtSession.Load(plan.ModelFile, cancellation: cancellation), plan.Settings.MaxBatch);
        var load = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
        if (model.MaxRows == 0) throw new SakiException($"Profiling {plan.Name}", "inputs with fixed axes but for the first", "others", "Export the model with fixed axes.");
        var loaded = Resident();
        var runs = Ladder(model.MaxRows).Select(rows => Measure(model, rows, time, cancellation)).ToList();
        var ran = Resident();
        var (operators, nodes) = Trace(plan, folder, cancellation);
        var bytes = new FileInfo(plan.ModelFile).Length + ExternalData.Locations(plan.ModelFile).Sum(location => new FileInfo(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(plan.ModelFile))!, location)).Length);
        return new ModelProfile(bytes, Math.Round(load, 1), Math.Max(0, loaded - before), Math.Max(0, ran - loaded), operators, nodes, runs);
    }

    private static IEnumerable<int> Ladder(int most)
    {
        for (var rows = 1; rows < most; rows *= 2) yield return rows;
        yield return most;
    }

    private static RunCost Measure(TensorModel model, int rows, TimeSpan time, CancellationToken cancellation)
    {
        var taken = new List<double>();
        var buffers = model.Rent(rows);
        buffers.Run(rows, cancellation); // the engine plans memory at the first run of a size
        var began = Stopwatch.GetTimestamp();
        while (taken.Count < 5 || (Stopwatch.GetElapsedTime(began) < time && taken.Count < 10_000))
        {
            cancellation.ThrowIfCancellationRequested();
            var from = Stopwatch.GetTimestamp();
            buffers.Run(rows, cancellation);
            taken.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
        model.Return(buffers);
        taken.Sort();
        var p50 = taken[taken.Count / 2];
        return new RunCost(rows, Math.Round(p50, 3), Math.Round(taken[Math.Min(taken.Count - 1, (int)(0.99 * taken.Count))], 3), Math.Round(rows / p50 * 1000, 1));
    }

    private static (List<OperatorCost> Operators, List<OperatorCost> Nodes) Trace(ModelPlan plan, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var options = new OrtSessionOptions { Profile = Path.Combine(folder, $"profile-{Guid.NewGuid():N}") };
        using var model = new TensorModel(OrtSession.Load(plan.ModelFile, options, cancellation), maxRows: 1);
        var buffers = model.Rent(1);
        for (var run = 0; run < TracedRuns; run++) buffers.Run(1, cancellation);
        buffers.Dispose();
        var file = model.Session.EndProfile();
        try
        {
            return ReadTrace(File.ReadAllBytes(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Chrome's trace format: an event for each kernel with its time in microseconds. The first runs plan memory and are left out.
    private static (List<OperatorCost> Operators, List<OperatorCost> Nodes) ReadTrace(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var kernels = document.RootElement.EnumerateArray()
            .Where(entry => entry.TryGetProperty("cat", out var kind) && kind.ValueEquals("Node") && entry.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal))
            .Select(entry => (Node: entry.GetProperty("name").GetString()![..^"_kernel_time".Length], Kind: entry.GetProperty("args").GetProperty("op_name").GetString()!, Time: entry.GetProperty("dur").GetDouble()))
            .ToList();
        var perNode = kernels.GroupBy(kernel => kernel.Node).Select(group => (group.First().Kind, Name: group.Key, Time: Typical(group.Select(kernel => kernel.Time).Skip(group.Count() / 3)))).ToList();
        var all = perNode.Sum(node => node.Time);
        var nodes = perNode.Select(node => new OperatorCost($"{node.Kind} {node.Name}", 1, Math.Round(node.Time, 2), Share(node.Time)));
        var kinds = perNode.GroupBy(node => node.Kind).Select(group => (group.Key, Count: group.Count(), Time: group.Sum(node => node.Time)));
        return ([.. kinds.OrderByDescending(kind => kind.Time).Select(kind => new OperatorCost(kind.Key, kind.Count, Math.Round(kind.Time, 2), Share(kind.Time)))],
            [.. nodes.OrderByDescending(node => node.Microseconds).Take(MostNodes)]);

        double Share(double time) => all > 0 ? Math.Round(time / all, 4) : 0;
    }

    // The trace counts whole microseconds: a mean is finer than the middle one, without the slowest fifth that a busy machine made.
    private static double Typical(IEnumerable<double> times)
    {
        var sorted = times.Order().ToList();
        return sorted.Take(Math.Max(1, sorted.Count * 4 / 5)).Average();
    }

    private static long Resident()
    {
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }
}
