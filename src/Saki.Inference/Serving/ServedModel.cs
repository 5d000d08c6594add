using System.Diagnostics;
using Saki.Inference.Batching;
using Saki.Inference.Tensors;
using Saki.Pipelines;

namespace Saki.Inference.Serving;

/// <summary>
/// One version of a model that answers: its graph, its pipeline where it has one, its queue and its counters. Every protocol's route, the page and the
/// command end here. Thread-safe; freed when its last request is done.
/// </summary>
public sealed class ServedModel : IAsyncDisposable
{
    // Below this a cancelled run is over before stopping it would have helped, and a token costs every run a microsecond and garbage.
    private const double CancellableSeconds = 0.02;

    private const long MostAnswerBytes = 256 << 20;

    private readonly DynamicBatcher _batcher;
    private readonly Action _free;
    private readonly int _cores;
    private readonly string[] _signatures;
    private readonly long _answerBytes; // of a row
    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users = 1; // the repository is one; at 0 the model is freed

    /// <summary>Takes over the predictor or the graph.</summary>
    /// <param name="name">In addresses.</param>
    /// <param name="version">In addresses.</param>
    /// <param name="predictor">The pipeline and its graph; null for a model of plain tensors.</param>
    /// <param name="tensors">The graph.</param>
    /// <param name="slots">The machine's cores.</param>
    /// <param name="settings">Batches and queue.</param>
    /// <param name="time">Measures.</param>
    internal ServedModel(string name, string version, Predictor? predictor, TensorModel tensors, ComputeSlots slots, ServingSettings settings, TimeProvider time)
    {
        (Name, Version, Predictor, Tensors, Settings, Time) = (name, version, predictor, tensors, settings, time);
        var limits = new BatchLimits
        {
            MaxRows = Math.Max(1, tensors.MaxRows),
            MaxQueued = settings.MaxQueued,
            MaxRuns = settings.Instances ?? int.MaxValue,
            FixedDelay = settings.DelayMicroseconds is not null,
            MaxDelay = settings.DelayMicroseconds is { } fixedDelay ? TimeSpan.FromMicroseconds(fixedDelay) : TimeSpan.FromMilliseconds(5),
        };
        _batcher = new DynamicBatcher(slots, Run, limits, time);
        _cores = slots.Count;
        _answerBytes = tensors.OutputRows.Sum(spec => (long)spec.Bytes);
        _signatures = [.. Enum.GetNames<Arm>().Select(arm => $"\"{name}\";version=\"{version}\";arm={arm.ToLowerInvariant()}")];
        _free = predictor is not null ? predictor.Dispose : tensors.Dispose;
        LoadedAt = time.GetUtcNow();
    }

    /// <summary>Its name in addresses.</summary>
    public string Name { get; }

    /// <summary>Its version in addresses.</summary>
    public string Version { get; }

    /// <summary>How pictures are answered; null for a model of plain tensors.</summary>
    public Predictor? Predictor { get; }

    /// <summary>The graph.</summary>
    public TensorModel Tensors { get; }

    /// <summary>Batches and queue.</summary>
    public ServingSettings Settings { get; }

    /// <summary>When it was ready.</summary>
    public DateTimeOffset LoadedAt { get; }

    /// <summary>What happened so far.</summary>
    public ModelCounters Counters { get; } = new();

    /// <summary>Runs at once, 1 to the number of cores; what is more waits. Default: every core.</summary>
    public int Instances
    {
        get => _batcher.MaxRuns;
        set => _batcher.MaxRuns = Math.Clamp(value, 1, _cores);
    }

    /// <summary>The graph's file in bytes, which the engine's memory is a little more than; 0 when it came from elsewhere.</summary>
    public long FileBytes { get; internal init; }

    /// <inheritdoc cref="ModelPlan.Personal"/>
    public bool Personal { get; internal init; }

    /// <summary>Rows that wait for their turn.</summary>
    public int Queued => _batcher.Queued;

    /// <summary>The batch size that measured times ask for.</summary>
    public int BestRows => _batcher.BestRows;

    /// <summary>The measured cost of a run in seconds: for every run, and for each row.</summary>
    public (double PerRun, double PerRow) Cost => _batcher.Cost;

    /// <summary>Class names of the answer's columns; null when nobody said what they are.</summary>
    public IReadOnlyList<string>? Labels => Predictor?.Pipeline.Labels ?? Settings.Labels;

    /// <summary>Who answered, as a structured header field: <c>"emotions";version="3";arm=canary</c>.</summary>
    public string Signature(Arm arm) => _signatures[(int)arm];

    private TimeProvider Time { get; }

    /// <summary>Answers for a picture.</summary>
    /// <param name="bytes">The file's bytes; not changed until the answer is there.</param>
    /// <param name="file">Its name, repeated in the answer.</param>
    /// <param name="top">Classes to list, at least 1.</param>
    /// <param name="call">Priority, patience and cancellation.</param>
    /// <param name="inline">False where the caller asks for several pictures at once.</param>
    /// <exception cref="SakiException">It is no picture; the queue is full; the model takes tensors only.</exception>
    public async ValueTask<Prediction> PredictAsync(ReadOnlyMemory<byte> bytes, string? file, int top, CallOptions call, bool inline = true)
    {
        var predictor = Predictor ?? throw new SakiException("Answering", $"tensors for {Name}, which has no pipeline for pictures", "a picture", "Send tensors to /v2/models/NAME/infer, or package the model with a pipeline.yaml.");
        var shares = Settings.SharePictures && predictor.Pipeline.Faces == FaceMode.None && _batcher.BestRows > 1;
        var item = new PictureItem(predictor, bytes, file, top, shares) { EveryFace = call.EveryFace, Uncounted = call.Uncounted, Priority = call.Priority, Patience = call.Patience, Cancellation = call.Cancellation };
        await CountAsync(item, inline).ConfigureAwait(false);
        return call.Id is { } id ? item.Answer! with { Id = id } : item.Answer!;
    }

    /// <summary>Answers for tensors.</summary>
    /// <param name="inputs">One for each of the model's inputs, in any order.</param>
    /// <param name="call">Priority, patience and cancellation.</param>
    /// <exception cref="SakiException">A name, type, shape or number of elements is not the model's; the queue is full.</exception>
    public async ValueTask<IReadOnlyList<TensorOutput>> InferAsync(IReadOnlyList<TensorInput> inputs, CallOptions call)
    {
        var (ordered, rows) = TensorCheck.Order(Tensors, inputs);
        if (Tensors.MaxRows == 0)
        {
            var loose = new LooseItem(Tensors, ordered) { Uncounted = call.Uncounted, Priority = call.Priority, Patience = call.Patience, Cancellation = call.Cancellation };
            await CountAsync(loose, inline: true).ConfigureAwait(false);
            return loose.Outputs;
        }
        if (rows * _answerBytes > MostAnswerBytes)
            throw new SakiException("Answering", $"an answer of at most {MostAnswerBytes >> 20} MB", "a larger one", "Send fewer rows in one request.");
        var results = new byte[Tensors.OutputRows.Count][];
        for (var i = 0; i < results.Length; i++) results[i] = GC.AllocateUninitializedArray<byte>(checked(rows * Tensors.OutputRows[i].Bytes));
        await RunRowsAsync(ordered, rows, results, call).ConfigureAwait(false);
        var outputs = new TensorOutput[results.Length];
        for (var i = 0; i < outputs.Length; i++) outputs[i] = new TensorOutput(Tensors.OutputRows[i].Name, Tensors.OutputRows[i].Type, Tensors.OutputRows[i].ShapeOf(rows), results[i]);
        return outputs;
    }

    /// <summary>The refusal of a request whose turn would not come, asked before it is read; null where there is room. The number of refused requests counts it.</summary>
    public QueueFullException? TurnAway()
    {
        var full = _batcher.Refusal();
        if (full is not null) Counters.Refused(full);
        return full;
    }

    /// <summary>Runs on zeros until the engine's memory is planned, and measures what rows cost.</summary>
    internal void WarmUp()
    {
        var measured = Tensors.Measure(TimeSpan.FromMilliseconds(300));
        foreach (var (rows, seconds) in measured.Skip(measured.Count > 5 ? 1 : 0)) _batcher.Observe(rows, seconds);
    }

    /// <summary>Counts a request in, so that the model is not freed under it; false when it is being freed.</summary>
    internal bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }
        return false;
    }

    /// <summary>Counts a request out; the last one frees the model.</summary>
    internal void Leave()
    {
        if (Interlocked.Decrement(ref _users) > 0) return;
        _batcher.Dispose();
        _free();
        _freed.SetResult();
    }

    /// <summary>Lets the repository's own hold go; done when the last request is answered and the memory given back.</summary>
    public ValueTask DisposeAsync()
    {
        Leave();
        return new ValueTask(_freed.Task);
    }

    private ValueTask RunRowsAsync(IReadOnlyList<TensorInput> inputs, int rows, byte[][] results, CallOptions call) =>
        rows <= Tensors.MaxRows ? CountAsync(Item(inputs, 0, rows, results, call), inline: true) : RunPartsAsync(inputs, rows, results, call);

    // More rows than a run takes: several runs, as many at a time as there are cores, so that one request does not fill the queue. JSON is read once into memory that can be cut.
    private async ValueTask RunPartsAsync(IReadOnlyList<TensorInput> inputs, int rows, byte[][] results, CallOptions call)
    {
        inputs = [.. inputs.Select((input, i) => input.Form == TensorForm.Binary ? input : TensorCheck.ToBinary(input, Tensors.InputRows[i], rows))];
        var starts = Enumerable.Range(0, (rows + Tensors.MaxRows - 1) / Tensors.MaxRows).Select(part => part * Tensors.MaxRows);
        foreach (var group in starts.Chunk(_cores))
            await Task.WhenAll(group.Select(from => CountAsync(Item(inputs, from, Math.Min(Tensors.MaxRows, rows - from), results, call), inline: false).AsTask())).ConfigureAwait(false);
    }

    private RowsItem Item(IReadOnlyList<TensorInput> inputs, int from, int count, byte[][] results, CallOptions call) =>
        new(Tensors, inputs, from, count, results) { Uncounted = call.Uncounted, Priority = call.Priority, Patience = call.Patience, Cancellation = call.Cancellation };

    private async ValueTask CountAsync(ModelItem item, bool inline)
    {
        try
        {
            await _batcher.SubmitAsync(item, inline).ConfigureAwait(false);
            if (item.Uncounted) return;
            var all = Time.GetElapsedTime(item.Arrived);
            Counters.Answered(item, all);
            ServingTrace.Answered(this, item, all, Time);
        }
        catch (Exception failure)
        {
            if (!item.Uncounted) Counters.Refused(failure);
            throw;
        }
    }

    private double Run(IReadOnlyList<BatchItem> items)
    {
        if (items is [ModelItem { Rows: 0 } alone])
        {
            var began = Stopwatch.GetTimestamp();
            alone.RunAlone();
            alone.Infer = Stopwatch.GetElapsedTime(began);
            Counters.Ran(1, alone.Infer, alone.Infer);
            return -1;
        }
        var all = 0;
        for (var i = 0; i < items.Count; i++) all += items[i].Rows; // by index: an enumerator of an interface is garbage
        var buffers = Tensors.Rent(all);
        try
        {
            var seconds = Run(items, buffers, all);
            Tensors.Return(buffers);
            return seconds;
        }
        catch
        {
            buffers.Dispose();
            throw;
        }
    }

    private double Run(IReadOnlyList<BatchItem> items, BatchBuffers buffers, int all)
    {
        var began = Stopwatch.GetTimestamp();
        var rows = 0;
        for (var i = 0; i < items.Count; i++)
        {
            var item = (ModelItem)items[i];
            if (!Attempt(item, buffers, rows, write: true)) continue;
            item.Row = rows;
            rows += item.Rows;
        }
        if (rows == 0) return -1;
        var written = Stopwatch.GetTimestamp();
        var cancellation = items.Count == 1 && _batcher.Cost.PerRow * rows > CancellableSeconds ? items[0].Cancellation : CancellationToken.None;
        buffers.Run(rows, cancellation);
        var infer = Stopwatch.GetElapsedTime(written);
        for (var i = 0; i < items.Count; i++)
        {
            var mine = (ModelItem)items[i];
            if (mine.Row < 0) continue;
            mine.Infer = infer;
            Attempt(mine, buffers, mine.Row, write: false);
        }
        Counters.Ran(rows, infer, Stopwatch.GetElapsedTime(began, written));
        return rows == all ? infer.TotalSeconds : -1;
    }

    // What an item's own bytes break, breaks that item alone.
    private static bool Attempt(ModelItem item, BatchBuffers buffers, int row, bool write)
    {
        try
        {
            if (write) item.Write(buffers, row);
            else item.Read(buffers, row);
            return true;
        }
        catch (Exception failure)
        {
            item.Fail(failure);
            return false;
        }
    }
}
