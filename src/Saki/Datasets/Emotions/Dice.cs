namespace Saki.Datasets.Emotions;

/// <summary>Draws that the pictures need beside those of <see cref="SeededRandom"/>, made without logarithm and cosine.</summary>
internal static class Dice
{
    /// <summary>About normal with mean 0 and deviation 1, within -3 to 3: four uniforms, scaled.</summary>
    public static double Bell(this SeededRandom random)
    {
        var sum = random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble();
        return (sum - 2) * 1.7320508075688772; // a uniform has variance 1/12, four of them 1/3
    }

    /// <summary>True with the given probability.</summary>
    public static bool Chance(this SeededRandom random, double probability) => random.NextDouble() < probability;
}
