namespace Saki.Torch.Training;

/// <summary>
/// Brightness, contrast, saturation and hue in one pass: each is linear in a pixel's colour, so that all of them together are one 3x3 matrix and an offset
/// (one factor and an offset for grey). Luma is 0.299 R + 0.587 G + 0.114 B. Pixels are red, green, blue, whatever order the network sees.
/// </summary>
internal static class ColorJitter
{
    internal static void Run(Span<byte> picture, int channels, ColorJitterOptions options, SeededRandom random)
    {
        var brightness = (float)random.Uniform(1 - options.Brightness, 1 + options.Brightness);
        var contrast = (float)random.Uniform(1 - options.Contrast, 1 + options.Contrast);
        var saturation = (float)random.Uniform(1 - options.Saturation, 1 + options.Saturation);
        var hue = random.Uniform(-options.Hue, options.Hue) * Math.PI / 180;
        var offset = (1 - contrast) * brightness * MeanGrey(picture, channels);
        if (channels == 1) Grey(picture, brightness * contrast, offset);
        else Color(picture, Matrix(brightness * contrast, saturation, hue), offset);
    }

    private static float MeanGrey(ReadOnlySpan<byte> picture, int channels)
    {
        Span<long> sums = stackalloc long[3];
        for (var i = 0; i < picture.Length; i += channels)
            for (var c = 0; c < channels; c++) sums[c] += picture[i + c];
        var pixels = (float)(picture.Length / channels);
        return channels == 1 ? sums[0] / pixels : ((0.299f * sums[0]) + (0.587f * sums[1]) + (0.114f * sums[2])) / pixels;
    }

    // A table of all 256 answers is quicker than arithmetic for pictures of more than a few hundred pixels.
    private static void Grey(Span<byte> picture, float factor, float offset)
    {
        Span<byte> table = stackalloc byte[256];
        for (var i = 0; i < 256; i++) table[i] = Clip((i * factor) + offset);
        foreach (ref var pixel in picture) pixel = table[pixel];
    }

    private static void Color(Span<byte> picture, ReadOnlySpan<float> m, float offset)
    {
        for (var i = 0; i + 2 < picture.Length; i += 3)
        {
            float r = picture[i], g = picture[i + 1], b = picture[i + 2];
            picture[i] = Clip((m[0] * r) + (m[1] * g) + (m[2] * b) + offset);
            picture[i + 1] = Clip((m[3] * r) + (m[4] * g) + (m[5] * b) + offset);
            picture[i + 2] = Clip((m[6] * r) + (m[7] * g) + (m[8] * b) + offset);
        }
    }

    // Around grey: factor · (L + saturation · H · (1 − L)), with L the projection on luma and H the rotation about (1, 1, 1) by Rodrigues' formula.
    private static float[] Matrix(float factor, float saturation, double hue)
    {
        ReadOnlySpan<float> luma = [0.299f, 0.587f, 0.114f];
        var (sin, cos) = Math.SinCos(hue);
        var matrix = new float[9];
        for (var row = 0; row < 3; row++)
        {
            for (var column = 0; column < 3; column++)
            {
                double value = 0;
                for (var k = 0; k < 3; k++)
                {
                    var cross = row == k ? 0 : (k - row + 3) % 3 == 1 ? -1 / Math.Sqrt(3) : 1 / Math.Sqrt(3);
                    var rotation = (row == k ? cos : 0) + ((1 - cos) / 3) + (sin * cross);
                    value += rotation * ((k == column ? 1 : 0) - luma[column]);
                }
                matrix[(row * 3) + column] = factor * (float)(luma[column] + (saturation * value));
            }
        }
        return matrix;
    }

    private static byte Clip(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
