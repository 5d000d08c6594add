using System.Runtime.ExceptionServices;
using Saki.Pipelines;
using Saki.Torch.Networks;
using Saki.Torch.Nn;

namespace Saki.Torch.Training;

/// <summary>
/// Trains one network. The whole procedure, in the order in which it happens:
/// <list type="number">
/// <item>threads and seed</item>
/// <item>data: split, packed samples, batches</item>
/// <item>network, averaged weights, optimiser</item>
/// <item>where a checkpoint left off</item>
/// <item>epochs of steps: rate, forward, loss, backward, update</item>
/// <item>evaluation on the validation split</item>
/// <item>checkpoints: last, best</item>
/// <item>the model with the best weights</item>
/// </list>
/// A step depends on the seed and its number only (order, variation and dropout are drawn from them), so a run that was interrupted, also by
/// <c>kill -9</c>, and resumed ends with the same bits as one that was not (on the CPU, with equal threads, and without a limit in seconds).
/// The test split is never read.
/// </summary>
public static class Train
{
    private const int EvaluationBatch = 256;
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(200);

    /// <summary>Trains to the end, or until <paramref name="cancellation"/>: then a checkpoint is saved after the current step.</summary>
    /// <param name="request">What to train and where.</param>
    /// <param name="report">Called on the training's thread a few times a second and after each epoch; must not block.</param>
    /// <param name="cancellation">Ends the training cleanly.</param>
    /// <exception cref="SakiException">The options, the data or a checkpoint cannot be used, or the loss is not a number any more.</exception>
    public static TrainResult Run(TrainRequest request, Action<TrainProgress> report, CancellationToken cancellation)
    {
        // libgomp makes one team of workers per calling thread: the training runs on one thread of its own from start to end.
        TrainResult? result = null;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try { result = RunHere(request, report, cancellation); }
            catch (Exception caught) { failure = ExceptionDispatchInfo.Capture(caught); }
        })
        { Name = "training" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static TrainResult RunHere(TrainRequest request, Action<TrainProgress> report, CancellationToken cancellation)
    {
        var options = request.Options;
        var (trainer, time) = (options.Trainer, request.Time);
        TrainChecks.Check(options);

        // 1 Threads and seed
        var threads = trainer.Threads > 0 ? trainer.Threads : Environment.ProcessorCount;
        var seed = (ulong)options.Seed;
        var device = Device.Parse(trainer.Device);
        torch.set_num_threads(threads);
        torch.manual_seed(seed);

        // 2 Data
        var pipeline = TrainChecks.PipelineOf(options, request.Dataset.Classes);
        var split = TrainingSplit.Of(request.Dataset, options.Dataset.ValFraction, seed);
        SampleCache trainSamples, valSamples;
        try
        {
            trainSamples = SampleCache.Open(request.Home, request.Objects, split.Train, pipeline, threads, cancellation);
            valSamples = SampleCache.Open(request.Home, request.Objects, split.Val, pipeline, threads, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new TrainResult(null, null);
        }
        using var disposeTrain = trainSamples;
        using var disposeVal = valSamples;
        var batches = new Batches(trainSamples, pipeline, trainer.BatchSize, new Augmentation(options.Augment, pipeline.Input), seed);
        var evaluation = new Batches(valSamples, pipeline, EvaluationBatch, null, seed);
        var totalSteps = (long)batches.Steps * trainer.Epochs;

        // 3 Network, averaged weights, optimiser
        var shape = new NetworkShape(pipeline.Input.Channels, pipeline.Input.Height, pipeline.Input.Width, pipeline.Labels.Count);
        using var network = request.Networks.Create(options.Network.Name, options.Network.Options, shape);
        network.to(device: device, format: MemoryFormat.channels_last);
        using var averaged = trainer.Ema > 0 ? AveragedWeights.Of(network) : null;
        using var optimizer = Optimizers.Create(options.Optimizer, network.parameters());

        // 4 Where a checkpoint left off
        var files = new CheckpointFiles(request.RunFolder);
        var state = TrainState.Start(request);
        if (request.Resume) state = Checkpoint.Load(files.Last, request, network, averaged, optimizer);
        var history = new List<EpochMetrics>(state.History);

        var clock = new RunClock(time, state.Seconds);
        string Save(TrainState at)
        {
            Checkpoint.Save(files.Last, at, network, averaged, optimizer);
            return files.Last;
        }

        // 5 Epochs of steps
        var spent = trainer.Seconds is { } limit && clock.Seconds >= limit;
        while (state.Epoch < trainer.Epochs && !spent)
        {
            network.train();
            var meter = new SpeedMeter(time, BetweenReports);
            var epochStarted = clock.Seconds;
            var rate = 0.0;
            foreach (var batch in batches.Epoch(state.Epoch, state.StepInEpoch))
            {
                using var scope = torch.NewDisposeScope();
                torch.manual_seed(seed + (0x9E3779B97F4A7C15UL * (ulong)(state.Step + 1))); // dropout of this step
                var progress = Math.Max(
                    totalSteps > 1 ? state.Step / (double)(totalSteps - 1) : 1,
                    trainer.Seconds is { } seconds ? clock.Seconds / seconds : 0);
                optimizer.lr = rate = options.Optimizer.Lr * Schedule.At(options.Schedule, progress);

                var (images_NCHW, labels_N) = batch.ToTensors(pipeline.Input, device);
                var loss = Forward(network, images_NCHW, labels_N, trainer);
                var value = loss.item();
                if (!double.IsFinite(value)) throw Diverged(value, batch, trainSamples, state, files);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                averaged?.Follow(network, trainer.Ema, state.Step);

                state = state with
                {
                    StepInEpoch = state.StepInEpoch + 1,
                    Step = state.Step + 1,
                    LossSum = state.LossSum + value,
                    Seconds = clock.Seconds,
                };
                meter.Add(batch.Count, value);
                if (meter.ReportDue)
                    report(meter.Report(state, trainer, totalSteps, rate, clock.Seconds));
                if (trainer.CheckpointEvery > 0 && state.Step % trainer.CheckpointEvery == 0 && state.StepInEpoch < batches.Steps) Save(state);
                if (cancellation.IsCancellationRequested) return new TrainResult(null, Save(state));
                spent = trainer.Seconds is { } end && clock.Seconds >= end;
                if (spent) break;
            }

            // 6 Evaluation
            var (valLoss, valAccuracy) = averaged is null
                ? Evaluate(network, evaluation, pipeline.Input, device)
                : averaged.Within(network, () => Evaluate(network, evaluation, pipeline.Input, device));
            var metrics = new EpochMetrics(state.Epoch + 1, state.Step, state.LossSum / Math.Max(1, state.StepInEpoch), valLoss, valAccuracy,
                rate, meter.ImagesPerSecond, clock.Seconds - epochStarted);
            history.Add(metrics);

            // 7 Checkpoints
            var better = valAccuracy > state.BestAccuracy;
            state = state with
            {
                Epoch = state.Epoch + 1,
                StepInEpoch = 0,
                LossSum = 0,
                Seconds = clock.Seconds,
                History = [.. history],
                BestAccuracy = better ? valAccuracy : state.BestAccuracy,
                BestEpoch = better ? metrics.Epoch : state.BestEpoch,
            };
            if (better) Checkpoint.SaveWeights(files.Best, state, network, averaged);
            Save(state);
            report(meter.Report(state, trainer, totalSteps, rate, clock.Seconds) with { Epoch = metrics.Epoch, Finished = metrics });
            if (cancellation.IsCancellationRequested && state.Epoch < trainer.Epochs) return new TrainResult(null, files.Last);
        }

        // 8 The model with the best weights
        var model = request.Networks.Create(options.Network.Name, options.Network.Options, shape);
        Checkpoint.LoadWeights(files.Best, request, model);
        model.eval();
        return new TrainResult(
            new TrainedModel(model, options.Network.Name, pipeline, request.Dataset.Digest, request.RunId, state.History[state.BestEpoch - 1], state.History),
            files.Last);
    }

    // Autocast covers the forward pass only; the loss is always computed in float32.
    private static Tensor Forward(Module network, Tensor images_NCHW, Tensor labels_N, TrainerOptions trainer)
    {
        Tensor logits_NK;
        if (trainer.Precision == "bf16")
        {
            using (torch.autocast(images_NCHW.device.Type)) logits_NK = network.forward(images_NCHW);
            logits_NK = logits_NK.to(torch.float32);
        }
        else
        {
            logits_NK = network.forward(images_NCHW);
        }
        return functional.cross_entropy(logits_NK, labels_N, label_smoothing: trainer.LabelSmoothing);
    }

    /// <summary>Mean cross-entropy (nats) and accuracy of <paramref name="network"/> in evaluation mode.</summary>
    private static (double Loss, double Accuracy) Evaluate(Module network, Batches batches, InputSpec input, Device device)
    {
        network.eval();
        using var noGrad = torch.no_grad();
        double loss = 0;
        long right = 0, count = 0;
        foreach (var batch in batches.Epoch(0))
        {
            using var scope = torch.NewDisposeScope();
            var (images_NCHW, labels_N) = batch.ToTensors(input, device);
            var logits_NK = network.forward(images_NCHW);
            loss += functional.cross_entropy(logits_NK, labels_N, reduction: Reduction.sum).item();
            right += logits_NK.argmax(1).eq(labels_N).sum().item_long();
            count += batch.Count;
        }
        return (loss / count, right / (double)count);
    }

    private static SakiException Diverged(double loss, Batch batch, SampleCache samples, TrainState state, CheckpointFiles files)
    {
        var names = batch.Samples.Take(Math.Min(batch.Count, 5)).Select(sample => samples.Samples[sample].Path);
        var more = batch.Count > 5 ? $" and {batch.Count - 5} more" : "";
        var last = File.Exists(files.Last) ? $"The last good state is {files.Last}." : "No checkpoint was written yet.";
        return new SakiException($"Training at step {state.Step + 1} of epoch {state.Epoch + 1}", "a finite loss", $"{loss} on a batch with {string.Join(", ", names)}{more}",
            $"Try a smaller optimizer.lr. {last}");
    }
}
