namespace Saki.Datasets.Emotions;

/// <summary>The hair of a person.</summary>
internal enum HairStyle
{
    Short,
    Parted,
    Long,
    Curly,
    Bun,
    Bald,
}

/// <summary>What stays the same whatever a face expresses. Lengths in face units: half the width of an average face.</summary>
internal sealed record Person
{
    public required Colour Skin { get; init; }
    public required Colour Hair { get; init; }
    public required Colour Iris { get; init; }
    public required Colour Clothes { get; init; }
    public required HairStyle Style { get; init; }
    public required double Cheek { get; init; }
    public required double Jaw { get; init; }
    public required double Chin { get; init; }
    public required double EyeGap { get; init; }
    public required double EyeSize { get; init; }
    public required double EyeTilt { get; init; }
    public required double BrowWeight { get; init; }
    public required double BrowHeight { get; init; }
    public required double NoseLength { get; init; }
    public required double NoseWidth { get; init; }
    public required double MouthWidth { get; init; }
    public required double Lips { get; init; }
    public required double Age { get; init; }
    public required double Beard { get; init; }
    public required bool Glasses { get; init; }

    private static readonly Colour[] Skins = [Colour.Hex(0xF6D7C3), Colour.Hex(0xEBC0A0), Colour.Hex(0xD9A57E), Colour.Hex(0xBE8660), Colour.Hex(0x96633F), Colour.Hex(0x6E4529)];
    private static readonly Colour[] Hairs = [Colour.Hex(0x1B1513), Colour.Hex(0x38241A), Colour.Hex(0x5B3B24), Colour.Hex(0x8A5A32), Colour.Hex(0xB98B4F), Colour.Hex(0xA9A39C)];
    private static readonly Colour[] Irises = [Colour.Hex(0x3A2416), Colour.Hex(0x5B3A1E), Colour.Hex(0x55663A), Colour.Hex(0x4E7391)];
    private static readonly Colour[] Fabrics = [Colour.Hex(0x35506B), Colour.Hex(0x7A3B3B), Colour.Hex(0x4F6B50), Colour.Hex(0xC9B79C), Colour.Hex(0x2E2E36), Colour.Hex(0x8C7AA6), Colour.Hex(0xD9DCE0)];

    public static Person Draw(SeededRandom random)
    {
        var tone = random.NextDouble();
        var darkest = tone > 0.55 ? 0.35 : 0.9; // fair hair on fair skin only
        var style = (HairStyle)random.Next(6);
        var mayGrowBeard = style is HairStyle.Short or HairStyle.Bald or HairStyle.Parted;
        return new Person
        {
            Skin = Colour.Between(Skins, tone),
            Hair = random.Chance(0.12) ? Hairs[^1] : Colour.Between(Hairs, random.NextDouble() * darkest),
            Iris = Colour.Between(Irises, random.NextDouble() * (tone > 0.5 ? 0.4 : 1)),
            Clothes = Fabrics[random.Next(Fabrics.Length)] * random.Uniform(0.75, 1.1),
            Style = style,
            Cheek = 0.93 + (0.035 * random.Bell()),
            Jaw = 0.70 + (0.05 * random.Bell()),
            Chin = 1.20 + (0.05 * random.Bell()),
            EyeGap = 0.405 + (0.018 * random.Bell()),
            EyeSize = 1 + (0.08 * random.Bell()),
            EyeTilt = 0.012 + (0.015 * random.Bell()),
            BrowWeight = Math.Max(0.5, 1 + (0.22 * random.Bell())),
            BrowHeight = 0.025 * random.Bell(),
            NoseLength = 0.34 + (0.03 * random.Bell()),
            NoseWidth = 0.15 + (0.018 * random.Bell()),
            MouthWidth = 0.335 + (0.025 * random.Bell()),
            Lips = Math.Max(0.55, 1 + (0.2 * random.Bell())),
            Age = random.NextDouble(),
            Beard = mayGrowBeard && random.Chance(0.3) ? random.Uniform(0.3, 1) : 0,
            Glasses = random.Chance(0.12),
        };
    }
}
