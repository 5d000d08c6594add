using System.Runtime.InteropServices;

namespace Saki.Vision.Jpeg;

/// <summary>JPEG through libjpeg-turbo, at full size or shrunk inside the decoder. Thread-safe: each thread has its own decompressor.</summary>
internal static unsafe class JpegDecoder
{
    private const int PixelRgb = 0, PixelGray = 6, PixelCmyk = 11;
    private const int ColorspaceCmyk = 3, ColorspaceYcck = 4;

    [ThreadStatic]
    private static JpegHandle? _handle;

    /// <summary>True when the library can be loaded.</summary>
    internal static bool Available { get; } = Probe();

    /// <summary>Decodes to <paramref name="channels"/> at 1/<paramref name="denominator"/> of the size (1, 2, 4 or 8; sizes round up). Not yet upright.</summary>
    /// <param name="jpeg">The encoded picture.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="denominator">1, 2, 4 or 8.</param>
    /// <param name="damage">Truncated or damaged when the decoder had to guess; null when all is well.</param>
    internal static Image Decode(ReadOnlySpan<byte> jpeg, int channels, int denominator, out ImageFault? damage)
    {
        var handle = (_handle ??= new JpegHandle()).DangerousGetHandle();
        fixed (byte* bytes = jpeg)
        {
            var size = new CULong((nuint)jpeg.Length);
            if (TurboJpegNative.DecompressHeader(handle, bytes, size, out var width, out var height, out _, out var colorspace) != 0 && TurboJpegNative.GetErrorCode(handle) != 0)
                throw Refused(handle);
            var (w, h) = ((width + denominator - 1) / denominator, (height + denominator - 1) / denominator);
            var cmyk = colorspace is ColorspaceCmyk or ColorspaceYcck;
            var stored = new Image(w, h, cmyk ? 4 : channels);
            fixed (byte* pixels = stored.Pixels)
            {
                var failed = TurboJpegNative.Decompress(handle, bytes, size, pixels, w, 0, h, cmyk ? PixelCmyk : channels == 1 ? PixelGray : PixelRgb, 0) != 0;
                if (failed && TurboJpegNative.GetErrorCode(handle) != 0)
                {
                    stored.Dispose();
                    throw Refused(handle);
                }
                damage = failed ? (jpeg[^2..].SequenceEqual((ReadOnlySpan<byte>)[0xFF, 0xD9]) ? ImageFault.Damaged : ImageFault.Truncated) : null;
            }
            if (!cmyk) return stored;
            using (stored) return FromInvertedCmyk(stored, channels);
        }
    }

    // Adobe writes CMYK inverted; Pillow and browsers read all CMYK JPEGs so: each channel is c*k/255.
    private static Image FromInvertedCmyk(Image cmyk, int channels)
    {
        var image = new Image(cmyk.Width, cmyk.Height, channels);
        var from = cmyk.Pixels;
        var to = image.Pixels;
        for (int i = 0, j = 0; i < from.Length; i += 4, j += channels)
        {
            var k = from[i + 3];
            var (r, g, b) = (Multiply(from[i], k), Multiply(from[i + 1], k), Multiply(from[i + 2], k));
            if (channels == 1) to[j] = Kernels.Luma.Of(r, g, b);
            else (to[j], to[j + 1], to[j + 2]) = (r, g, b);
        }
        return image;
    }

    private static byte Multiply(byte a, byte b) => (byte)(((a * b) + 127) / 255);

    private static ImageException Refused(nint handle)
    {
        var text = Marshal.PtrToStringUTF8((nint)TurboJpegNative.GetErrorString(handle)) ?? "unknown error";
        return new ImageException(ImageFault.Damaged, "a JPEG that can be decoded", $"one that cannot ({text})", "Save the picture anew.");
    }

    private static bool Probe()
    {
        if (TurboJpegNative.File.Find() is not null) return true;
        return TurboJpegNative.File.SystemNames.Any(name => NativeLibrary.TryLoad(name, out _));
    }

    /// <summary>A decompressor, owned by its thread and freed with it.</summary>
    private sealed class JpegHandle : SafeHandle
    {
        public JpegHandle() : base(0, ownsHandle: true) => SetHandle(TurboJpegNative.InitDecompress());

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => TurboJpegNative.Destroy(handle) == 0;
    }
}
