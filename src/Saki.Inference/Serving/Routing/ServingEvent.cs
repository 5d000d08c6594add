namespace Saki.Inference.Serving;

/// <summary>A change of what is served: who made it, when, why, and what it was before.</summary>
public sealed record ServingEvent
{
    /// <summary>Names it: a version 7 UUID, 32 hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long Time { get; init; }

    /// <summary>The name of the token that asked; <c>saki</c> for what the server decided itself.</summary>
    public required string Who { get; init; }

    /// <summary>The reason that was given.</summary>
    public string Why { get; init; } = "";

    /// <summary>The model.</summary>
    public required string Model { get; init; }

    /// <summary>The version that it is about; empty for all.</summary>
    public string Version { get; init; } = "";

    /// <summary><c>canary</c>, <c>rollback</c>, <c>shadow</c>, <c>user</c>, <c>default</c>, <c>follow</c>, <c>load</c>, <c>unload</c> or <c>scale</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What was, in words.</summary>
    public string From { get; init; } = "";

    /// <summary>What is now, in words.</summary>
    public string To { get; init; } = "";

    /// <summary>The figures that it was decided on, as JSON; empty where there are none.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>How it is undone; null where it cannot be.</summary>
    public UndoStep? Undo { get; init; }

    /// <summary>True once the audit has it.</summary>
    public bool Audited { get; init; }
}

/// <summary>What takes a change back; the members that are set apply.</summary>
public sealed record UndoStep
{
    /// <summary>The routing before.</summary>
    public ModelRouting? Routing { get; init; }

    /// <summary>The default version before.</summary>
    public string? Default { get; init; }

    /// <summary>The version to take out again.</summary>
    public string? Unload { get; init; }

    /// <summary>Where the version that was taken out came from.</summary>
    public string? Load { get; init; }
}

/// <summary>Who changes something, and why.</summary>
/// <param name="Who">The name of the token.</param>
/// <param name="Why">The reason that was given; may be empty.</param>
public readonly record struct ChangedBy(string Who, string Why = "")
{
    /// <summary>The program itself: a start, a restart, a registry that moved.</summary>
    public static ChangedBy Saki { get; } = new("saki");
}
