using Saki.Pipelines;

namespace Saki.Vision.Kernels;

/// <summary>
/// 8-bit pixels to a model's input values in its layout and channel order: y = (x·scale − mean) / std, computed as x·a + b with a = scale / std and
/// b = −mean / std, each rounded once. Multiplication and addition are never fused, so every processor gives the same bits. Immutable.
/// </summary>
internal sealed unsafe class PixelValues
{
    private readonly InputSpec _input;
    private readonly KernelSet _kernels;
    private readonly PixelAffine _affine; // per stored channel: red, green, blue

    /// <summary>Takes mean and std in the order of the model's channels.</summary>
    internal PixelValues(InputSpec input, NormalizeSpec normalize, KernelSet? kernels = null)
    {
        (_input, _kernels) = (input, kernels ?? KernelSet.Active);
        var swap = input.Color == ColorKind.Bgr;
        Span<float> a = stackalloc float[3], b = stackalloc float[3];
        for (var stored = 0; stored < input.Channels; stored++)
        {
            var model = swap ? 2 - stored : stored;
            double mean = Pick(normalize.Mean, model), std = Pick(normalize.Std, model);
            (a[stored], b[stored]) = ((float)(normalize.Scale / std), (float)(-mean / std));
        }
        var plane = input.Width * input.Height;
        _affine = new PixelAffine(a[0], a[1], a[2], b[0], b[1], b[2]) { Swap = swap, Planes = swap ? (2 * plane, plane, 0) : (0, plane, 2 * plane) };
    }

    /// <summary>A picture of the input's size and channels into a row of <c>InputSpec.Count</c> values.</summary>
    internal void Run(Image image, Span<float> row)
    {
        if (row.Length < _input.Count) throw new ArgumentException($"A row of {_input.Count} values is needed, not {row.Length}.", nameof(row));
        var kernel = _input.Channels == 1 ? _kernels.Plane1 : _input.Layout == TensorLayout.Nchw ? _kernels.Planes3 : _kernels.Interleaved3;
        fixed (byte* from = image.Pixels)
        fixed (float* to = row) kernel(from, to, image.Width * image.Height, _affine);
    }

    /// <summary>The pixels themselves, in the model's layout and channel order.</summary>
    internal void Run(Image image, Span<byte> row)
    {
        var pixels = image.Pixels;
        var channels = _input.Channels;
        if (channels == 1 || (_input.Layout == TensorLayout.Nhwc && !_affine.Swap))
        {
            pixels.CopyTo(row);
            return;
        }
        var count = pixels.Length / channels;
        for (var c = 0; c < channels; c++)
        {
            var (to, step) = _input.Layout == TensorLayout.Nchw ? (c * count, 1) : (c, channels);
            for (int i = _affine.Swap ? 2 - c : c, n = 0; n < count; n++, i += channels, to += step) row[to] = pixels[i];
        }
    }

    private static float Pick(IReadOnlyList<float> values, int channel) => values.Count == 1 ? values[0] : values[channel];
}
