namespace Saki.Datasets.Emotions;

/// <summary>
/// How far the parts of a face have moved, after the action units of FACS (Ekman and Friesen, 1978); 0 is at rest, 1 is a strong movement.
/// </summary>
internal readonly record struct Expression
{
    public double InnerBrow { get; init; }      // up; negative: down (AU1, AU4)
    public double OuterBrow { get; init; }      // up; negative: down (AU2)
    public double BrowsTogether { get; init; }  // AU4
    public double EyeOpen { get; init; }        // wider; negative: narrower (AU5, AU43)
    public double LowerLid { get; init; }       // up (AU6, AU7)
    public double GazeDown { get; init; }
    public double NoseWrinkle { get; init; }    // AU9
    public double UpperLip { get; init; }       // raised (AU10)
    public double Corners { get; init; }        // up; negative: down (AU12, AU15)
    public double Stretch { get; init; }        // mouth wider; negative: narrower (AU20, AU18)
    public double Open { get; init; }           // jaw down (AU25-27)
    public double Round { get; init; }          // mouth as an O
    public double Press { get; init; }          // lips thin (AU23, AU24)
    public double Teeth { get; init; }          // shown when open
    public double Cheeks { get; init; }         // raised (AU6)

    /// <summary>An expression of <paramref name="emotion"/> as one person might make it: of varying strength and form, at times mixed with another.</summary>
    public static Expression Of(Emotion emotion, SeededRandom random)
    {
        var strength = emotion == Emotion.Neutral ? random.Uniform(0, 1) : random.Uniform(0.42, 1.1);
        var pure = Pure(emotion, random) * strength;
        // One face in four shows a trace of something else, as real ones do.
        var other = (Emotion)random.Next(7);
        var share = random.Chance(0.25) ? random.Uniform(0.1, 0.42) : 0;
        return ((pure * (1 - share)) + (Pure(other, random) * (share * 0.9))).Jitter(random, 0.085);
    }

    private static Expression Pure(Emotion emotion, SeededRandom random) => emotion switch
    {
        Emotion.Angry when random.Chance(0.4) => new() { InnerBrow = -1, OuterBrow = 0.1, BrowsTogether = 1, EyeOpen = 0.1, LowerLid = 0.6, UpperLip = 0.4, Corners = -0.35, Stretch = 0.1, Open = 0.5, Teeth = 1, NoseWrinkle = 0.25 },
        Emotion.Angry => new() { InnerBrow = -1, OuterBrow = 0.05, BrowsTogether = 1, EyeOpen = -0.15, LowerLid = 0.6, Corners = -0.4, Stretch = -0.1, Press = 1, NoseWrinkle = 0.15 },
        Emotion.Disgust => new() { InnerBrow = -0.55, OuterBrow = -0.35, BrowsTogether = 0.5, EyeOpen = -0.5, LowerLid = 0.8, NoseWrinkle = 1, UpperLip = 1, Corners = -0.4, Stretch = -0.1, Open = random.Chance(0.5) ? 0.3 : 0.08, Cheeks = 0.5, Teeth = 0.6 },
        Emotion.Fear => new() { InnerBrow = 0.95, OuterBrow = 0.3, BrowsTogether = 0.8, EyeOpen = 0.9, LowerLid = 0.25, Corners = -0.25, Stretch = 0.65, Open = random.Uniform(0.2, 0.5), Teeth = 0.7 },
        Emotion.Happy when random.Chance(0.6) => new() { OuterBrow = 0.15, EyeOpen = -0.35, LowerLid = 0.6, Corners = 1, Stretch = 0.5, Open = random.Uniform(0.25, 0.6), Teeth = 1, Cheeks = 1 },
        Emotion.Happy => new() { OuterBrow = 0.1, EyeOpen = -0.2, LowerLid = 0.45, Corners = 1, Stretch = 0.5, Cheeks = 0.9 },
        Emotion.Sad => new() { InnerBrow = 0.8, OuterBrow = -0.5, BrowsTogether = 0.5, EyeOpen = -0.4, GazeDown = random.Uniform(0, 1), Corners = -0.95, Stretch = -0.2, Press = 0.3 },
        Emotion.Surprise => new() { InnerBrow = 1, OuterBrow = 1, EyeOpen = 1, Stretch = -0.45, Open = random.Uniform(0.55, 1.05), Round = 1, Teeth = 0.25 },
        _ => new() { Corners = random.Uniform(-0.2, 0.2), InnerBrow = random.Uniform(-0.15, 0.15) },
    };

    /// <summary>All movements scaled.</summary>
    public static Expression operator *(Expression a, double k) => a.Map(default, (x, _) => x * k);

    /// <summary>Two sets of movements at once.</summary>
    public static Expression operator +(Expression a, Expression b) => a.Map(b, (x, y) => x + y);

    private Expression Jitter(SeededRandom random, double deviation)
    {
        var moved = Map(default, (x, _) => x + (deviation * random.Bell()));
        return moved with { Open = Math.Max(0, Open + (0.05 * random.Bell())), GazeDown = moved.GazeDown + (0.2 * random.Bell()), Press = Math.Max(0, moved.Press) };
    }

    private Expression Map(Expression b, Func<double, double, double> f) => new()
    {
        InnerBrow = f(InnerBrow, b.InnerBrow),
        OuterBrow = f(OuterBrow, b.OuterBrow),
        BrowsTogether = f(BrowsTogether, b.BrowsTogether),
        EyeOpen = f(EyeOpen, b.EyeOpen),
        LowerLid = f(LowerLid, b.LowerLid),
        GazeDown = f(GazeDown, b.GazeDown),
        NoseWrinkle = f(NoseWrinkle, b.NoseWrinkle),
        UpperLip = f(UpperLip, b.UpperLip),
        Corners = f(Corners, b.Corners),
        Stretch = f(Stretch, b.Stretch),
        Open = f(Open, b.Open),
        Round = f(Round, b.Round),
        Press = f(Press, b.Press),
        Teeth = f(Teeth, b.Teeth),
        Cheeks = f(Cheeks, b.Cheeks),
    };
}
