using Saki.Configuration;

namespace Saki.Torch.Training;

/// <summary>
/// Changes drawn anew for each picture and epoch, each null where not wanted (all are, by default). They happen in the order in which they stand here,
/// and all geometry in one resampling, so that a picture is interpolated once at most.
/// </summary>
public sealed record AugmentOptions
{
    /// <summary>Mirror left and right.</summary>
    public FlipOptions? Flip { get; init; }

    /// <summary>Move by whole pixels: a crop of the picture with a border around it.</summary>
    public RandomCropOptions? RandomCrop { get; init; }

    /// <summary>Turn around the middle.</summary>
    public RotateOptions? Rotate { get; init; }

    /// <summary>Make larger or smaller around the middle.</summary>
    public ScaleOptions? Scale { get; init; }

    /// <summary>Shear and move by parts of the side.</summary>
    public AffineOptions? Affine { get; init; }

    /// <summary>Brightness, contrast, saturation, hue.</summary>
    public ColorJitterOptions? ColorJitter { get; init; }

    /// <summary>Paint a rectangle of random shape in the mean colour (Zhong et al., 2017).</summary>
    public ErasingOptions? Erasing { get; init; }

    /// <summary>Paint a square of fixed size in the mean colour (DeVries and Taylor, 2017).</summary>
    public CutoutOptions? Cutout { get; init; }

    /// <summary>Blend pictures of a batch pairwise, and their targets (Zhang et al., 2018).</summary>
    public MixupOptions? Mixup { get; init; }

    /// <summary>Paste a rectangle of another picture of the batch; targets by area (Yun et al., 2019). With <see cref="Mixup"/> a batch gets either, evenly.</summary>
    public CutmixOptions? Cutmix { get; init; }
}

/// <summary>How to mirror.</summary>
public sealed record FlipOptions
{
    /// <summary>Probability, 0 to 1. Default one half.</summary>
    [Within(0, 1)] public double P { get; init; } = 0.5;

    /// <summary>Every picture mirrored in exactly every second epoch, a random half of them in the first (airbench); then <see cref="P"/> does not count. Default false.</summary>
    public bool Alternating { get; init; }
}

/// <summary>What is seen beyond the border of a moved picture.</summary>
public enum BorderMode
{
    /// <summary>The picture mirrored, its last row not repeated.</summary>
    Reflect,
    /// <summary>Its last row again and again.</summary>
    Edge,
    /// <summary>The mean colour.</summary>
    Mean,
}

/// <summary>How far to move.</summary>
public sealed record RandomCropOptions
{
    /// <summary>Most pixels each way, 0 to a quarter of the smaller side. Default 4.</summary>
    [Within(0, 256)] public int Padding { get; init; } = 4;

    /// <summary>Beyond the border; holds for all geometry. Default reflect.</summary>
    public BorderMode Border { get; init; } = BorderMode.Reflect;
}

/// <summary>How far to turn.</summary>
public sealed record RotateOptions
{
    /// <summary>Most degrees each way, 0 to 180. Default 10.</summary>
    [Within(0, 180)] public double Degrees { get; init; } = 10;

    /// <summary>Probability, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>How much larger or smaller; drawn evenly in the logarithm.</summary>
public sealed record ScaleOptions
{
    /// <summary>Smallest factor, 0.25 to 4. Default 0.9.</summary>
    [Within(0.25, 4)] public double Least { get; init; } = 0.9;

    /// <summary>Largest factor, 0.25 to 4. Default 1.1.</summary>
    [Within(0.25, 4)] public double Most { get; init; } = 1.1;

    /// <summary>Probability, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>Shear and shift.</summary>
public sealed record AffineOptions
{
    /// <summary>Most degrees of shear each way, 0 to 60. Default 0.</summary>
    [Within(0, 60)] public double Shear { get; init; }

    /// <summary>Most shift each way as a part of the side, 0 to 0.5. Default 0.</summary>
    [Within(0, 0.5)] public double Translate { get; init; }

    /// <summary>Probability, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>Largest changes of colour. Factors are drawn from 1 − x to 1 + x.</summary>
public sealed record ColorJitterOptions
{
    /// <summary>Of all values, 0 to 1. Default 0.</summary>
    [Within(0, 1)] public double Brightness { get; init; }

    /// <summary>Of the distance to the picture's mean grey, 0 to 1. Default 0.</summary>
    [Within(0, 1)] public double Contrast { get; init; }

    /// <summary>Of the distance to each pixel's grey, 0 to 1; colour only. Default 0.</summary>
    [Within(0, 1)] public double Saturation { get; init; }

    /// <summary>Degrees around the grey axis each way, 0 to 180; colour only. Default 0.</summary>
    [Within(0, 180)] public double Hue { get; init; }

    /// <summary>Probability, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>The rectangle to paint over.</summary>
public sealed record ErasingOptions
{
    /// <summary>Probability, 0 to 1. Default one half.</summary>
    [Within(0, 1)] public double P { get; init; } = 0.5;

    /// <summary>Smallest part of the area, 0 to 1. Default 0.02.</summary>
    [Within(0, 1)] public double Least { get; init; } = 0.02;

    /// <summary>Largest part of the area, 0 to 1. Default 0.2.</summary>
    [Within(0, 1)] public double Most { get; init; } = 0.2;

    /// <summary>Longest side against the shorter, 1 to 10. Default 3.</summary>
    [Within(1, 10)] public double Aspect { get; init; } = 3;
}

/// <summary>The square to paint over; it may stick out of the picture.</summary>
public sealed record CutoutOptions
{
    /// <summary>Side in pixels, 1 to 1024. Default 8.</summary>
    [Within(1, 1024)] public int Size { get; init; } = 8;

    /// <summary>Probability, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>How much to blend: the part is drawn from Beta(alpha, alpha).</summary>
public sealed record MixupOptions
{
    /// <summary>Small values leave one picture almost alone; above 0 to 10. Default 0.2.</summary>
    [Within(0, 10, AboveLeast = true)] public double Alpha { get; init; } = 0.2;

    /// <summary>Probability for a batch, 0 to 1. Default 1.</summary>
    [Within(0, 1)] public double P { get; init; } = 1;
}

/// <summary>How much to paste: the kept part of the area is drawn from Beta(alpha, alpha).</summary>
public sealed record CutmixOptions
{
    /// <summary>1 draws evenly; above 0 to 10. Default 1.</summary>
    [Within(0, 10, AboveLeast = true)] public double Alpha { get; init; } = 1;

    /// <summary>Probability for a batch, 0 to 1. Default one half.</summary>
    [Within(0, 1)] public double P { get; init; } = 0.5;
}
