using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tensors;

/// <summary>
/// A loaded graph of any inputs and outputs. Where all shapes are fixed but for a batch axis, runs go through pooled buffers that are bound once;
/// everything else (free axes, texts, sequences, maps) runs by itself. Thread-safe.
/// </summary>
public sealed class TensorModel : IDisposable
{
    private const long MostBufferBytes = 64 << 20;

    private readonly ConcurrentBag<BatchBuffers> _single = [], _full = [];
    private int _idle;

    /// <summary>Takes over <paramref name="session"/>.</summary>
    /// <param name="session">The loaded graph.</param>
    /// <param name="maxRows">Most rows in one run where the graph lets their number free, at least 1.</param>
    /// <param name="output">The only output that is wanted, by its place; null for all. Its free axes are found out by a run on zeros.</param>
    public TensorModel(OrtSession session, int maxRows, int? output = null)
    {
        Session = session;
        var batch = session.Inputs.Count > 0 && session.Inputs.All(info => info.Shape is { Count: > 0 } shape && shape[0].IsFree);
        InputRows = Specs(session.Inputs, batch);
        OutputRows = output is { } only ? One(session.Outputs[only], only, batch) : Specs(session.Outputs, batch);
        if (InputRows.Count == 0 || OutputRows.Count == 0) (InputRows, OutputRows) = ([], []);
        else MaxRows = batch ? Limit(Math.Max(1, maxRows)) : 1;
        if (MaxRows > 1 && !RowsAreIndependent()) MaxRows = 1;
    }

    /// <summary>What the model takes, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Inputs => Session.Inputs;

    /// <summary>What the model gives, in its order.</summary>
    public IReadOnlyList<OrtValueInfo> Outputs => Session.Outputs;

    /// <summary>Rows of the inputs; empty when this model cannot use buffers.</summary>
    public IReadOnlyList<RowSpec> InputRows { get; }

    /// <summary>Rows of the wanted outputs; empty when this model cannot use buffers.</summary>
    public IReadOnlyList<RowSpec> OutputRows { get; }

    /// <summary>Most rows in one run through buffers; 0 when this model cannot use them.</summary>
    public int MaxRows { get; }

    internal OrtSession Session { get; }

    /// <summary>Buffers for at least <paramref name="rows"/> rows; give them back with <see cref="Return"/>.</summary>
    public BatchBuffers Rent(int rows)
    {
        if (rows < 1 || rows > MaxRows) throw new ArgumentOutOfRangeException(nameof(rows));
        if (!(rows == 1 ? _single : _full).TryTake(out var buffers)) return new BatchBuffers(this, rows == 1 ? 1 : MaxRows);
        Interlocked.Decrement(ref _idle);
        return buffers;
    }

    /// <summary>Gives buffers back that did their work; after a failed run dispose them instead.</summary>
    public void Return(BatchBuffers buffers)
    {
        if (Interlocked.Increment(ref _idle) <= 2 * Environment.ProcessorCount)
        {
            (buffers.Capacity == 1 ? _single : _full).Add(buffers);
            return;
        }
        Interlocked.Decrement(ref _idle);
        buffers.Dispose();
    }

    /// <summary>Runs values of any shape; the caller owns what comes back.</summary>
    /// <param name="inputs">One for each of <see cref="Inputs"/>.</param>
    /// <param name="cancellation">Stops the run before its next operator.</param>
    public OrtValue[] Run(ReadOnlySpan<OrtValue> inputs, CancellationToken cancellation = default) => Session.Run(inputs, cancellation);

    /// <summary>Runs the model on zeros and says how long each run took in seconds; 0 rows for a model without buffers, which is not run.</summary>
    /// <param name="budget">No further run is begun after this much time.</param>
    public IReadOnlyList<(int Rows, double Seconds)> Measure(TimeSpan budget)
    {
        var measured = new List<(int, double)>();
        if (MaxRows == 0) return measured;
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        // A line through one row and eight says what more would cost, and a server with large models starts seconds sooner than by filling whole batches.
        var some = Math.Min(8, MaxRows);
        int[] sizes = MaxRows > 1 ? [1, 1, 1, some, some, Math.Min(4, MaxRows), 1, some] : [1, 1, 1];
        foreach (var rows in sizes)
        {
            // The first two are warm-up: the engine plans memory at the first run of a size.
            if (measured.Count >= 2 && System.Diagnostics.Stopwatch.GetElapsedTime(started) > budget) break;
            var buffers = Rent(rows);
            var from = System.Diagnostics.Stopwatch.GetTimestamp();
            buffers.Run(rows);
            measured.Add((rows, System.Diagnostics.Stopwatch.GetElapsedTime(from).TotalSeconds));
            Return(buffers);
        }
        return measured;
    }

    /// <summary>Releases the model and its buffers. No run may be in progress.</summary>
    public void Dispose()
    {
        foreach (var pool in new[] { _single, _full })
            while (pool.TryTake(out var buffers)) buffers.Dispose();
        Session.Dispose();
    }

    private static List<RowSpec> Specs(IReadOnlyList<OrtValueInfo> infos, bool batch)
    {
        var specs = new List<RowSpec>();
        for (var i = 0; i < infos.Count; i++)
        {
            // A batch axis that the outputs do not have, or the other way round, is no batch axis.
            var free = infos[i].Shape is { Count: > 0 } shape && shape[0].IsFree;
            if (batch != free || RowSpec.Of(infos[i], i, batch) is not { } spec) return [];
            specs.Add(spec);
        }
        return specs;
    }

    // Exporters often leave the axes of the answer open; a run on zeros tells what they are.
    private List<RowSpec> One(OrtValueInfo info, int index, bool batch)
    {
        if (Specs([info], batch) is { Count: 1 } declared) return [declared[0] with { Index = index }];
        if (InputRows.Count == 0) return [];
        var inputs = new List<OrtValue>();
        try
        {
            foreach (var row in InputRows) inputs.Add(OrtValue.Allocate(row.Type, row.ShapeOf(1)));
            var outputs = Session.Run(CollectionsMarshal.AsSpan(inputs));
            try
            {
                var shape = outputs[index].Shape;
                var known = info with { Shape = [.. shape.Select((size, axis) => new OrtDimension(axis == 0 && batch ? -1 : size, null))] };
                return Specs([known], batch) is { Count: 1 } found ? [found[0] with { Index = index }] : [];
            }
            finally
            {
                foreach (var output in outputs) output.Dispose();
            }
        }
        finally
        {
            foreach (var input in inputs) input.Dispose();
        }
    }

    private int Limit(int maxRows)
    {
        var row = InputRows.Sum(spec => (long)spec.Bytes) + OutputRows.Sum(spec => (long)spec.Bytes);
        return (int)Math.Clamp(MostBufferBytes / Math.Max(1, row), 1, maxRows);
    }

    // A free first axis need not be a batch: a row that answers otherwise beside another row must not be put beside strangers.
    private bool RowsAreIndependent()
    {
        const float tolerance = 1e-3f;
        try
        {
            using var buffers = new BatchBuffers(this, 2);
            foreach (var spec in InputRows) Pattern(buffers.Input(spec.Index, 0, 2), spec);
            buffers.Run(1);
            var alone = OutputRows.Select((spec, i) => (spec, buffers.Output(i, 0).ToArray())).ToArray();
            buffers.Run(2);
            for (var i = 0; i < alone.Length; i++)
                if (!Alike(alone[i].Item2, buffers.Output(i, 0), alone[i].spec.Type, tolerance)) return false;
            return true;
        }
        catch (OrtException)
        {
            return false;
        }
    }

    private static void Pattern(Span<byte> rows, RowSpec spec)
    {
        if (spec.Type != OrtElementType.Float32) return; // zeros and small whole numbers are valid for every other type
        var values = MemoryMarshal.Cast<byte, float>(rows);
        for (var i = 0; i < values.Length; i++) values[i] = ((i * 37) % 101) / 101f;
    }

    private static bool Alike(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, OrtElementType type, float tolerance)
    {
        if (type != OrtElementType.Float32) return a.SequenceEqual(b);
        var x = MemoryMarshal.Cast<byte, float>(a);
        var y = MemoryMarshal.Cast<byte, float>(b);
        for (var i = 0; i < x.Length; i++)
            if (Math.Abs(x[i] - y[i]) > tolerance * Math.Max(1, Math.Abs(x[i]))) return false;
        return true;
    }
}
