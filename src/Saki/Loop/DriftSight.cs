namespace Saki.Loop;

/// <summary>How far the pictures that a champion is asked about have moved from a reference, by sampled traffic. Windows follow each other without overlap.</summary>
public sealed record DriftSight
{
    /// <summary>What traffic is held against, in words: <c>the first 200 pictures of version 3</c>.</summary>
    public string Reference { get; init; } = "";

    /// <summary>Pictures that the reference has so far; whole from <see cref="Need"/> on.</summary>
    public int Have { get; init; }

    /// <summary>Pictures of a whole reference and of a whole window.</summary>
    public int Need { get; init; }

    /// <summary>Pictures of the window in progress.</summary>
    public int Window { get; init; }

    /// <summary>Why nothing is measured; null when all is well.</summary>
    public string? Problem { get; init; }

    /// <summary>The measures of the newest whole windows; empty before the first.</summary>
    public IReadOnlyList<DriftFigure> Figures { get; init; } = [];
}

/// <summary>One measure of drift.</summary>
/// <param name="Of"><c>classes</c>, <c>brightness</c>, <c>contrast</c>, <c>sharpness</c>, <c>size</c> or <c>embeddings</c>.</param>
/// <param name="Value">Of the newest whole window: a population stability index, for embeddings the probability of so large a difference by chance.</param>
/// <param name="Before">Of the window before it; null for none. A limit counts as crossed when both windows cross it.</param>
public readonly record struct DriftFigure(string Of, double Value, double? Before)
{
    /// <summary>The measure that counts how likely chance is: crossed from above.</summary>
    public const string Embeddings = "embeddings";

    /// <summary>Whether two windows in a row crossed <paramref name="limit"/>.</summary>
    public bool Crosses(double limit) => Of == Embeddings ? Value <= limit && Before <= limit : Value >= limit && Before >= limit;
}
