namespace Saki.Datasets.Emotions;

/// <summary>What camera and room do to a picture: uneven light, a little blur, grain, exposure.</summary>
internal static class Film
{
    /// <summary>Gives the picture as 8-bit red, green, blue.</summary>
    public static byte[] Develop(Canvas canvas, SeededRandom random)
    {
        var size = canvas.Size;
        double exposure = random.Uniform(0.78, 1.15), contrast = random.Uniform(0.82, 1.12), grain = random.Uniform(0.006, 0.03), blur = random.Uniform(0, 0.55);
        double slopeX = 0.12 * random.Bell(), slopeY = 0.08 * random.Bell();
        var warm = 0.03 * random.Bell();
        var pixels = new byte[size * size * 3];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var seen = canvas[x, y].Mix(Around(canvas, x, y), blur);
                var light = exposure * (1 + (slopeX * (((x + 0.5) / size) - 0.5)) + (slopeY * (((y + 0.5) / size) - 0.5)));
                var noise = grain * random.Bell();
                var at = ((y * size) + x) * 3;
                pixels[at] = Byte((((seen.R * light * (1 + warm)) - 0.5) * contrast) + 0.5 + noise);
                pixels[at + 1] = Byte((((seen.G * light) - 0.5) * contrast) + 0.5 + noise);
                pixels[at + 2] = Byte((((seen.B * light * (1 - warm)) - 0.5) * contrast) + 0.5 + noise);
            }
        }
        return pixels;
    }

    private static Colour Around(Canvas canvas, int x, int y)
    {
        int left = Math.Max(0, x - 1), right = Math.Min(canvas.Size - 1, x + 1), up = Math.Max(0, y - 1), down = Math.Min(canvas.Size - 1, y + 1);
        Colour a = canvas[left, y], b = canvas[right, y], c = canvas[x, up], d = canvas[x, down];
        return new Colour((a.R + b.R + c.R + d.R) / 4, (a.G + b.G + c.G + d.G) / 4, (a.B + b.B + c.B + d.B) / 4);
    }

    private static byte Byte(double value) => (byte)Math.Clamp((value * 255) + 0.5, 0, 255);
}
