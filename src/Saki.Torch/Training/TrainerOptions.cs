using Saki.Configuration;

namespace Saki.Torch.Training;

/// <summary>Length, batch, precision, and what is written on the way.</summary>
public sealed record TrainerOptions
{
    /// <summary>Passes over the training split, 1 to 100,000. Default 10.</summary>
    [Within(1, 100_000)] public int Epochs { get; init; } = 10;

    /// <summary>
    /// Seconds of training after which it ends, the schedule having run down to its end; null for no limit (default). What comes first of this and
    /// <see cref="Epochs"/> counts. A training that a clock ends is not the same to the bit when repeated.
    /// </summary>
    [Within(0, 1e9, AboveLeast = true)] public double? Seconds { get; init; }

    /// <summary>Pictures per step, 1 to 65,536. Default 128.</summary>
    [Within(1, 65_536)] public int BatchSize { get; init; } = 128;

    /// <summary>Pieces in which a step's gradient is computed, one after the other: less memory, the same step but for batch statistics. 1 to 1024. Default 1.</summary>
    [Within(1, 1024)] public int Accumulate { get; init; } = 1;

    /// <summary>Gradient checkpointing: blocks of the network are computed again in the backward pass instead of kept. The same figures with less memory, about a third slower. Default false.</summary>
    public bool Recompute { get; init; }

    /// <summary><c>shuffled</c> (default): every sample once an epoch; <c>class_balanced</c>: every class equally often, samples of small classes again and again.</summary>
    [OneOf("shuffled", "class_balanced")] public string Sampling { get; init; } = "shuffled";

    /// <summary>Side of the pictures at first, growing evenly to the data set's until <see cref="GrowUntil"/>; null (default): full size all the time. Needs a network that takes any size.</summary>
    [Within(8, 1024)] public int? StartSize { get; init; }

    /// <summary>Part of the training after which pictures have their full size, 0 to 1. Default 0.7.</summary>
    [Within(0, 1)] public double GrowUntil { get; init; } = 0.7;

    /// <summary><c>fp32</c> (default) or <c>bf16</c> (autocast in the forward pass: faster only where the processor has bf16 instructions).</summary>
    [OneOf("fp32", "bf16")] public string Precision { get; init; } = "fp32";

    /// <summary>Memory order of weights and pictures: channels last (default) suits convolutions on CPUs and on GPUs in bf16.</summary>
    public bool ChannelsLast { get; init; } = true;

    /// <summary>Threads of the engine; 0 (default) for the processor's cores, as far as this process may use them.</summary>
    [Within(0, 1024)] public int Threads { get; init; }

    /// <summary>Threads that prepare the next batch, 1 to 256. Changes speed and nothing else. Default 1.</summary>
    [Within(1, 256)] public int Workers { get; init; } = 1;

    /// <summary><c>cpu</c> (default) or <c>cuda</c> where the linked libtorch has it.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Decay per step of the averaged weights that are evaluated and packaged, in 0..1; 0 (default) for none.</summary>
    [Within(0, 1, BelowMost = true)] public double Ema { get; init; }

    /// <summary>Epochs between two evaluations, 1 to 100,000; the last is always evaluated. Default 1.</summary>
    [Within(1, 100_000)] public int EvaluateEvery { get; init; } = 1;

    /// <summary>The figure that says which epoch is best: <c>val_accuracy</c> (default), <c>val_balanced_accuracy</c> or <c>val_loss</c> (less is better).</summary>
    [OneOf("val_accuracy", "val_balanced_accuracy", "val_loss")] public string Monitor { get; init; } = "val_accuracy";

    /// <summary>How many of the best epochs' weights are kept, 1 to 100. Default 1.</summary>
    [Within(1, 100)] public int KeepBest { get; init; } = 1;

    /// <summary>Evaluations without a better <see cref="Monitor"/> after which the training ends; 0 (default): never.</summary>
    [Within(0, 100_000)] public int Patience { get; init; }

    /// <summary>Steps between checkpoints inside an epoch; 0 (default) for one at the end of each epoch only.</summary>
    [Within(0, int.MaxValue)] public int CheckpointEvery { get; init; }
}
