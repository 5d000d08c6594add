namespace Saki.Datasets.Emotions;

/// <summary>One lamp in front of the face and some light from everywhere.</summary>
/// <param name="X">Where the lamp stands: -1 left to 1 right.</param>
/// <param name="Y">-1 above to 1 below.</param>
/// <param name="Ambient">Share of the light that has no direction.</param>
internal readonly record struct Light(double X, double Y, double Ambient)
{
    public static Light Draw(SeededRandom random) => new(0.42 * random.Bell(), -0.35 + (0.22 * random.Bell()), random.Uniform(0.45, 0.75));

    /// <summary>Brightness on a ball whose outline is the unit circle.</summary>
    public double On(double x, double y)
    {
        var inside = Math.Max(0.04, 1 - (x * x) - (y * y));
        var facing = ((x * X) + (y * Y) + Math.Sqrt(inside)) / Math.Sqrt((X * X) + (Y * Y) + 1);
        return Ambient + ((1.08 - Ambient) * Math.Max(0, facing));
    }

    /// <summary>Brightness on something flat at the side <paramref name="x"/>.</summary>
    public double Side(double x) => Math.Clamp(0.92 + (0.16 * x * X), 0.6, 1.15);
}
