using System.Runtime.InteropServices;
using Saki.Inference.Backends.OnnxRuntime;

namespace Saki.Inference.Tensors;

/// <summary>
/// Memory of one run: rows of every input and output, outside the collector's reach and aligned for vectors, bound to the model once for each batch size that comes up.
/// A run of n rows uses the first n. Belongs to one caller at a time, who got it from <see cref="TensorModel.Rent"/>.
/// </summary>
public sealed unsafe class BatchBuffers : IDisposable
{
    private const nuint Alignment = 64;

    private readonly TensorModel _model;
    private readonly void*[] _inputs, _outputs;
    private readonly Bound?[] _bound;

    internal BatchBuffers(TensorModel model, int capacity)
    {
        (_model, Capacity) = (model, capacity);
        _inputs = new void*[model.InputRows.Count];
        _outputs = new void*[model.OutputRows.Count];
        _bound = new Bound?[capacity + 1];
        for (var i = 0; i < _inputs.Length; i++) _inputs[i] = Allocate(model.InputRows[i], capacity);
        for (var i = 0; i < _outputs.Length; i++) _outputs[i] = Allocate(model.OutputRows[i], capacity);
    }

    /// <summary>Most rows.</summary>
    public int Capacity { get; }

    /// <summary>Where <paramref name="rows"/> rows of an input are written, from <paramref name="row"/> on.</summary>
    public Span<byte> Input(int index, int row, int rows = 1) => Rows(_inputs[index], _model.InputRows[index], row, rows);

    /// <summary>What the last run gave for <paramref name="rows"/> rows, from <paramref name="row"/> on.</summary>
    public ReadOnlySpan<byte> Output(int index, int row, int rows = 1) => Rows(_outputs[index], _model.OutputRows[index], row, rows);

    /// <summary>Runs the model on the first <paramref name="rows"/> rows.</summary>
    /// <exception cref="OrtException">An operator fails.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Run(int rows, CancellationToken cancellation = default)
    {
        var bound = _bound[rows] ??= new Bound(this, rows);
        bound.Binding.Run(cancellation);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (var bound in _bound) bound?.Dispose();
        foreach (var memory in _inputs) NativeMemory.AlignedFree(memory);
        foreach (var memory in _outputs) NativeMemory.AlignedFree(memory);
    }

    private static void* Allocate(RowSpec row, int capacity)
    {
        var bytes = checked((nuint)capacity * (nuint)row.Bytes);
        var memory = NativeMemory.AlignedAlloc(Math.Max(bytes, Alignment), Alignment);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }

    private Span<byte> Rows(void* memory, RowSpec spec, int row, int rows)
    {
        if ((uint)row > (uint)Capacity || (uint)rows > (uint)(Capacity - row)) throw new ArgumentOutOfRangeException(nameof(row));
        return new Span<byte>((byte*)memory + ((nint)row * spec.Bytes), checked(rows * spec.Bytes));
    }

    /// <summary>The engine's view of the first n rows.</summary>
    private sealed class Bound : IDisposable
    {
        private readonly List<OrtValue> _values = [];

        public Bound(BatchBuffers buffers, int rows)
        {
            var model = buffers._model;
            Binding = model.Session.Bind();
            for (var i = 0; i < model.InputRows.Count; i++) Binding.Input(i, Value(buffers._inputs[i], model.InputRows[i], rows));
            for (var i = 0; i < model.OutputRows.Count; i++) Binding.Output(model.OutputRows[i].Index, Value(buffers._outputs[i], model.OutputRows[i], rows));
        }

        public OrtIoBinding Binding { get; }

        public void Dispose()
        {
            Binding.Dispose();
            foreach (var value in _values) value.Dispose();
        }

        private OrtValue Value(void* memory, RowSpec row, int rows)
        {
            var value = OrtValue.Over(memory, (nuint)rows * (nuint)row.Bytes, row.Type, row.ShapeOf(rows));
            _values.Add(value);
            return value;
        }
    }
}
