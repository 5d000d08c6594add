using System.Collections.Concurrent;
using Saki.Inference.Backends.OnnxRuntime;
using Saki.Pipelines;

namespace Saki.Inference;

/// <summary>
/// The network of a package with the buffers of its runs. Thread-safe: every caller borrows a slot (input, output, binding) and gives it back.
/// </summary>
/// <remarks>
/// Rows are run one at a time on purpose: matrix products of another batch size round differently, so a batch would not give the bits of a single
/// prediction; and with one thread per session, callers in parallel give more answers per second than batches do on a few cores.
/// </remarks>
internal sealed class Estimator : IDisposable
{
    private readonly OrtSession _session;
    private readonly InputSpec _input;
    private readonly int _output, _classes;
    private readonly bool _outputKnown; // the model declares every axis of its output but the batch
    private readonly ConcurrentBag<Slot> _free = [];
    private int _idle;

    /// <summary>Takes over <paramref name="session"/>.</summary>
    /// <exception cref="SakiException">The model's input or output does not fit the pipeline.</exception>
    public Estimator(OrtSession session, Pipeline pipeline)
    {
        (_session, _input, _classes) = (session, pipeline.Input, pipeline.Labels.Count);
        ModelShape.CheckInput(session, pipeline.Input);
        (_output, _outputKnown) = ModelShape.FindOutput(session, pipeline);
    }

    /// <summary>What the file says of itself.</summary>
    public OrtModelMetadata Metadata => _session.Metadata;

    /// <summary>One preprocessed picture to one raw output row. The same row gives the same bits on any thread.</summary>
    /// <param name="row">Channels x height x width values in the pipeline's layout.</param>
    /// <param name="raw">One value per class.</param>
    /// <param name="cancellation">Stops the run before its next operator.</param>
    public void Run(ReadOnlySpan<float> row, Span<float> raw, CancellationToken cancellation)
    {
        if (!_free.TryTake(out var slot)) slot = new Slot(_session, _input, _output, _outputKnown ? _classes : null);
        else Interlocked.Decrement(ref _idle);
        try
        {
            slot.Fill(row);
            slot.Binding.Run(cancellation);
            slot.Read(raw);
        }
        catch
        {
            slot.Dispose();
            throw;
        }
        if (Interlocked.Increment(ref _idle) <= 2 * Environment.ProcessorCount) _free.Add(slot);
        else
        {
            Interlocked.Decrement(ref _idle);
            slot.Dispose();
        }
    }

    public void Dispose()
    {
        while (_free.TryTake(out var slot)) slot.Dispose();
        _session.Dispose();
    }

    private sealed class Slot : IDisposable
    {
        private readonly OrtValue _input;
        private readonly OrtValue? _output;

        public Slot(OrtSession session, InputSpec input, int output, int? classes)
        {
            long[] shape = input.Layout == TensorLayout.Nchw ? [1, input.Channels, input.Height, input.Width] : [1, input.Height, input.Width, input.Channels];
            var declared = session.Outputs[output];
            Binding = session.Bind();
            _input = OrtValue.Allocate(session.Inputs[0].ElementType, shape);
            Binding.Input(0, _input);
            if (classes is null)
            {
                Binding.OutputAnywhere(output);
                return;
            }
            _output = OrtValue.Allocate(declared.ElementType, [.. declared.Shape!.Select(axis => axis.IsFree ? 1 : axis.Size)]);
            Binding.Output(output, _output);
        }

        public OrtIoBinding Binding { get; }

        public void Fill(ReadOnlySpan<float> row)
        {
            switch (_input.ElementType)
            {
                case OrtElementType.Float32:
                    row.CopyTo(_input.Data<float>());
                    break;
                case OrtElementType.UInt8:
                    var bytes = _input.Data<byte>();
                    for (var i = 0; i < row.Length; i++) bytes[i] = (byte)row[i]; // not normalised (PipelineRules): whole numbers 0..255
                    break;
                default:
                    var halves = _input.Data<Half>();
                    for (var i = 0; i < row.Length; i++) halves[i] = (Half)row[i];
                    break;
            }
        }

        public void Read(Span<float> raw)
        {
            if (_output is not null)
            {
                Postprocess.ToFloat(_output, raw);
                return;
            }
            var outputs = Binding.TakeOutputs();
            try
            {
                var count = outputs[0].Shape.Aggregate(1L, (product, axis) => product * axis);
                if (count != raw.Length) throw ModelShape.WrongClasses(raw.Length, count);
                Postprocess.ToFloat(outputs[0], raw);
            }
            finally
            {
                foreach (var output in outputs) output.Dispose();
            }
        }

        public void Dispose()
        {
            Binding.Dispose();
            _input.Dispose();
            _output?.Dispose();
        }
    }
}
