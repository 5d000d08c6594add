namespace Saki.Datasets.Emotions;

/// <summary>The seven basic emotions, numbered as in FER2013.</summary>
public enum Emotion
{
    /// <summary>Brows down and together, lids tight, lips pressed or squared.</summary>
    Angry,

    /// <summary>Nose wrinkled, upper lip raised.</summary>
    Disgust,

    /// <summary>Brows up and together, eyes wide, mouth stretched.</summary>
    Fear,

    /// <summary>Corners of the mouth up, cheeks raised.</summary>
    Happy,

    /// <summary>Inner brows up, corners of the mouth down, lids low.</summary>
    Sad,

    /// <summary>Brows high, eyes wide, mouth open and round.</summary>
    Surprise,

    /// <summary>Nothing moved.</summary>
    Neutral,
}
