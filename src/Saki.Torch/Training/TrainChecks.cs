using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>Ranges of the options, checked before anything is read or written, and the pipeline that they ask for.</summary>
internal static class TrainChecks
{
    /// <exception cref="SakiException">Names the first option outside its range.</exception>
    internal static void Check(TrainOptions options)
    {
        var (dataset, trainer, optimizer, schedule) = (options.Dataset, options.Trainer, options.Optimizer, options.Schedule);
        Require("seed", options.Seed >= 0, "0 or above", options.Seed);
        Require("dataset.width", dataset.Width is >= 8 and <= 1024, "8 to 1024 pixels", dataset.Width);
        Require("dataset.height", dataset.Height is >= 8 and <= 1024, "8 to 1024 pixels", dataset.Height);
        var channels = dataset.Color == ColorKind.Gray ? 1 : 3;
        Require("dataset.mean", dataset.Mean.Count == 1 || dataset.Mean.Count == channels, $"1 or {channels} numbers", dataset.Mean.Count);
        Require("dataset.std", (dataset.Std.Count == 1 || dataset.Std.Count == channels) && dataset.Std.All(std => std > 0), $"1 or {channels} numbers above 0", string.Join(", ", dataset.Std));
        Require("trainer.epochs", trainer.Epochs is >= 1 and <= 100_000, "1 to 100000", trainer.Epochs);
        Require("trainer.seconds", trainer.Seconds is null or > 0, "a number above 0, or null", trainer.Seconds);
        Require("trainer.batch_size", trainer.BatchSize is >= 1 and <= 65_536, "1 to 65536", trainer.BatchSize);
        Require("trainer.precision", trainer.Precision is "fp32" or "bf16", "fp32 or bf16", trainer.Precision);
        Require("trainer.threads", trainer.Threads is >= 0 and <= 1024, "0 (all) to 1024", trainer.Threads);
        Require("trainer.label_smoothing", trainer.LabelSmoothing is >= 0 and < 1, "0 to below 1", trainer.LabelSmoothing);
        Require("trainer.ema", trainer.Ema is >= 0 and < 1, "0 (none) to below 1", trainer.Ema);
        Require("trainer.checkpoint_every", trainer.CheckpointEvery >= 0, "0 or above", trainer.CheckpointEvery);
        Require("optimizer.lr", optimizer.Lr is > 0 and < double.PositiveInfinity, "a number above 0", optimizer.Lr);
        Require("optimizer.momentum", optimizer.Momentum is >= 0 and < 1, "0 to below 1", optimizer.Momentum);
        Require("optimizer.weight_decay", optimizer.WeightDecay is >= 0 and < double.PositiveInfinity, "0 or above", optimizer.WeightDecay);
        Require("schedule.name", Schedule.Names.Contains(schedule.Name), string.Join(", ", Schedule.Names), schedule.Name);
        Require("schedule.warmup", schedule.Warmup is >= 0 and < 1, "0 to below 1", schedule.Warmup);
        Require("schedule.start", schedule.Start is >= 0 and <= 1, "0 to 1", schedule.Start);
        Require("schedule.end", schedule.End is >= 0 and <= 1, "0 to 1", schedule.End);
    }

    /// <summary>Serving uses this very description: y = (x/255 − mean)/std.</summary>
    internal static Pipeline PipelineOf(TrainOptions options, IReadOnlyList<string> labels) => new()
    {
        Input = new InputSpec(options.Dataset.Color, options.Dataset.Width, options.Dataset.Height),
        Resize = new ResizeSpec(options.Dataset.Resize, Interpolation.Bilinear, Antialias: true),
        Normalize = new NormalizeSpec { Scale = 1f / 255, Mean = options.Dataset.Mean, Std = options.Dataset.Std },
        Faces = options.Package.Faces,
        Labels = labels,
    };

    private static void Require(string key, bool holds, string expected, object? got)
    {
        if (!holds) throw new SakiException($"Reading {key}", expected, FormattableString.Invariant($"{got}"), "Correct it in conf/ or on the command line.");
    }
}
