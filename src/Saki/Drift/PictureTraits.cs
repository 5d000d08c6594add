namespace Saki.Drift;

/// <summary>What is remembered of a picture that was looked at for drift; the picture itself is not.</summary>
public sealed record PictureTraits
{
    /// <summary>Mean luma, 0..255.</summary>
    public required double Brightness { get; init; }

    /// <summary>Standard deviation of the luma, 0 to 127.5.</summary>
    public required double Contrast { get; init; }

    /// <summary>Variance of the Laplacian.</summary>
    public required double Sharpness { get; init; }

    /// <summary>Square root of the number of pixels.</summary>
    public required double Size { get; init; }

    /// <summary>What the model answered.</summary>
    public required string Class { get; init; }

    /// <summary>The model's penultimate layer; empty where nobody asks for it.</summary>
    public float[] Embedding { get; init; } = [];
}
