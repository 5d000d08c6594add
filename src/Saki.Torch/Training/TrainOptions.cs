using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>Everything a training is asked to do, as composed from <c>conf/</c> and the command line's overrides; immutable, kept in every checkpoint.</summary>
public sealed record TrainOptions
{
    /// <summary>Seeds initial weights, order, augmentation and dropout. Equal seeds give equal bits on the same machine type and thread count. Default 0.</summary>
    public int Seed { get; init; }

    /// <summary>What is learned from.</summary>
    public required DatasetOptions Dataset { get; init; }

    /// <summary>Which network learns.</summary>
    public required NetworkOptions Network { get; init; }

    /// <summary>How training pictures are varied.</summary>
    public AugmentOptions Augment { get; init; } = new();

    /// <summary>How weights follow gradients.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>How the learning rate moves.</summary>
    public ScheduleOptions Schedule { get; init; } = new();

    /// <summary>How long and how.</summary>
    public TrainerOptions Trainer { get; init; } = new();

    /// <summary>What the finished package says.</summary>
    public PackageOptions Package { get; init; } = new();
}

/// <summary>The data set and what a picture becomes before the network sees it; the package serves with the same settings.</summary>
public sealed record DatasetOptions
{
    /// <summary>The data set's name, or <c>NAME@DIGEST-PREFIX</c> for one version.</summary>
    public required string Name { get; init; }

    /// <summary>When the version has no validation split: this part of each class of the training split, drawn with the seed; in 0.01..0.5. Default 0.1.</summary>
    public double ValFraction { get; init; } = 0.1;

    /// <summary>The network's input width in pixels, 8 to 1024. Default 48.</summary>
    public int Width { get; init; } = 48;

    /// <summary>The network's input height in pixels, 8 to 1024. Default 48.</summary>
    public int Height { get; init; } = 48;

    /// <summary>The network's input channels. Default grey.</summary>
    public ColorKind Color { get; init; } = ColorKind.Gray;

    /// <summary>What happens to the aspect ratio of pictures of another size. Default stretch.</summary>
    public ResizeMode Resize { get; init; } = ResizeMode.Stretch;

    /// <summary>Mean of pixel values in 0..1, one value or one per channel. Default 0.5.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0.5f];

    /// <summary>Standard deviation of pixel values in 0..1, one value or one per channel. Default 0.25.</summary>
    public IReadOnlyList<float> Std { get; init; } = [0.25f];
}

/// <summary>A registered network by name and its own options.</summary>
public sealed record NetworkOptions
{
    /// <summary>A name of <see cref="Networks.NetworkRegistry"/>. Default <c>emotion_cnn</c>.</summary>
    public string Name { get; init; } = "emotion_cnn";

    /// <summary>The network's own options: a record of the type that <see cref="Networks.NetworkRegistry.OptionsOf"/> says; null for its defaults.</summary>
    public object? Options { get; init; }
}

/// <summary>Changes drawn anew for each picture and epoch.</summary>
public sealed record AugmentOptions
{
    /// <summary>Mirror left and right with probability one half. Default true.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Move by up to so many pixels each way, borders reflected; 0 to a quarter of the smaller side. Default 4.</summary>
    public int Shift { get; init; } = 4;
}

/// <summary>The optimiser and its knobs; PyTorch's meanings.</summary>
public sealed record OptimizerOptions
{
    /// <summary><c>sgd</c> (Nesterov), <c>adam</c> or <c>adamw</c>. Default <c>sgd</c>.</summary>
    public string Name { get; init; } = "sgd";

    /// <summary>Peak learning rate; the schedule scales it. Above 0. Default 0.1.</summary>
    public double Lr { get; init; } = 0.1;

    /// <summary>Momentum of <c>sgd</c>, 0 to below 1. Default 0.9.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Weight decay of all parameters. At least 0. Default 5e-4.</summary>
    public double WeightDecay { get; init; } = 5e-4;
}

/// <summary>The learning rate over the training.</summary>
public sealed record ScheduleOptions
{
    /// <summary><c>one_cycle</c>, <c>cosine</c> or <c>constant</c>. Default <c>one_cycle</c>.</summary>
    public string Name { get; init; } = "one_cycle";

    /// <summary>Part of the training in which the rate rises, 0 to below 1. Default 0.25.</summary>
    public double Warmup { get; init; } = 0.25;

    /// <summary>Rate at the start as a part of the peak, 0 to 1. Default 0.1.</summary>
    public double Start { get; init; } = 0.1;

    /// <summary>Rate at the end as a part of the peak, 0 to 1. Default 0.001.</summary>
    public double End { get; init; } = 0.001;
}

/// <summary>Length, batch, precision, and what is written on the way.</summary>
public sealed record TrainerOptions
{
    /// <summary>Passes over the training split, 1 to 100,000. Default 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>
    /// Seconds of training after which it ends, the schedule having run down to its end; null for no limit (default). What comes first of this and
    /// <see cref="Epochs"/> counts. A training that a clock ends is not the same to the bit when repeated.
    /// </summary>
    public double? Seconds { get; init; }

    /// <summary>Pictures per step, 1 to 65,536. Default 128.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary><c>fp32</c> (default) or <c>bf16</c> (autocast in the forward pass: faster only where the processor has bf16 instructions).</summary>
    public string Precision { get; init; } = "fp32";

    /// <summary>Threads of the engine; 0 (default) for the processor's cores, as far as this process may use them.</summary>
    public int Threads { get; init; }

    /// <summary><c>cpu</c> (default) or <c>cuda</c> where the linked libtorch has it.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Part of the target spread over all classes, 0 to below 1. Default 0.1.</summary>
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Decay per step of the averaged weights that are evaluated and packaged, in 0..1; 0 (default) for none.</summary>
    public double Ema { get; init; }

    /// <summary>Steps between checkpoints inside an epoch; 0 (default) for one at the end of each epoch only.</summary>
    public int CheckpointEvery { get; init; }
}

/// <summary>What the finished package says of itself.</summary>
public sealed record PackageOptions
{
    /// <summary>The model's name; null (default) for the data set's name and the network's.</summary>
    public string? Name { get; init; }

    /// <summary>Whether faces are found first when serving. Default none.</summary>
    public FaceMode Faces { get; init; } = FaceMode.None;
}
