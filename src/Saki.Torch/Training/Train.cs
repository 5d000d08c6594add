using System.Runtime.ExceptionServices;
using Saki.Pipelines;
using Saki.Torch.Networks;
using Saki.Torch.Nn;
using Saki.Torch.Optim;
using Saki.Torch.Weights;

namespace Saki.Torch.Training;

/// <summary>
/// Trains one network. The whole procedure, in the order in which it happens:
/// <list type="number">
/// <item>threads and seed</item>
/// <item>data: split, packed samples, batches</item>
/// <item>network with its start values, averaged weights, optimiser, loss</item>
/// <item>where a checkpoint left off</item>
/// <item>epochs of steps: rate, forward, loss, backward, update</item>
/// <item>evaluation on the validation split</item>
/// <item>checkpoints: last, the best few</item>
/// <item>the model with the best weights</item>
/// </list>
/// A step depends on the seed and its number only (order, variation and dropout are drawn from them), so a run that was interrupted, also by
/// <c>kill -9</c>, and resumed ends with the same bits as one that was not (on the CPU, with equal threads, and without a limit in seconds).
/// The test split is never read: <see cref="SampleCache"/> refuses its samples.
/// </summary>
public static class Train
{
    private const int EvaluationBatch = 256;
    private const int StartSamples = 2048; // pictures that a network may take its start values from
    private const double ExplodedLoss = 1000; // nats; even wrong with all certainty float32 gives about 100
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
        var (trainer, time, profile) = (options.Trainer, request.Time, request.Profile);
        TrainChecks.Check(options);

        // 1 Threads and seed
        var threads = trainer.Threads > 0 ? trainer.Threads : Environment.ProcessorCount;
        var seed = (ulong)options.Seed;
        var device = Device.Parse(trainer.Device);
        var replica = Replica.Only;
        torch.set_num_threads(threads);
        torch.manual_seed(seed);

        // 2 Data
        var pipeline = TrainConfig.PipelineOf(options, request.Dataset.Classes);
        var split = TrainingSplit.Of(request.Dataset, options.Dataset.ValFraction, seed);
        SampleCache trainSamples, valSamples;
        try
        {
            trainSamples = SampleCache.Open(request.Home, request.Objects, request.Dataset.Digest, split.Train, pipeline, threads, cancellation);
            valSamples = SampleCache.Open(request.Home, request.Objects, request.Dataset.Digest, split.Val, pipeline, threads, cancellation);
        }
        catch (OperationCanceledException)
        {
            return new TrainResult(null, null);
        }
        using var disposeTrain = trainSamples;
        using var disposeVal = valSamples;
        var batches = new Batches(trainSamples, pipeline, new TrainingBatches(trainer.BatchSize, options.Augment, seed, trainer.Sampling == "class_balanced", trainer.Workers));
        var evaluation = new Evaluation(new Batches(valSamples, pipeline, EvaluationBatch), pipeline, device, options.Package.Mirror);
        var totalSteps = (long)batches.Steps * trainer.Epochs;

        // 3 Network with its start values, averaged weights, optimiser, loss
        var shape = new NetworkShape(pipeline.Input.Channels, pipeline.Input.Height, pipeline.Input.Width, pipeline.Labels.Count);
        using var network = request.Networks.Create(options.Network.Name, options.Network.Options, shape);
        if (!request.Resume) Start(network, options.Weights, new Batches(trainSamples, pipeline, Math.Min(StartSamples, trainSamples.Count)), pipeline.Input, report);
        network.to(device: device, format: trainer.ChannelsLast ? MemoryFormat.channels_last : MemoryFormat.contiguous);
        using var averaged = trainer.Ema > 0 ? AveragedWeights.Of(network) : null;
        using var optimizer = Optimizers.Create(options.Optimizer, options.Weights, network);
        using var objective = new Loss(options.Loss, trainSamples.Labels, shape.Classes, device);
        var parameters = network.parameters();

        // 4 Where a checkpoint left off
        var files = new CheckpointFiles(request.RunFolder);
        var state = TrainState.Start(request);
        if (request.Resume) state = Checkpoint.Load(files.Last, request, network, averaged, optimizer);

        var clock = new RunClock(time, state.Seconds);
        string Save(TrainState at)
        {
            Checkpoint.Save(files.Last, at, network, averaged, optimizer);
            return files.Last;
        }

        // 5 Epochs of steps
        var spent = trainer.Seconds is { } limit && clock.Seconds >= limit;
        while (state.Epoch < trainer.Epochs && !spent && !state.StandsStill(trainer.Monitor, trainer.Patience))
        {
            network.train().recompute(trainer.Recompute);
            var meter = new SpeedMeter(time, BetweenReports);
            var epochStarted = clock.Seconds;
            var rate = 0.0;
            profile?.Enter("wait for the loader");
            foreach (var batch in batches.Epoch(state.Epoch, state.StepInEpoch, profile))
            {
                using var scope = torch.NewDisposeScope();
                torch.manual_seed(seed + (0x9E3779B97F4A7C15UL * (ulong)(state.Step + 1))); // dropout of this step
                var progress = Math.Max(
                    totalSteps > 1 ? state.Step / (double)(totalSteps - 1) : 1,
                    trainer.Seconds is { } seconds ? clock.Seconds / seconds : 0);
                optimizer.lr = rate = options.Optimizer.Lr * Schedule.At(options.Schedule, progress, Schedule.Plateaus(state.Monitored(trainer.Monitor), options.Schedule.Patience));

                optimizer.zero_grad();
                var value = 0.0;
                for (var piece = 0; piece < trainer.Accumulate; piece++)
                {
                    using var pieceScope = torch.NewDisposeScope();
                    profile?.Enter("copy");
                    var (first, count) = replica.Piece(batch.Count, piece, trainer.Accumulate);
                    var (images_NCHW, labels_N) = batch.ToTensors(pipeline.Input, device, first, count);
                    var others_N = batch.OthersToTensor(device, first, count);
                    profile?.Enter("forward");
                    var logits_NK = Forward(network, Resized(images_NCHW, pipeline.Input, trainer, progress), trainer);
                    var loss = objective.Of(logits_NK, labels_N, others_N, batch.Kept).mul(count / (double)batch.Count);
                    value += loss.item();
                    if (!(Math.Abs(value) < ExplodedLoss)) throw Diverged(value, batch, trainSamples, state, files);
                    profile?.Enter("backward");
                    loss.backward();
                }
                profile?.Enter("optimizer");
                if (options.Optimizer.ClipNorm is { } most) clip.clip_grad_norm_(parameters, most);
                optimizer.step();
                averaged?.Follow(network, trainer.Ema, state.Step);

                state = state with
                {
                    StepInEpoch = state.StepInEpoch + 1,
                    Step = state.Step + 1,
                    LossSum = state.LossSum + value,
                    LossCount = state.LossCount + 1,
                    Seconds = clock.Seconds,
                };
                meter.Add(batch.Count, value);
                if (meter.ReportDue)
                    report(meter.Report(state, trainer, totalSteps, rate, clock.Seconds));
                if (trainer.CheckpointEvery > 0 && state.Step % trainer.CheckpointEvery == 0 && state.StepInEpoch < batches.Steps) Save(state);
                if (cancellation.IsCancellationRequested) return new TrainResult(null, Save(state));
                spent = trainer.Seconds is { } end && clock.Seconds >= end;
                if (spent) break;
                profile?.Enter("wait for the loader");
            }
            state = state with { Epoch = state.Epoch + 1, StepInEpoch = 0, Seconds = clock.Seconds };

            // 6 Evaluation
            EpochMetrics? metrics = null;
            if (spent || state.Epoch == trainer.Epochs || state.Epoch % trainer.EvaluateEvery == 0)
            {
                profile?.Enter("evaluation");
                var figures = averaged is null ? evaluation.Run(network) : averaged.Within(network, () => evaluation.Run(network));
                metrics = new EpochMetrics(state.Epoch, state.Step, state.LossSum / Math.Max(1, state.LossCount), figures.Loss, figures.Accuracy, figures.BalancedAccuracy,
                    rate, meter.ImagesPerSecond, clock.Seconds - epochStarted, RunClock.PeakMemoryMegabytes());
                state = state with { History = [.. state.History, metrics], LossSum = 0, LossCount = 0, Seconds = clock.Seconds };
            }

            // 7 Checkpoints
            profile?.Enter("checkpoint");
            if (metrics is not null && state.WithKept(metrics, trainer) is { } kept)
            {
                state = kept;
                Checkpoint.SaveWeights(files.Of(metrics.Epoch), state, network, averaged);
            }
            Save(state);
            files.RemoveAllBut(state.Kept);
            profile?.Enter(null);
            if (metrics is not null) report(meter.Report(state, trainer, totalSteps, rate, clock.Seconds) with { Epoch = metrics.Epoch, Finished = metrics });
            if (cancellation.IsCancellationRequested && state.Epoch < trainer.Epochs) return new TrainResult(null, files.Last);
        }

        // 8 The model with the best weights
        var model = request.Networks.Create(options.Network.Name, options.Network.Options, shape);
        Checkpoint.LoadWeights(files.Of(state.BestEpoch), request, model);
        if (options.Package.Mirror) model = new MirrorAveraged(model);
        model.eval();
        return new TrainResult(
            new TrainedModel(model, options.Network.Name, pipeline, request.Dataset.Digest, request.RunId, state.History.First(epoch => epoch.Epoch == state.BestEpoch), state.History),
            files.Last);
    }

    // Values from a file last: they count more than what the network makes of the pictures.
    private static void Start(Module network, WeightsOptions weights, Batches samples, InputSpec input, Action<TrainProgress> report)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        network.start_from(samples.Epoch(0).First().ToTensors(input, torch.CPU).Images_NCHW);
        if (weights.From is { } path) report(new TrainProgress { Note = WeightFile.LoadInto(network, path).Sentence(path) });
    }

    // Small pictures at first cost a part of the time and teach the rough shapes; sides grow in steps of 4.
    private static Tensor Resized(Tensor images_NCHW, InputSpec input, TrainerOptions trainer, double progress)
    {
        if (trainer.StartSize is not { } start || progress >= trainer.GrowUntil) return images_NCHW;
        var smaller = Math.Min(input.Width, input.Height);
        var side = start + ((smaller - start) * progress / trainer.GrowUntil);
        int Of(int full) => Math.Min(full, (int)Math.Round(full * side / smaller / 4) * 4);
        return Of(input.Width) == input.Width ? images_NCHW : functional.interpolate(images_NCHW, (Of(input.Height), Of(input.Width)), bilinear: true);
    }

    // Autocast covers the forward pass only; the loss is always computed in float32.
    private static Tensor Forward(Module network, Tensor images_NCHW, TrainerOptions trainer)
    {
        if (trainer.Precision != "bf16") return network.forward(images_NCHW);
        using (torch.autocast(images_NCHW.device.Type)) return network.forward(images_NCHW).to(torch.float32);
    }

    private static SakiException Diverged(double loss, Batch batch, SampleCache samples, TrainState state, CheckpointFiles files)
    {
        var names = batch.Samples.Take(Math.Min(batch.Count, 5)).Select(sample => samples.Samples[sample].Path);
        var more = batch.Count > 5 ? $" and {batch.Count - 5} more" : "";
        var last = File.Exists(files.Last) ? $"The last good state is {files.Last}." : "No checkpoint was written yet.";
        return new SakiException($"Training at step {state.Step + 1} of epoch {state.Epoch + 1}", $"a finite loss below {ExplodedLoss}", $"{loss} on a batch with {string.Join(", ", names)}{more}",
            $"Try a smaller optimizer.lr. {last}");
    }
}
