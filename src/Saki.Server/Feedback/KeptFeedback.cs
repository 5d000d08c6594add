namespace Saki.Server.Feedback;

/// <summary>Where the pages find the store, which opens after the routes are built; null on a server without a home folder, which keeps nothing.</summary>
internal sealed class KeptFeedback
{
    public FeedbackStore? Store { get; set; }
}
