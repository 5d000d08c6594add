using Saki.Pipelines;
using Saki.Server.Feedback;

namespace Saki.Server.Try;

/// <summary>Where somebody stands who may say what a picture shows.</summary>
public enum FeedbackStep
{
    /// <summary>Is it right?</summary>
    Ask,
    /// <summary>May it be kept?</summary>
    Consent,
    /// <summary>It was kept.</summary>
    Kept,
    /// <summary>Nothing was kept, as was wished; or what was kept is erased again.</summary>
    Nothing,
}

/// <summary>The part of the page where a person says whether an answer is right.</summary>
/// <param name="Id">The answer's id.</param>
/// <param name="Class">What was answered.</param>
/// <param name="Labels">What it could be.</param>
public sealed record FeedbackView(string Id, string Class, IReadOnlyList<string> Labels)
{
    /// <summary>Where it stands.</summary>
    public FeedbackStep Step { get; init; }

    /// <summary>The faces in the picture, when there are several.</summary>
    public IReadOnlyList<FacePrediction> Faces { get; init; } = [];

    /// <summary>Which of them is meant, from 0.</summary>
    public int Face { get; init; }

    /// <summary>What the person said.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>What it is, then.</summary>
    public string Label { get; init; } = "";

    /// <summary>Why it was not kept.</summary>
    public string? Error { get; init; }
}
