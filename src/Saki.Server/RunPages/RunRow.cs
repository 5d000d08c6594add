using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>One row of the table: the run, and what its columns ask for.</summary>
public sealed record RunRow
{
    /// <summary>Its number in the database.</summary>
    public long Id { get; init; }

    /// <summary>32 hex digits.</summary>
    public string RunId { get; init; } = "";

    /// <summary>Name for people.</summary>
    public string Name { get; init; } = "";

    /// <summary>The number of its experiment.</summary>
    public long Experiment { get; init; }

    /// <summary>Who started it.</summary>
    public string UserId { get; init; } = "";

    /// <summary>As the database has it, e.g. <c>RUNNING</c>.</summary>
    public string State { get; init; } = "";

    /// <summary>Milliseconds since 1970.</summary>
    public long StartTime { get; init; }

    /// <summary>Milliseconds since 1970; null while it runs.</summary>
    public long? EndTime { get; init; }

    /// <summary>Its place in the order.</summary>
    public long Rank { get; init; }

    /// <inheritdoc cref="Rank"/>
    public object? Sort { get; init; }

    /// <summary>In the order of the columns: a number for metrics, a text for the others, null for what was not logged.</summary>
    public object?[] Cells { get; set; } = [];

    /// <summary>Its state.</summary>
    public RunStatus Status => Enum.Parse<RunStatus>(State, ignoreCase: true);

    /// <summary>Whether it can still change by itself.</summary>
    public bool Live => Status is RunStatus.Running or RunStatus.Scheduled;

    /// <summary>Where a page before or behind it begins.</summary>
    public RunCursor Cursor => new(Rank, Sort, StartTime, RunId);
}

/// <summary>A page of rows and how many there are.</summary>
/// <param name="Rows">The page.</param>
/// <param name="HasPrevious">Whether rows come before it.</param>
/// <param name="HasNext">Whether rows come behind it.</param>
/// <param name="Matches">How many match among the newest <see cref="RunListReader.MostCounted"/> runs.</param>
/// <param name="AtLeast">Whether there are more runs than were counted among.</param>
public sealed record RunRowPage(IReadOnlyList<RunRow> Rows, bool HasPrevious, bool HasNext, long Matches, bool AtLeast);
