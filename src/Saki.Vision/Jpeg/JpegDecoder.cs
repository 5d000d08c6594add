using System.Runtime.InteropServices;
using Saki.Vision.Formats;

namespace Saki.Vision.Jpeg;

/// <summary>JPEG through libjpeg-turbo, at full size or shrunk inside the decoder. Thread-safe.</summary>
internal static unsafe class JpegDecoder
{
    private const int PixelRgb = 0, PixelGray = 6, PixelCmyk = 11;
    private const int LimitScans = 32768; // a progressive file of thousands of scans takes minutes: at most 500
    private const int ColorspaceCmyk = 3, ColorspaceYcck = 4;

    /// <summary>Decodes to <paramref name="channels"/> at 1/<paramref name="denominator"/> of the size (1, 2, 4 or 8; sizes round up). Not yet upright.</summary>
    /// <param name="jpeg">The encoded picture.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="denominator">1, 2, 4 or 8.</param>
    /// <param name="damage">Truncated or damaged when the decoder had to guess; null when all is well.</param>
    internal static Image Decode(ReadOnlySpan<byte> jpeg, int channels, int denominator, out ImageFault? damage)
    {
        // A decompressor of its own (2 us): tables of the last picture stay in it, so a damaged file would spoil the good ones after it.
        using var decompressor = new JpegHandle();
        var handle = decompressor.DangerousGetHandle();
        fixed (byte* bytes = jpeg)
        {
            var size = new CULong((nuint)jpeg.Length);
            if (TurboJpegNative.DecompressHeader(handle, bytes, size, out var width, out var height, out _, out var colorspace) != 0 && TurboJpegNative.GetErrorCode(handle) != 0)
                throw Refused(handle, jpeg);
            var (w, h) = ((width + denominator - 1) / denominator, (height + denominator - 1) / denominator);
            var cmyk = colorspace is ColorspaceCmyk or ColorspaceYcck;
            var stored = new Image(w, h, cmyk ? 4 : channels);
            fixed (byte* pixels = stored.Pixels)
            {
                var failed = TurboJpegNative.Decompress(handle, bytes, size, pixels, w, 0, h, cmyk ? PixelCmyk : channels == 1 ? PixelGray : PixelRgb, LimitScans) != 0;
                if (failed && TurboJpegNative.GetErrorCode(handle) != 0)
                {
                    stored.Dispose();
                    throw Refused(handle, jpeg);
                }
                damage = failed ? Fault(jpeg) : null;
            }
            if (!cmyk) return stored;
            // Adobe writes CMYK inverted; Pillow and browsers read all CMYK JPEGs so.
            using (stored) return Cmyk.ToImage(stored.Pixels, 4, w, h, channels, inverted: true);
        }
    }

    private static ImageException Refused(nint handle, ReadOnlySpan<byte> jpeg)
    {
        var text = Marshal.PtrToStringUTF8((nint)TurboJpegNative.GetErrorString(handle)) ?? "unknown error";
        return new ImageException(Fault(jpeg), "a JPEG that can be decoded", $"one that cannot ({text})", "Save the picture anew.");
    }

    private static ImageFault Fault(ReadOnlySpan<byte> jpeg) => Truncation.Of(jpeg, ImageFormat.Jpeg) ? ImageFault.Truncated : ImageFault.Damaged;

    /// <summary>A decompressor.</summary>
    private sealed class JpegHandle : SafeHandle
    {
        public JpegHandle() : base(0, ownsHandle: true) => SetHandle(TurboJpegNative.InitDecompress());

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle() => TurboJpegNative.Destroy(handle) == 0;
    }
}
