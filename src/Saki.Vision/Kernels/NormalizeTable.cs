using Saki.Pipelines;

namespace Saki.Vision.Kernels;

/// <summary>
/// u8 HWC pixels to normalised input values in the model's layout and channel order. A table of 256 values per channel holds (x·scale − mean) / std,
/// so every processor gives the same bits.
/// </summary>
internal sealed class NormalizeTable
{
    private readonly InputSpec _input;
    private readonly float[] _values; // channel-major, in the model's channel order
    private readonly int[] _source;   // which stored channel a model channel reads

    internal NormalizeTable(InputSpec input, NormalizeSpec normalize)
    {
        _input = input;
        _source = input.Color switch { ColorKind.Gray => [0], ColorKind.Rgb => [0, 1, 2], _ => [2, 1, 0] };
        _values = new float[256 * input.Channels];
        for (var c = 0; c < input.Channels; c++)
        {
            var (mean, std) = (Pick(normalize.Mean, c), Pick(normalize.Std, c));
            for (var x = 0; x < 256; x++) _values[(256 * c) + x] = ((x * normalize.Scale) - mean) / std;
        }
    }

    internal void Run(Image image, Span<float> row)
    {
        var pixels = image.Pixels;
        var channels = _source.Length;
        var planar = _input.Layout == TensorLayout.Nchw;
        var count = pixels.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var table = _values.AsSpan(256 * c, 256);
            var (to, step) = planar ? (c * count, 1) : (c, channels);
            for (int i = _source[c], n = 0; n < count; n++, i += channels, to += step) row[to] = table[pixels[i]];
        }
    }

    internal void Run(Image image, Span<byte> row)
    {
        var pixels = image.Pixels;
        var channels = _source.Length;
        var count = pixels.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var (to, step) = _input.Layout == TensorLayout.Nchw ? (c * count, 1) : (c, channels);
            for (int i = _source[c], n = 0; n < count; n++, i += channels, to += step) row[to] = pixels[i];
        }
    }

    private static float Pick(IReadOnlyList<float> values, int channel) => values.Count == 1 ? values[0] : values[channel];
}
