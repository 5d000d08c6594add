namespace Saki.Inference.Serving;

/// <summary>What a caller may say about one request.</summary>
/// <param name="Patience">How long it may wait for its turn; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
/// <param name="Priority">0 goes first.</param>
/// <param name="Cancellation">The caller has gone.</param>
public readonly record struct CallOptions(TimeSpan Patience, int Priority, CancellationToken Cancellation)
{
    /// <summary>True for a request that nobody waits for: it does not count among those that were answered.</summary>
    internal bool Uncounted { get; init; }
    /// <summary>Names the answer; null (default): a new id.</summary>
    public string? Id { get; init; }
    /// <summary>True: every face in a picture is judged, also where the pipeline asks for the largest only.</summary>
    public bool EveryFace { get; init; }

    /// <summary>As long as it takes.</summary>
    public static CallOptions Patient(CancellationToken cancellation) => new(Timeout.InfiniteTimeSpan, 0, cancellation);
}
