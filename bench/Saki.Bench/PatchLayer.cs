using Saki.Datasets;
using Saki.Torch;
using Saki.Torch.Nn;
using Saki.Vision;

namespace Saki.Bench;

/// <summary>Decoded pictures of 32 x 32 with their classes.</summary>
/// <param name="Pixels">3 planes a picture, 0 to 1.</param>
/// <param name="Labels">One a picture.</param>
internal sealed record Pictures(float[] Pixels, int[] Labels)
{
    public const int Side = 32, Size = 3 * Side * Side;

    public static Pictures Read(string archive, int most)
    {
        var (pixels, labels) = (new List<float>(), new List<int>());
        foreach (var source in DatasetFormat.Open(archive).Read().Take(most))
        {
            using var image = ImageDecoder.Decode(source.Content.Span, new DecodeOptions());
            for (var channel = 0; channel < 3; channel++)
                for (var i = 0; i < Side * Side; i++) pixels.Add(image.Pixels[(i * 3) + channel] / 255f);
            labels.Add(source.Label);
        }
        return new Pictures([.. pixels], [.. labels]);
    }
}

/// <summary>A layer that is never trained: how much each place of a picture looks like each of 256 patches of other pictures, whitened, pooled over quarters of the picture.</summary>
internal sealed class PatchLayer : IDisposable
{
    private const int Patch = 6, Patches = 256, Values = 3 * Patch * Patch, Sampled = 40_000, Batch = 50;
    private const double Noise = 0.01; // of the variance: keeps directions that hold only noise from being blown up
    private const float Threshold = 1f;

    private readonly Tensor _filters, _bias;

    private PatchLayer(Tensor filters, Tensor bias) => (_filters, _bias) = (filters, bias);

    /// <summary>Patches from random places; response = pᵀ·Σ⁻¹·(x − μ), scaled to variance 1.</summary>
    public static PatchLayer Of(Pictures pictures, SeededRandom random)
    {
        var samples = Enumerable.Range(0, Sampled).Select(_ => Cut(pictures, random)).ToArray();
        var mean = Enumerable.Range(0, Values).Select(i => samples.Average(sample => (double)sample[i])).ToArray();
        var covariance = new double[Values, Values];
        foreach (var sample in samples)
            for (var i = 0; i < Values; i++)
                for (var j = 0; j <= i; j++) covariance[i, j] += (sample[i] - mean[i]) * (sample[j] - mean[j]) / Sampled;
        var trace = Enumerable.Range(0, Values).Sum(i => covariance[i, i]) / Values;
        for (var i = 0; i < Values; i++) covariance[i, i] += Noise * trace;
        Factor(covariance);
        var (filters, bias) = (new float[Patches * Values], new float[Patches]);
        for (var p = 0; p < Patches; p++)
        {
            var centred = samples[p].Select((value, i) => value - mean[i]).ToArray();
            var solved = Solve(covariance, centred);
            // The variance of the response is pᵀ·Σ⁻¹·p.
            var scale = 1 / Math.Sqrt(centred.Zip(solved, (a, b) => a * b).Sum() + 1e-9);
            for (var i = 0; i < Values; i++) filters[(p * Values) + i] = (float)(solved[i] * scale);
            bias[p] = (float)(-scale * solved.Zip(mean, (a, b) => a * b).Sum());
        }
        return new PatchLayer(torch.tensor(filters, Patches, 3, Patch, Patch), torch.tensor(bias, Patches));
    }

    /// <summary>One row a picture: likeness and unlikeness to each patch in four quarters.</summary>
    public float[][] Apply(Pictures pictures)
    {
        var rows = new float[pictures.Labels.Length][];
        for (var from = 0; from < rows.Length; from += Batch)
        {
            using var scope = torch.NewDisposeScope();
            using var quiet = torch.no_grad();
            var count = Math.Min(Batch, rows.Length - from);
            var input = torch.tensor(pictures.Pixels.AsSpan(from * Pictures.Size, count * Pictures.Size), count, 3, Pictures.Side, Pictures.Side);
            var response = functional.conv2d(input, _filters, _bias);
            var both = torch.cat([(response - Threshold).relu(), (-response - Threshold).relu()], 1);
            var pooled = functional.adaptive_avg_pool2d(both, 2).flatten(1).contiguous();
            var size = (int)pooled.shape[1];
            for (var i = 0; i < count; i++) rows[from + i] = pooled.data<float>().Slice(i * size, size).ToArray();
        }
        return rows;
    }

    public void Dispose()
    {
        _filters.Dispose();
        _bias.Dispose();
    }

    private static float[] Cut(Pictures pictures, SeededRandom random)
    {
        var (picture, x, y) = (random.Next(pictures.Labels.Length), random.Next(Pictures.Side - Patch + 1), random.Next(Pictures.Side - Patch + 1));
        var values = new float[Values];
        for (var i = 0; i < Values; i++)
        {
            var (channel, dy, dx) = (i / (Patch * Patch), i / Patch % Patch, i % Patch);
            values[i] = pictures.Pixels[(picture * Pictures.Size) + (channel * Pictures.Side * Pictures.Side) + ((y + dy) * Pictures.Side) + x + dx];
        }
        return values;
    }

    // Cholesky, in the lower half.
    private static void Factor(double[,] a)
    {
        for (var i = 0; i < Values; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                var sum = a[i, j];
                for (var k = 0; k < j; k++) sum -= a[i, k] * a[j, k];
                a[i, j] = i == j ? Math.Sqrt(sum) : sum / a[j, j];
            }
        }
    }

    private static double[] Solve(double[,] lower, double[] right)
    {
        var x = right.ToArray();
        for (var i = 0; i < Values; i++)
        {
            for (var k = 0; k < i; k++) x[i] -= lower[i, k] * x[k];
            x[i] /= lower[i, i];
        }
        for (var i = Values - 1; i >= 0; i--)
        {
            for (var k = i + 1; k < Values; k++) x[i] -= lower[k, i] * x[k];
            x[i] /= lower[i, i];
        }
        return x;
    }
}
