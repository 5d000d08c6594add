namespace Saki.Vision;

/// <summary>How a picture is encoded; recognised by its first bytes, never by its name.</summary>
public enum ImageFormat
{
    /// <summary>JPEG.</summary>
    Jpeg,
    /// <summary>PNG.</summary>
    Png,
    /// <summary>WebP.</summary>
    WebP,
    /// <summary>GIF (the first frame is taken).</summary>
    Gif,
    /// <summary>TIFF (the first page is taken).</summary>
    Tiff,
    /// <summary>AVIF.</summary>
    Avif,
    /// <summary>HEIC, where the libvips in use has it.</summary>
    Heic,
    /// <summary>Windows bitmap.</summary>
    Bmp,
    /// <summary>Binary PGM or PPM, 8 bits.</summary>
    Pnm,
}
