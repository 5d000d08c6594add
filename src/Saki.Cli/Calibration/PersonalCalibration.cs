using System.Globalization;
using Saki.Calibration;
using Saki.Cli.Training;
using Saki.Configuration;
using Saki.Datasets;
using Saki.Inference.Calibration;
using Saki.Inference.Evaluation;
using Saki.Pipelines;
using Saki.Torch.Networks;
using Saki.Torch.Training;
using Saki.Vision;

namespace Saki.Cli.Calibration;

/// <summary>What a calibration is asked to do.</summary>
internal sealed record CalibrationAsk
{
    /// <summary>A zip or folder of class folders.</summary>
    public required string Pictures { get; init; }

    public required CalibrationBase Base { get; init; }

    public required CalibrationPolicy Policy { get; init; }

    /// <summary>The frozen test set; null: that of the data that the base learned from.</summary>
    public string? Test { get; init; }

    /// <summary>Takes <c>package</c>, and <c>work</c> while it goes on: everything about the person that this makes lies in it.</summary>
    public required string Folder { get; init; }

    public required SakiHome Home { get; init; }

    public required NetworkRegistry Networks { get; init; }

    public required TimeProvider Time { get; init; }
}

/// <summary>
/// Fits a model to one person, in the order in which it happens: 1 pictures, cut to what the model sees; 2 split without near copies on both sides; 3 rehearsed pictures of the frozen
/// training data; 4 fine-tuning from the base's best weights; 5 export and package; 6 both packages asked about held-back pictures and the frozen test set; 7 the gate.
/// </summary>
internal static class PersonalCalibration
{
    private const ulong Seed = 2026;
    private const int MostNamed = 100, Batch = 32;

    /// <exception cref="SakiException">The pictures, the base or its data cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left but the older package, if there was one.</exception>
    public static CalibrationReport Run(CalibrationAsk ask, CalibrationProgress progress, CancellationToken cancel)
    {
        var began = ask.Time.GetTimestamp();
        var work = new SakiHome(Path.Combine(ask.Folder, "work"));
        Remove(work.Root);
        work.EnsureWritable();
        try
        {
            var report = Run(ask, work, progress, cancel);
            return CalibrationGate.Judge(report, ask.Policy) with { Seconds = Math.Round(ask.Time.GetElapsedTime(began).TotalSeconds, 1) };
        }
        finally
        {
            Remove(work.Root);
        }
    }

    private static CalibrationReport Run(CalibrationAsk ask, SakiHome work, CalibrationProgress progress, CancellationToken cancel)
    {
        // 1
        progress.Say(0.01, "reading the pictures");
        var package = ask.Base.Package;
        var found = PersonalPictures.Read(ask.Pictures, package.Pipeline.Labels, CalibrationProof.Refuse);
        var (own, leftOut) = See(found, package.Pipeline, cancel);

        // 2
        var split = PersonalSplit.Of(own, package.Pipeline.Labels.Count, ask.Policy.HeldBack, Seed);

        // 3
        progress.Say(0.06, "choosing pictures to rehearse");
        var options = TrainConfig.Bind((ConfigMap)ConfigYaml.Parse(File.ReadAllText(ask.Base.Config), "config.yaml"), ask.Networks);
        using var frozen = new DatasetStore(ask.Home);
        var version = frozen.Load(ask.Base.Data);
        var learned = TrainingSplit.Of(version, options.Dataset.ValFraction, (ulong)options.Seed);
        using var store = new DatasetStore(work);
        var source = new RehearsalSource(version.Classes, learned.Train, learned.Val, frozen.Read, sample => SampleLook.At(frozen.Read(sample)));
        var set = CalibrationSet.Build(store, own, split, source, ask.Policy, Seed, ask.Time.GetUtcNow());
        progress.Tell($"{set.Learned} of your {set.Pictures} pictures to learn from, {split.Count(one => one == Split.Test)} held back, {set.Rehearsed:N0} rehearsed ({set.Dropped} that look like yours left out)");

        // 4
        var calibrated = Finetune(ask, options, work, store, set, progress, cancel);

        // 5, 6
        using (calibrated)
        {
            progress.Say(0.85, "exporting and comparing");
            var after = TrainedPackage.Write(calibrated, Finetuning(ask, options, package), set.Version, store, Path.Combine(ask.Folder, "package"), ask.Time, progress.Terminal);
            progress.Say(0.9, "asking both models about the held-back pictures and the frozen test set");
            var held = set.Version.Of(Split.Test).Select(sample => new LabelledSample(sample.Path, sample.Label, sample.Digest, () => store.Read(sample))).ToList();
            var (test, name) = Test(ask, version, learned, set, frozen, own, split);
            var report = CalibrationProof.Ask(package, after, set, held, test, name, cancel);
            return report with { LeftOut = [.. leftOut.Take(MostNamed)], Missing = found.Missing };
        }
    }

    private static (List<PersonalSample> Own, List<LeftOut> LeftOut) See(PersonalPictures found, Pipeline pipeline, CancellationToken cancel)
    {
        using var faces = new PersonalFaces(pipeline);
        var seen = found.Pictures.AsParallel().AsOrdered().WithCancellation(cancel).Select(picture => (picture, Look: faces.See(picture.Bytes))).ToList();
        return ([.. seen.Where(one => one.Look.Seen is not null).Select(one => new PersonalSample(one.picture.Name, one.picture.Label, one.Look.Seen!, one.Look.Facts))],
            [.. found.LeftOut, .. seen.Where(one => one.Look.Seen is null).Select(one => new LeftOut(one.picture.Name, one.Look.Problem!))]);
    }

    private static TrainedModel Finetune(CalibrationAsk ask, TrainOptions options, SakiHome work, DatasetStore store, CalibrationSet set, CalibrationProgress progress, CancellationToken cancel)
    {
        var request = new TrainRequest
        {
            Options = Finetuning(ask, options, ask.Base.Package),
            Config = File.ReadAllText(ask.Base.Config),
            Dataset = set.Version,
            Objects = store.Objects,
            Home = work,
            RunId = ask.Base.Run.RunId,
            RunFolder = Path.Combine(work.Root, "run"),
            Networks = ask.Networks,
            Time = ask.Time,
        };
        var result = Train.Run(request, progress.Training, cancel);
        return result.Model ?? throw new OperationCanceledException(cancel);
    }

    // The run's own options, but for what makes a short and gentle training of it: a small rate from the best weights on, no growing pictures, no end by the clock.
    private static TrainOptions Finetuning(CalibrationAsk ask, TrainOptions options, Package package) => options with
    {
        Weights = new WeightsOptions { From = BestWeights(ask.Base) },
        Optimizer = new OptimizerOptions { Name = "sgd", Lr = ask.Policy.Lr, WeightDecay = options.Optimizer.WeightDecay, ClipNorm = 5 },
        Schedule = new ScheduleOptions { Name = "one_cycle", Warmup = 0.1 },
        Trainer = options.Trainer with
        {
            Epochs = ask.Policy.Epochs,
            Seconds = null,
            BatchSize = Batch,
            Threads = Processors() ?? options.Trainer.Threads,
            Accumulate = 1,
            StartSize = null,
            Sampling = "shuffled",
            Device = "cpu",
            Precision = "fp32",
            Ema = 0,
            EvaluateEvery = 1,
            Monitor = "val_loss",
            KeepBest = 1,
            Patience = 0,
            CheckpointEvery = 0,
        },
        Package = options.Package with { Name = package.Model, Faces = package.Pipeline.Faces },
    };

    // As many as the worker gives to this job; teams that are larger than their share stand in each other's way.
    private static int? Processors() => int.TryParse(Environment.GetEnvironmentVariable("OMP_NUM_THREADS"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= 1024 ? count : null;

    private static string BestWeights(CalibrationBase origin)
    {
        var folder = Path.Combine(origin.Run.Path, "checkpoints");
        var last = Path.Combine(folder, "last.safetensors");
        var best = File.Exists(last) ? Path.Combine(folder, FormattableString.Invariant($"epoch-{Checkpoint.ReadState(last).BestEpoch:d4}.safetensors")) : "";
        return File.Exists(best) ? best
            : throw new SakiException("Calibrating", "the best checkpoint of the run that made the model", $"none in run {origin.Run.RunId[..12]}", $"Train it again: saki train --resume {origin.Run.RunId[..12]}");
    }

    // What looks like a picture that was learned from proves nothing.
    private static (IReadOnlyList<LabelledSample> Samples, string Name) Test(CalibrationAsk ask, DatasetVersion version, TrainingSplit learned, CalibrationSet set, DatasetStore frozen, IReadOnlyList<PersonalSample> own, IReadOnlyList<Split> split)
    {
        var mine = new Likeness(own.Where((_, i) => split[i] != Split.Test).Select(sample => sample.Facts));
        var (all, from, name) = (version, frozen, "");
        if (ask.Test is { } asked)
        {
            all = frozen.Load(DatasetReference.Parse(asked));
            if (!all.Classes.SequenceEqual(version.Classes)) throw new SakiException("Reading the frozen test set", $"the classes {string.Join(", ", version.Classes)}", string.Join(", ", all.Classes), "Name another one.");
            name = asked;
        }
        Sample[] candidates = [.. all.Of(Split.Test)];
        if (candidates.Length > 0) name = $"{all.Summary}:test";
        else
        {
            // A version without a test split: what its validation has and this training did not see.
            var seen = set.Version.Samples.Select(sample => sample.Digest).ToHashSet();
            (candidates, name) = ([.. learned.Val.Where(sample => !seen.Contains(sample.Digest))], $"{all.Summary}:val");
        }
        var step = Math.Max(1, (double)candidates.Length / ask.Policy.TestSamples);
        var chosen = Enumerable.Range(0, Math.Min(candidates.Length, ask.Policy.TestSamples)).Select(i => candidates[(int)(i * step)]).ToList();
        var samples = chosen.AsParallel().AsOrdered().Where(sample => !mine.Has(SampleLook.At(from.Read(sample)))).Select(sample => new LabelledSample(sample.Path, sample.Label, sample.Digest, () => from.Read(sample))).ToList();
        return samples.Count > 0 ? (samples, name) : throw new SakiException("Proving the calibrated model", "a frozen test set", $"none: {version.Summary} has no test split and too few validation pictures", "Name one in the model's policy: data: NAME@DIGEST:test.");
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
