namespace Saki.Vision;

/// <summary>How a picture is decoded and what is refused.</summary>
public sealed record DecodeOptions
{
    /// <summary>1 for grey (luma of BT.601), 3 for RGB. Default 3.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Largest encoded size in bytes. Default 100 MB; servers set less.</summary>
    public long MaxBytes { get; init; } = 100_000_000;

    /// <summary>Most pixels, checked against the header before anything is decoded. Default 40,000,000.</summary>
    public long MaxPixels { get; init; } = 40_000_000;

    /// <summary>Most frames of an animation or pages of a TIFF, of which the first is taken. Default 1,000.</summary>
    public int MaxFrames { get; init; } = 1000;

    /// <summary>
    /// The size that the picture will be brought to (as upright width and height); decoding may then stop at a smaller scale, never below one and a half times this size.
    /// Null (default) decodes all pixels.
    /// </summary>
    public (int Width, int Height)? Target { get; init; }

    /// <summary>True: a JPEG over <see cref="MaxPixels"/> is decoded at 1/2, 1/4 or 1/8 instead of being refused. Default false.</summary>
    public bool ShrinkLargeJpegs { get; init; }
}
