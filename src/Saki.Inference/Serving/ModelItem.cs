using Saki.Inference.Batching;
using Saki.Inference.Tensors;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>One request's share of a model's run.</summary>
internal abstract class ModelItem(int rows) : BatchItem(rows)
{
    /// <summary>Its first row in the batch, set when it was written.</summary>
    public int Row { get; set; } = -1;

    /// <summary>Nobody waits for it.</summary>
    public bool Uncounted { get; init; }

    /// <summary>Ticks of the run itself, for the answer's times.</summary>
    public TimeSpan Infer { get; set; }

    /// <summary>Writes its rows; what it throws fails this item alone.</summary>
    public abstract void Write(BatchBuffers buffers, int row);

    /// <summary>Takes its results out of the rows.</summary>
    public abstract void Read(BatchBuffers buffers, int row);

    /// <summary>Does all by itself: for items without rows.</summary>
    public abstract void RunAlone();
}

/// <summary>A picture: decoded and preprocessed straight into its row, answered from its output row.</summary>
internal sealed class PictureItem(Predictor predictor, ReadOnlyMemory<byte> bytes, string? file, int top, bool sharesRuns) : ModelItem(sharesRuns ? 1 : 0)
{
    private PredictionTime _time = new(0, 0, 0);

    public Prediction? Answer { get; private set; }

    /// <inheritdoc cref="CallOptions.EveryFace"/>
    public bool EveryFace { get; init; }

    public override void Write(BatchBuffers buffers, int row) => _time = predictor.Write(bytes.Span, buffers.Input(0, row));

    public override void Read(BatchBuffers buffers, int row) =>
        Answer = predictor.Read(buffers.Output(0, row), file, top, _time with { Infer = Math.Round(Infer.TotalMilliseconds, 3) });

    public override void RunAlone() => Answer = predictor.Predict(bytes, file, top, EveryFace, Cancellation);
}

/// <summary>Ready tensors for a model with rows: written into the batch, results copied out.</summary>
/// <param name="model">Whose rows.</param>
/// <param name="inputs">One for each input, in the model's order.</param>
/// <param name="from">Its first row in <paramref name="inputs"/>.</param>
/// <param name="rows">How many of them.</param>
/// <param name="results">One memory for each output, with room for all rows of the request.</param>
internal sealed class RowsItem(TensorModel model, IReadOnlyList<TensorInput> inputs, int from, int rows, byte[][] results) : ModelItem(rows)
{
    public override void Write(BatchBuffers buffers, int row)
    {
        for (var i = 0; i < inputs.Count; i++)
        {
            var (input, bytes) = (inputs[i], model.InputRows[i].Bytes);
            var to = buffers.Input(i, row, Rows);
            if (input.Form == TensorForm.Binary) input.Content.Span.Slice(from * bytes, Rows * bytes).CopyTo(to);
            else JsonTensor.Read(input.Content.Span, input.Type, to);
        }
    }

    public override void Read(BatchBuffers buffers, int row)
    {
        for (var i = 0; i < results.Length; i++)
            buffers.Output(i, row, Rows).CopyTo(results[i].AsSpan(from * model.OutputRows[i].Bytes));
    }

    public override void RunAlone() => throw new InvalidOperationException("An item with rows runs in a batch.");
}

/// <summary>Ready tensors for a model without rows.</summary>
internal sealed class LooseItem(TensorModel model, IReadOnlyList<TensorInput> inputs) : ModelItem(0)
{
    public IReadOnlyList<TensorOutput> Outputs { get; private set; } = [];

    public override void Write(BatchBuffers buffers, int row) => throw new InvalidOperationException("An item without rows runs alone.");

    public override void Read(BatchBuffers buffers, int row) => throw new InvalidOperationException("An item without rows runs alone.");

    public override void RunAlone() => Outputs = LooseRun.Run(model, inputs, Cancellation);
}
