namespace Saki.Server.Feedback;

/// <summary>How much a person agrees to have kept.</summary>
internal enum ConsentExtent
{
    /// <summary>The pictures whose answer the person comments on.</summary>
    Commented,
    /// <summary>Every picture the person asks about, frames of the live camera excepted.</summary>
    All,
}

/// <summary>What a person agreed to, until it is taken back.</summary>
/// <param name="Extent">How much.</param>
/// <param name="Given">When, milliseconds since 1970.</param>
/// <param name="Statement">The number of the words that were agreed to: <see cref="ConsentStatement.Number"/> at that time.</param>
internal sealed record Consent(ConsentExtent Extent, long Given, long Statement);

/// <summary>The words that people agree to. Who changes their meaning gives them a new number, and everybody is asked again.</summary>
internal static class ConsentStatement
{
    public const long Number = 1;

    public const string Title = "May Saki keep this picture to learn from it?";

    public const string Text =
        "The people who run this server may then look at it, label it and train models with it. It is stored with what the model answered, what you said of it and the time, "
        + "without your name, the file's name and what your camera wrote into it. You see and delete all of it on Your data, whenever you like.";
}
