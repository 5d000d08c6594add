namespace Saki.Tracking;

/// <summary>What things are made of and what was made of them. Answer of <c>saki/lineage</c>, from the server's database and its data sets.</summary>
/// <param name="Of">The <see cref="LineageNode.Id"/> of the thing that was asked about.</param>
/// <param name="Nodes">Each once, the origins first.</param>
/// <param name="Edges">From what was used to what was made of it.</param>
public sealed record LineageGraph(string Of, IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges)
{
    /// <summary>How many runs or versions are not listed, since there are too many.</summary>
    public int Left { get; init; }
}

/// <summary>One thing in a lineage.</summary>
/// <param name="Id">Its kind, a colon, and what names it in its kind: a digest, a run's id, NAME/VERSION.</param>
/// <param name="Kind"><c>sample</c>, <c>samples</c> (all of a version), <c>data</c>, <c>config</c>, <c>run</c>, <c>package</c> or <c>model</c>.</param>
/// <param name="Name">For people.</param>
public sealed record LineageNode(string Id, string Kind, string Name)
{
    /// <summary>Digest of its content, 64 hex digits where it is SHA-256; null for what has none.</summary>
    public string? Digest { get; init; }

    /// <summary>What else is worth a few words: how many, which stage, which state.</summary>
    public string? Note { get; init; }

    /// <summary>What asks for its own lineage; null for what cannot be asked about.</summary>
    public string? Ask { get; init; }

    /// <summary>The address of its page on the server that answered; null for none.</summary>
    public string? Link { get; init; }
}

/// <summary>One thing went into another.</summary>
/// <param name="From">The <see cref="LineageNode.Id"/> of what was used.</param>
/// <param name="To">Of what was made of it.</param>
/// <param name="What">How: <c>holds</c>, <c>trained on</c>, <c>measured on</c>, <c>settings</c>, <c>made</c>, <c>registered</c>.</param>
public sealed record LineageEdge(string From, string To, string What);
