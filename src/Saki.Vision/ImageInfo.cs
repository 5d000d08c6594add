namespace Saki.Vision;

/// <summary>What a picture's header says; pixels are not touched.</summary>
/// <param name="Format">How it is encoded.</param>
/// <param name="Width">Stored pixels across, before orientation.</param>
/// <param name="Height">Stored pixels down, before orientation.</param>
/// <param name="Orientation">EXIF orientation, 1 (upright) to 8.</param>
/// <param name="Frames">Frames or pages; 1 where the format has only one or does not say in its header.</param>
public sealed record ImageInfo(ImageFormat Format, int Width, int Height, int Orientation = 1, int Frames = 1)
{
    /// <summary>Pixels across once upright.</summary>
    public int UprightWidth => Orientation >= 5 ? Height : Width;

    /// <summary>Pixels down once upright.</summary>
    public int UprightHeight => Orientation >= 5 ? Width : Height;

    /// <summary>Width times height.</summary>
    public long Pixels => (long)Width * Height;
}
