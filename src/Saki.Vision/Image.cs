using System.Buffers;
using Saki.Engines;

namespace Saki.Vision;

/// <summary>
/// A decoded, upright picture: 8 bits per channel, 1 (grey) or 3 (RGB) interleaved channels, rows top to bottom without padding.
/// Invariant: <c>Pixels.Length == Width * Height * Channels</c>. Pixels are rented from the shared pool and returned by <see cref="Dispose"/>:
/// whoever got the image from a method owns it. Not thread-safe while being written.
/// </summary>
public sealed class Image : IDisposable
{
    // Vector kernels read whole vectors and may look this far behind the last pixel.
    private const int Slack = 16;

    /// <summary>Images of the whole process.</summary>
    internal static readonly HandleCount Count = new();

    private byte[]? _rented;

    /// <summary>An image whose pixels are not cleared.</summary>
    public Image(int width, int height, int channels)
    {
        (Width, Height, Channels) = (width, height, channels);
        _rented = ArrayPool<byte>.Shared.Rent(checked((width * height * channels) + Slack));
        Count.Made();
    }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>1 for grey, 3 for RGB.</summary>
    public int Channels { get; }

    /// <summary>All pixels, interleaved.</summary>
    public Span<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_rented is null, this);
            return _rented.AsSpan(0, Width * Height * Channels);
        }
    }

    /// <summary>One row of pixels, interleaved.</summary>
    public Span<byte> Row(int y) => Pixels.Slice(y * Width * Channels, Width * Channels);

    /// <summary>A copy of <paramref name="pixels"/> as an image.</summary>
    public static Image FromPixels(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        var image = new Image(width, height, channels);
        pixels[..(width * height * channels)].CopyTo(image.Pixels);
        return image;
    }

    /// <summary>Returns the pixels to the pool; later use throws.</summary>
    public void Dispose()
    {
        if (_rented is null) return;
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
        Count.Freed();
    }
}
