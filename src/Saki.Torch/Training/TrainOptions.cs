using Saki.Configuration;
using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>Everything a training is asked to do, as composed from <c>conf/</c> and the command line's overrides; immutable, kept in every checkpoint.</summary>
public sealed record TrainOptions
{
    /// <summary>Seeds initial weights, order, augmentation and dropout. Equal seeds give equal bits on the same machine type and thread count. Default 0.</summary>
    [Within(0, int.MaxValue)] public int Seed { get; init; }

    /// <summary>What is learned from.</summary>
    public required DatasetOptions Dataset { get; init; }

    /// <summary>Which network learns.</summary>
    public required NetworkOptions Network { get; init; }

    /// <summary>Start values from a file, and what of the network learns how fast.</summary>
    public WeightsOptions Weights { get; init; } = new();

    /// <summary>How training pictures are varied.</summary>
    public AugmentOptions Augment { get; init; } = new();

    /// <summary>What is minimised.</summary>
    public LossOptions Loss { get; init; } = new();

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
    [Within(0.01, 0.5)] public double ValFraction { get; init; } = 0.1;

    /// <summary>The network's input width in pixels, 8 to 1024. Default 48.</summary>
    [Within(8, 1024)] public int Width { get; init; } = 48;

    /// <summary>The network's input height in pixels, 8 to 1024. Default 48.</summary>
    [Within(8, 1024)] public int Height { get; init; } = 48;

    /// <summary>The network's input channels. Default grey.</summary>
    public ColorKind Color { get; init; } = ColorKind.Gray;

    /// <summary>What happens to the aspect ratio of pictures of another size. Default stretch.</summary>
    public ResizeMode Resize { get; init; } = ResizeMode.Stretch;

    /// <summary>Mean of pixel values in 0..1, one value or one per channel. Default 0.5.</summary>
    [Within(0, 1)] public IReadOnlyList<float> Mean { get; init; } = [0.5f];

    /// <summary>Standard deviation of pixel values in 0..1, one value or one per channel. Default 0.25.</summary>
    [Within(0, 1, AboveLeast = true)] public IReadOnlyList<float> Std { get; init; } = [0.25f];
}

/// <summary>A registered network by name and its own options.</summary>
public sealed record NetworkOptions
{
    /// <summary>A name of <see cref="Networks.NetworkRegistry"/>. Default <c>emotion_cnn</c>.</summary>
    public string Name { get; init; } = "emotion_cnn";

    /// <summary>The network's own options: a record of the type that <see cref="Networks.NetworkRegistry.OptionsOf"/> says; null for its defaults.</summary>
    public object? Options { get; init; }
}

/// <summary>Where weights come from, and which of them learn how fast. Patterns are parameter names in which <c>*</c> stands for any text.</summary>
public sealed record WeightsOptions
{
    /// <summary>A file of start values: <c>.safetensors</c>, or <c>.pth</c>, <c>.pt</c>, <c>.th</c> of PyTorch; null (default) for none. A head for another number of classes starts anew.</summary>
    public string? From { get; init; }

    /// <summary>Parameters that do not learn, e.g. <c>layer1.*</c>. Default none.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>Parameters that learn at a part of the rate; the first pattern that fits counts. Default none.</summary>
    public IReadOnlyList<RateOptions> Rates { get; init; } = [];
}

/// <summary>A learning rate of its own.</summary>
public sealed record RateOptions
{
    /// <summary>Which parameters.</summary>
    public required string Match { get; init; }

    /// <summary>Factor on the learning rate, 0 to 1000.</summary>
    [Within(0, 1000)] public required double Lr { get; init; }
}

/// <summary>What the finished package says of itself.</summary>
public sealed record PackageOptions
{
    /// <summary>The model's name; null (default) for the data set's name and the network's.</summary>
    public string? Name { get; init; }

    /// <summary>Whether faces are found first when serving. Default none.</summary>
    public FaceMode Faces { get; init; } = FaceMode.None;

    /// <summary>The model answers with the mean of a picture's logits and its mirror image's: more accurate, twice the time. Validation does the same. Default false.</summary>
    public bool Mirror { get; init; }
}
