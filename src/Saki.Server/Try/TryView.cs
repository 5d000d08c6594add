using Saki.Inference.Explaining;
using Saki.Pipelines;
using Saki.Server.Http;

namespace Saki.Server.Try;

/// <summary>All that the page shows. Without a model it says how to get one; without a picture it asks for one.</summary>
public sealed record TryView
{
    /// <summary>Who answers; null when no model is loaded.</summary>
    public ShownModel? Model { get; init; }

    /// <summary>The picture on the mat; null when there is none, or when it could not be read.</summary>
    public ShownPicture? Picture { get; init; }

    /// <summary>What the model says of it.</summary>
    public Prediction? Answer { get; init; }

    /// <summary>What the version beside it says; null when there is none.</summary>
    public Prediction? Beside { get; init; }

    /// <summary>What could be better about the picture.</summary>
    public IReadOnlyList<string> Hints { get; init; } = [];

    /// <summary>Which parts the answer hangs on; null when nobody asked.</summary>
    public ShownWhy? Why { get; init; }

    /// <summary>Asks whether the answer is right; null where nothing can be kept.</summary>
    public FeedbackView? Feedback { get; init; }

    /// <summary>All pictures of one request, when there were several; the first of them is on the mat.</summary>
    public IReadOnlyList<ShownAnswer> All { get; init; } = [];

    /// <summary>True where the model can be fitted to one person.</summary>
    public bool CanCalibrate { get; init; }

    /// <summary>Why there is no answer.</summary>
    public ErrorBody? Error { get; init; }

    /// <summary>Pictures to try without one of one's own; empty when none can be drawn.</summary>
    public IReadOnlyList<Sample> Samples { get; init; } = [];

    /// <summary>The route as it is called from elsewhere, e.g. <c>http://127.0.0.1:5252/predict_image</c>.</summary>
    public required string Route { get; init; }

    /// <summary>Largest picture in bytes.</summary>
    public required int MaxImageBytes { get; init; }

    /// <summary>Most pictures in one request.</summary>
    public int MaxImages { get; init; } = 64;
}

/// <summary>The model that answers, as the page names it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">The version that answers everyone.</param>
/// <param name="Labels">What it may answer.</param>
/// <param name="Faces">Whether it looks for faces.</param>
/// <param name="RejectsAs">What it answers when it is not sure enough; null: it always names a class.</param>
public sealed record ShownModel(string Name, string Version, IReadOnlyList<string> Labels, FaceMode Faces, string? RejectsAs = null);

/// <summary>A picture on the page.</summary>
/// <param name="Source">Address for the browser; null when the page's script fills in the picture it has at hand.</param>
/// <param name="File">Its name; null for a pasted one.</param>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down, upright.</param>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Shown">False for formats that browsers do not draw (TIFF, HEIC).</param>
/// <param name="Sample">The sample's name when it is one.</param>
public sealed record ShownPicture(string? Source, string? File, int Width, int Height, long Bytes, bool Shown, string? Sample)
{
    /// <summary>Small enough that single pixels should be seen.</summary>
    public bool Tiny => Width <= 128 && Height <= 128;
}

/// <summary>One of several pictures with its answer.</summary>
public sealed record ShownAnswer(ShownPicture? Picture, Prediction? Answer, string? File, ErrorBody? Error);

/// <summary>A map over a part of the picture.</summary>
/// <param name="Map">What was found.</param>
/// <param name="Area">x, y, width, height of the part in pixels of the picture.</param>
public sealed record ShownWhy(OcclusionMap Map, IReadOnlyList<int> Area);

/// <summary>A picture that Saki draws itself.</summary>
/// <param name="Name">In addresses: lower-case letters, digits, hyphens.</param>
/// <param name="Title">What it shows, for people.</param>
public sealed record Sample(string Name, string Title)
{
    /// <summary>Where the picture lies.</summary>
    public string Source => $"/try/samples/{Name}.png";
}
