namespace Saki.Datasets.Emotions;

/// <summary>What lies behind the head: a wall with uneven light, and sometimes furniture out of focus.</summary>
internal static class BackgroundPainter
{
    private static readonly Colour[] Walls = [Colour.Hex(0xB9C4CC), Colour.Hex(0xD8D0C2), Colour.Hex(0x8FA393), Colour.Hex(0x6F7F92), Colour.Hex(0xC7A98F), Colour.Hex(0x4B4F58), Colour.Hex(0xE4E4E0)];

    public static void Paint(Canvas canvas, SeededRandom random)
    {
        Colour left = Wall(random), right = left.Mix(Wall(random), random.Uniform(0, 0.6));
        var lower = random.Uniform(0.7, 1.05);
        var noise = Noise(random);
        var strength = random.Uniform(0.02, 0.14);
        for (var y = 0; y < canvas.Size; y++)
        {
            for (var x = 0; x < canvas.Size; x++)
            {
                double u = (x + 0.5) / canvas.Size, v = (y + 0.5) / canvas.Size;
                canvas[x, y] = left.Mix(right, u) * (1 + ((lower - 1) * v) + (strength * noise(u, v)));
            }
        }
        for (var i = random.Next(4); i > 0; i--)
        {
            // Soft bright or dark spots: windows, lamps, shelves.
            var factor = random.Uniform(0.6, 1.35);
            canvas.Shade(new Point(random.Uniform(0, canvas.Size), random.Uniform(0, canvas.Size)),
                canvas.Size * random.Uniform(0.1, 0.45), canvas.Size * random.Uniform(0.1, 0.6), new Colour(factor, factor, factor * random.Uniform(0.92, 1.08)));
        }
    }

    private static Colour Wall(SeededRandom random) => Colour.Between(Walls, random.NextDouble()) * random.Uniform(0.7, 1.1);

    // Value noise on a 6x6 grid, -1 to 1, smooth between its points.
    private static Func<double, double, double> Noise(SeededRandom random)
    {
        const int Cells = 6;
        var grid = new double[Cells + 1, Cells + 1];
        for (var i = 0; i <= Cells; i++)
            for (var j = 0; j <= Cells; j++) grid[i, j] = random.Uniform(-1, 1);
        return (u, v) =>
        {
            double x = u * Cells, y = v * Cells;
            int i = Math.Min((int)x, Cells - 1), j = Math.Min((int)y, Cells - 1);
            double s = Smooth(x - i), t = Smooth(y - j);
            var upper = grid[i, j] + ((grid[i + 1, j] - grid[i, j]) * s);
            var lower = grid[i, j + 1] + ((grid[i + 1, j + 1] - grid[i, j + 1]) * s);
            return upper + ((lower - upper) * t);
        };
    }

    private static double Smooth(double t) => t * t * (3 - (2 * t));
}
