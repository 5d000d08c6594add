namespace Saki.Vision;

/// <summary>What is wrong with a picture.</summary>
public enum ImageFault
{
    /// <summary>The bytes are no picture of a known format.</summary>
    Unknown,
    /// <summary>The file ends too early.</summary>
    Truncated,
    /// <summary>The file breaks its format.</summary>
    Damaged,
    /// <summary>A known format, or a variant of one, that cannot be decoded here.</summary>
    Unsupported,
    /// <summary>Over a limit on bytes, pixels or frames.</summary>
    TooLarge,
}

/// <summary>A picture that cannot be used, and why.</summary>
public sealed class ImageException(ImageFault fault, string expected, string got, string? next = null, Exception? inner = null)
    : SakiException("Reading the picture", expected, got, next, inner)
{
    /// <summary>What is wrong.</summary>
    public ImageFault Fault { get; } = fault;
}
