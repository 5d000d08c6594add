using System.Numerics;
using System.Runtime.InteropServices;
using Saki.Pipelines;

namespace Saki.Torch.Training;

/// <summary>Mixup and cutmix on normalised batches: picture i meets picture i + shift of the same batch, and the batch tells how much of each target is left.</summary>
internal sealed class BatchMix(MixupOptions? mixup, CutmixOptions? cutmix, InputSpec input)
{
    /// <summary>Null where neither is asked for.</summary>
    internal static BatchMix? Of(AugmentOptions options, InputSpec input) =>
        options.Mixup is null && options.Cutmix is null ? null : new BatchMix(options.Mixup, options.Cutmix, input);

    /// <summary>Changes the pictures of <paramref name="batch"/> and sets <see cref="Batch.Kept"/> and <see cref="Batch.OtherLabels"/>.</summary>
    internal void Run(Batch batch, SeededRandom random)
    {
        var blend = mixup is not null && (cutmix is null || random.NextDouble() < 0.5);
        if (batch.Count < 2 || random.NextDouble() >= (blend ? mixup!.P : cutmix!.P)) return;
        var part = Beta(random, blend ? mixup!.Alpha : cutmix!.Alpha);
        var shift = 1 + random.Next(batch.Count - 1);
        var size = input.Count;
        // The partners at the end are already changed when the walk comes round to the first ones: those are kept aside.
        var first = batch.Images.AsSpan(0, shift * size).ToArray();
        var (left, top, width, height) = blend ? default : Rectangle(random, part);
        for (var i = 0; i < batch.Count; i++)
        {
            var j = i + shift;
            var picture = batch.Images.AsSpan(i * size, size);
            var other = j < batch.Count ? batch.Images.AsSpan(j * size, size) : first.AsSpan((j - batch.Count) * size, size);
            if (blend) Blend(picture, other, (float)part);
            else Paste(picture, other, left, top, width, height);
            batch.OtherLabels[i] = batch.Labels[j % batch.Count];
        }
        batch.Kept = blend ? part : 1 - (width * height / (double)(input.Width * input.Height));
    }

    private static void Blend(Span<float> picture, ReadOnlySpan<float> other, float part)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(picture);
        var others = MemoryMarshal.Cast<float, Vector<float>>(other);
        for (var i = 0; i < vectors.Length; i++) vectors[i] = (vectors[i] * part) + (others[i] * (1 - part));
        for (var i = vectors.Length * Vector<float>.Count; i < picture.Length; i++) picture[i] = (picture[i] * part) + (other[i] * (1 - part));
    }

    private void Paste(Span<float> picture, ReadOnlySpan<float> other, int left, int top, int width, int height)
    {
        for (var y = top; y < top + height; y++)
        {
            var at = ((y * input.Width) + left) * input.Channels;
            other.Slice(at, width * input.Channels).CopyTo(picture[at..]);
        }
    }

    private (int Left, int Top, int Width, int Height) Rectangle(SeededRandom random, double kept)
    {
        var side = Math.Sqrt(1 - kept);
        var (width, height) = ((int)(side * input.Width), (int)(side * input.Height));
        var (x, y) = (random.Next(input.Width) - (width / 2), random.Next(input.Height) - (height / 2));
        var (left, top) = (Math.Max(0, x), Math.Max(0, y));
        return (left, top, Math.Min(input.Width, x + width) - left, Math.Min(input.Height, y + height) - top);
    }

    private static double Beta(SeededRandom random, double alpha)
    {
        var (a, b) = (Gamma(random, alpha), Gamma(random, alpha));
        return a + b > 0 ? a / (a + b) : random.NextDouble() < 0.5 ? 0 : 1;
    }

    // Marsaglia and Tsang, 2000; below 1 by Gamma(a) = Gamma(a + 1)·U^(1/a).
    private static double Gamma(SeededRandom random, double shape)
    {
        if (shape < 1) return Gamma(random, shape + 1) * Math.Pow(random.NextDouble(), 1 / shape);
        var d = shape - (1.0 / 3);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = random.NextNormal();
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (0.5 * x * x) + d - (d * v) + (d * Math.Log(v))) return d * v;
        }
    }
}
