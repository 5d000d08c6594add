namespace Saki.Torch.Networks;

/// <summary>Filters that make patches of pictures uncorrelated and of variance 1: the eigenvectors of their covariance over the roots of its eigenvalues, and the same negated.</summary>
internal static class Whitening
{
    private const double Eps = 5e-4; // keeps directions that hold only noise from being blown up (airbench)
    private const int MostSweeps = 60;

    /// <summary>[2·C·k·k, C, k, k]; the strongest direction last, as in airbench.</summary>
    internal static Tensor Filters(Tensor images_NCHW, int patch)
    {
        using var rows = images_NCHW.contiguous();
        var shape = rows.shape;
        var size = (int)(shape[1] * patch * patch);
        var (values, vectors) = Eigen(Covariance(rows.data<float>(), shape, patch, size), size);
        int[] order = [.. Enumerable.Range(0, size).OrderBy(i => values[i])];
        var filters = new float[2 * size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                var value = (float)(vectors[(j * size) + order[i]] / Math.Sqrt(Math.Max(0, values[order[i]]) + Eps));
                (filters[(i * size) + j], filters[((size + i) * size) + j]) = (value, -value);
            }
        }
        return torch.tensor(filters, 2 * size, shape[1], patch, patch);
    }

    private static double[] Covariance(ReadOnlySpan<float> pixels, long[] shape, int patch, int size)
    {
        var (count, channels, height, width) = ((int)shape[0], (int)shape[1], (int)shape[2], (int)shape[3]);
        var sums = new double[size * size];
        var values = new double[size];
        long patches = 0;
        // Every second patch each way: neighbours tell almost the same.
        for (var n = 0; n < count; n++)
        {
            for (var y = 0; y + patch <= height; y += 2)
            {
                for (var x = 0; x + patch <= width; x += 2, patches++)
                {
                    for (var i = 0; i < size; i++)
                    {
                        var (c, dy, dx) = (i / (patch * patch), i / patch % patch, i % patch);
                        values[i] = pixels[(((((n * channels) + c) * height) + y + dy) * width) + x + dx];
                    }
                    for (var i = 0; i < size; i++)
                        for (var j = i; j < size; j++) sums[(i * size) + j] += values[i] * values[j];
                }
            }
        }
        for (var i = 0; i < size; i++)
            for (var j = i; j < size; j++) sums[(j * size) + i] = sums[(i * size) + j] /= patches;
        return sums;
    }

    // Jacobi's rotations: slow for large matrices, exact and short for these (at most 108 x 108). Columns of the second are the eigenvectors.
    private static (double[] Values, double[] Vectors) Eigen(double[] a, int n)
    {
        var v = new double[n * n];
        for (var i = 0; i < n; i++) v[(i * n) + i] = 1;
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            double off = 0;
            for (var p = 0; p < n; p++)
                for (var q = p + 1; q < n; q++) off += a[(p * n) + q] * a[(p * n) + q];
            if (off < 1e-24) break;
            for (var p = 0; p < n; p++)
                for (var q = p + 1; q < n; q++) Rotate(a, v, n, p, q);
        }
        return ([.. Enumerable.Range(0, n).Select(i => a[(i * n) + i])], v);
    }

    private static void Rotate(double[] a, double[] v, int n, int p, int q)
    {
        var apq = a[(p * n) + q];
        if (Math.Abs(apq) < 1e-300) return;
        var theta = (a[(q * n) + q] - a[(p * n) + p]) / (2 * apq);
        var t = Math.CopySign(1, theta) / (Math.Abs(theta) + Math.Sqrt((theta * theta) + 1));
        var c = 1 / Math.Sqrt((t * t) + 1);
        var s = t * c;
        for (var k = 0; k < n; k++)
        {
            var (kp, kq) = (a[(k * n) + p], a[(k * n) + q]);
            (a[(k * n) + p], a[(k * n) + q]) = ((c * kp) - (s * kq), (s * kp) + (c * kq));
        }
        for (var k = 0; k < n; k++)
        {
            var (pk, qk) = (a[(p * n) + k], a[(q * n) + k]);
            (a[(p * n) + k], a[(q * n) + k]) = ((c * pk) - (s * qk), (s * pk) + (c * qk));
            (pk, qk) = (v[(k * n) + p], v[(k * n) + q]);
            (v[(k * n) + p], v[(k * n) + q]) = ((c * pk) - (s * qk), (s * pk) + (c * qk));
        }
    }
}
