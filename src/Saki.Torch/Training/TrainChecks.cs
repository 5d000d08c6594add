using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>What single ranges cannot say; those stand on the option records.</summary>
internal static class TrainChecks
{
    /// <exception cref="SakiException">Two options do not fit each other.</exception>
    internal static void Check(TrainOptions options)
    {
        var (dataset, trainer) = (options.Dataset, options.Trainer);
        var channels = dataset.Color == ColorKind.Gray ? 1 : 3;
        Require("dataset.mean", dataset.Mean.Count == 1 || dataset.Mean.Count == channels, $"1 or {channels} numbers", dataset.Mean.Count);
        Require("dataset.std", dataset.Std.Count == 1 || dataset.Std.Count == channels, $"1 or {channels} numbers", dataset.Std.Count);
        Require("trainer.accumulate", trainer.Accumulate <= trainer.BatchSize, $"at most trainer.batch_size, {trainer.BatchSize}", trainer.Accumulate);
        Require("trainer.start_size", trainer.StartSize is not { } side || side <= Math.Min(dataset.Width, dataset.Height),
            $"at most the pictures' size, {Math.Min(dataset.Width, dataset.Height)}", trainer.StartSize);
    }

    private static void Require(string key, bool holds, string expected, object? got)
    {
        if (!holds) throw new SakiException($"Reading {key}", expected, FormattableString.Invariant($"{got}"), "Correct it in conf/ or on the command line.");
    }
}
