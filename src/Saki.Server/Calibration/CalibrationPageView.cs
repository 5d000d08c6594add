using Saki.Calibration;

namespace Saki.Server.Calibration;

/// <summary>All that the page shows.</summary>
public sealed record CalibrationPageView
{
    /// <summary>The model that would be calibrated; null when none can be.</summary>
    public string? Model { get; init; }

    /// <summary>Its version that answers everyone.</summary>
    public string Version { get; init; } = "";

    /// <summary>True where exactly one face is looked for in each picture.</summary>
    public bool Faces { get; init; }

    /// <summary>Why no model can be calibrated; null when one can.</summary>
    public string? Problem { get; init; }

    /// <summary>Fewest pictures in all.</summary>
    public int LeastPictures { get; init; }

    /// <summary>The limits, for people.</summary>
    public CalibrationPolicy Policy { get; init; } = new();

    /// <summary>The classes with the pictures that were taken; empty when none are being taken.</summary>
    public IReadOnlyList<ClassPictures> Draft { get; init; } = [];

    /// <summary>What was left out of the zip and what is missing; empty for nothing.</summary>
    public string Told { get; init; } = "";

    /// <summary>The calibration whose job waits or runs.</summary>
    public CalibrationView? Running { get; init; }

    /// <summary>The newest one that is over.</summary>
    public CalibrationView? Last { get; init; }

    /// <summary>The one that answers now.</summary>
    public CalibrationView? Answering { get; init; }

    /// <summary>True when an older own version answers after going back.</summary>
    public bool HasOlder { get; init; }

    /// <summary>True when anything of the person is kept here.</summary>
    public bool Kept { get; init; }

    /// <summary>What happened just now, in a sentence.</summary>
    public string? Done { get; init; }

    /// <summary>Why what was asked did not happen.</summary>
    public string? Error { get; init; }

    /// <summary>Pictures taken so far.</summary>
    public int Taken => Draft.Sum(one => one.Pictures.Count);

    /// <summary>True when there are enough of them.</summary>
    public bool Enough => Taken >= LeastPictures && Draft.Count(one => one.Pictures.Count > 0) >= PersonalPictures.FewestClasses;
}

/// <summary>A class and its pictures.</summary>
/// <param name="Index">Of the class among the model's.</param>
/// <param name="Label">Its name.</param>
/// <param name="Pictures">Their numbers.</param>
public sealed record ClassPictures(int Index, string Label, IReadOnlyList<int> Pictures);
