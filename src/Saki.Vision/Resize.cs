using System.Buffers;
using Saki.Pipelines;
using Saki.Vision.Kernels;

namespace Saki.Vision;

/// <summary>
/// Brings a picture to another size: Pillow's results with antialias, OpenCV's without, to a grey level. Integer arithmetic throughout, so the same bits on
/// every processor, in training and in serving.
/// </summary>
public static class Resize
{
    /// <summary>Fills <paramref name="target"/>, which must have the same number of channels, from <paramref name="source"/>.</summary>
    public static void Run(Image source, Image target, Interpolation interpolation, bool antialias) => Run(source, target, interpolation, antialias, KernelSet.Active);

    /// <summary>As above with kernels of a certain vector width.</summary>
    internal static unsafe void Run(Image source, Image target, Interpolation interpolation, bool antialias, KernelSet kernels)
    {
        if (source.Channels != target.Channels) throw new ArgumentException($"The source has {source.Channels} channels and the target {target.Channels}.", nameof(target));
        if (source.Width == target.Width && source.Height == target.Height)
        {
            source.Pixels.CopyTo(target.Pixels);
            return;
        }
        var across = ResizeWeights.For(source.Width, target.Width, interpolation, antialias);
        var down = ResizeWeights.For(source.Height, target.Height, interpolation, antialias);
        var rounding = antialias && source.Width != target.Width ? ResizeRounding.Whole : ResizeRounding.Fine;
        var acrossRow = source.Channels == 1 ? kernels.Across1 : kernels.Across3;
        var count = target.Width * source.Channels;
        var stride = count + 8; // kernels may write 8 values behind the last

        // A ring of as many finished source rows as the vertical kernel is high; row n lies in slot n % Taps.
        var ring = ArrayPool<short>.Shared.Rent(down.Taps * stride);
        var held = ArrayPool<int>.Shared.Rent(down.Taps);
        var pointers = ArrayPool<nint>.Shared.Rent(down.Taps);
        held.AsSpan(0, down.Taps).Fill(-1);
        fixed (byte* from = source.Pixels)
        fixed (byte* to = target.Pixels)
        fixed (short* slots = ring)
        fixed (short* weights = down.Weights)
        fixed (nint* taps = pointers)
        {
            var lines = (short**)taps;
            for (var y = 0; y < target.Height; y++)
            {
                for (var t = 0; t < down.Taps; t++)
                {
                    var n = Math.Min(down.First[y] + t, source.Height - 1); // past the end only with weight zero
                    var slot = n % down.Taps;
                    lines[t] = slots + (slot * stride);
                    if (held[slot] == n || weights[(y * down.Taps) + t] == 0) continue;
                    acrossRow(from + ((long)n * source.Width * source.Channels), lines[t], across, rounding);
                    held[slot] = n;
                }
                kernels.Down(lines, weights + (y * down.Taps), down.Taps, to + ((long)y * count), count);
            }
        }
        ArrayPool<short>.Shared.Return(ring);
        ArrayPool<int>.Shared.Return(held);
        ArrayPool<nint>.Shared.Return(pointers);
    }
}
