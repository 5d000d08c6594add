using Saki.Storage;

namespace Saki.Datasets;

/// <summary>What one look at the decoded pixels of a sample tells; Saki.Vision's <c>SampleLook</c> makes it.</summary>
/// <param name="Problem">Why the image cannot be decoded, as the end of a sentence; null when it can. The rest is then zero.</param>
/// <param name="Pixels">Of width, height and the upright pixels as RGB: equal for two files that show the same, whatever their format.</param>
/// <param name="Width">Upright, in pixels.</param>
/// <param name="Height">Upright, in pixels.</param>
/// <param name="Grey">True when red, green and blue are equal in every pixel.</param>
/// <param name="Constant">True when all pixels are equal.</param>
/// <param name="Sums">Of all pixels.</param>
/// <param name="Sketch">What it looks like; null where there is too little contrast to say.</param>
public readonly record struct SampleFacts(
    string? Problem, Digest Pixels = default, int Width = 0, int Height = 0, bool Grey = false, bool Constant = false, ChannelSums Sums = default, PictureSketch? Sketch = null);

/// <summary>Exact sums of 8-bit values and their squares per channel, so that their order does not matter.</summary>
/// <param name="Count">Pixels.</param>
/// <param name="Red">Sum of red.</param>
/// <param name="Green">Sum of green.</param>
/// <param name="Blue">Sum of blue.</param>
/// <param name="RedSquares">Sum of squared red.</param>
/// <param name="GreenSquares">Sum of squared green.</param>
/// <param name="BlueSquares">Sum of squared blue.</param>
public readonly record struct ChannelSums(long Count, long Red, long Green, long Blue, long RedSquares, long GreenSquares, long BlueSquares)
{
    /// <summary>The sums of both. Overflows beyond 10^14 pixels.</summary>
    public static ChannelSums operator +(ChannelSums a, ChannelSums b) => new(a.Count + b.Count, a.Red + b.Red, a.Green + b.Green, a.Blue + b.Blue,
        a.RedSquares + b.RedSquares, a.GreenSquares + b.GreenSquares, a.BlueSquares + b.BlueSquares);

    /// <summary>Mean of red, green and blue, 0 to 1.</summary>
    public double[] Mean => [Red / 255.0 / Count, Green / 255.0 / Count, Blue / 255.0 / Count];

    /// <summary>Standard deviation (over all pixels, dividing by their count) of red, green and blue, 0 to 0.5.</summary>
    public double[] Std => [Deviation(Red, RedSquares), Deviation(Green, GreenSquares), Deviation(Blue, BlueSquares)];

    // Var = (n·Σx² − (Σx)²) / n²; 128 bits keep the difference exact.
    private double Deviation(long sum, long squares) => Math.Sqrt((double)(((Int128)Count * squares) - ((Int128)sum * sum))) / Count / 255;
}
