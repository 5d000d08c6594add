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
    public static void Run(Image source, Image target, Interpolation interpolation, bool antialias)
    {
        if (source.Width == target.Width && source.Height == target.Height)
        {
            source.Pixels.CopyTo(target.Pixels);
            return;
        }
        var across = ResizeWeights.For(source.Width, target.Width, interpolation, antialias);
        var down = ResizeWeights.For(source.Height, target.Height, interpolation, antialias);
        var row = target.Width * source.Channels;
        var lines = ArrayPool<int>.Shared.Rent(down.Taps * row);
        var held = ArrayPool<int>.Shared.Rent(down.Taps); // which source row each line holds
        try
        {
            held.AsSpan(0, down.Taps).Fill(-1);
            for (var y = 0; y < target.Height; y++)
            {
                var first = down.First[y];
                for (var t = 0; t < down.Taps; t++)
                {
                    var slot = (first + t) % down.Taps;
                    if (held[slot] == first + t || down.Weights[(y * down.Taps) + t] == 0) continue;
                    Across(source.Row(first + t), lines.AsSpan(slot * row, row), across, source.Channels, antialias);
                    held[slot] = first + t;
                }
                Down(lines, row, down, y, target.Row(y));
            }
        }
        finally
        {
            ArrayPool<int>.Shared.Return(lines);
            ArrayPool<int>.Shared.Return(held);
        }
    }

    // One source row to the target's width, still in fixed point. Pillow rounds here, OpenCV does not.
    private static void Across(ReadOnlySpan<byte> from, Span<int> to, ResizeWeights weights, int channels, bool round)
    {
        for (int x = 0, at = 0; x < weights.First.Length; x++)
        {
            var w = weights.Weights.AsSpan(x * weights.Taps, weights.Taps);
            var p = weights.First[x] * channels;
            for (var c = 0; c < channels; c++, at++)
            {
                var sum = 0;
                for (int t = 0, q = p + c; t < w.Length; t++, q += channels) sum += w[t] * from[q];
                to[at] = round ? Math.Clamp((sum + (1 << (ResizeWeights.Bits - 1))) >> ResizeWeights.Bits, 0, 255) << ResizeWeights.Bits : sum;
            }
        }
    }

    private static void Down(int[] lines, int row, ResizeWeights weights, int y, Span<byte> to)
    {
        var w = weights.Weights.AsSpan(y * weights.Taps, weights.Taps);
        for (var i = 0; i < row; i++)
        {
            var sum = 1L << ((2 * ResizeWeights.Bits) - 1);
            for (var t = 0; t < w.Length; t++)
                if (w[t] != 0) sum += (long)w[t] * lines[(((weights.First[y] + t) % weights.Taps) * row) + i];
            to[i] = (byte)Math.Clamp(sum >> (2 * ResizeWeights.Bits), 0, 255);
        }
    }
}
