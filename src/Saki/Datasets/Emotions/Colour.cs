namespace Saki.Datasets.Emotions;

/// <summary>Red, green, blue, 0 (dark) to 1; values outside are cut off at the end.</summary>
internal readonly record struct Colour(double R, double G, double B)
{
    public static Colour Hex(int rgb) => new((rgb >> 16) / 255.0, ((rgb >> 8) & 255) / 255.0, (rgb & 255) / 255.0);

    /// <summary>Lighter (above 1) or darker.</summary>
    public static Colour operator *(Colour a, double k) => new(a.R * k, a.G * k, a.B * k);

    /// <summary>This colour at 0, <paramref name="other"/> at 1.</summary>
    public Colour Mix(Colour other, double share) =>
        new(R + ((other.R - R) * share), G + ((other.G - G) * share), B + ((other.B - B) * share));

    /// <summary>One of <paramref name="palette"/>, or a mixture of two neighbours.</summary>
    public static Colour Between(Colour[] palette, double place)
    {
        var at = place * (palette.Length - 1);
        var low = Math.Min((int)at, palette.Length - 2);
        return palette[low].Mix(palette[low + 1], at - low);
    }
}
