namespace Saki.Datasets.Emotions;

/// <summary>
/// Draws faces that express the seven basic emotions, so that a machine without data can train something honest: people, poses, light and
/// strength of expression vary, some expressions are weak or mixed, and the same seed gives the same bytes everywhere.
/// </summary>
public static class EmotionFaces
{
    /// <summary>Width and height when nothing else is asked for, in pixels: enough for face detectors, cheap to store.</summary>
    public const int DefaultSize = 96;

    /// <summary>The class names in the order of <see cref="Emotion"/>, which is FER2013's.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];

    /// <summary>One face as 8-bit red, green, blue triples, row by row from the top left; owned by the caller.</summary>
    /// <param name="random">Decides on everything but the emotion; advanced.</param>
    /// <param name="emotion">What the face expresses.</param>
    /// <param name="size">Width and height, 32 to 1024 pixels.</param>
    public static byte[] Draw(SeededRandom random, Emotion emotion, int size = DefaultSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 32);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 1024);
        var canvas = new Canvas(size);
        var person = Person.Draw(random);
        var expression = Expression.Of(emotion, random);
        var pose = Pose.Draw(random, size);
        var light = Light.Draw(random);
        var gaze = random.Bell();
        var head = new HeadPainter(canvas, pose, person, expression, light);
        var eyes = new EyePainter(canvas, pose, person, expression);
        var hair = new HairPainter(canvas, pose, person, light);

        BackgroundPainter.Paint(canvas, random);
        hair.PaintBehind();
        head.PaintBody();
        var skin = head.PaintSkin();
        hair.PaintBeard(skin, random);
        head.PaintNose(skin);
        new MouthPainter(canvas, pose, person, expression).Paint(skin);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            eyes.Paint(side, skin, gaze);
            eyes.PaintBrow(side, skin);
        }
        hair.PaintFront(random);
        if (person.Glasses) eyes.PaintGlasses();
        return Film.Develop(canvas, random);
    }
}
