using Saki.Tracking;

namespace Saki.Server.RunPages;

/// <summary>All that the page of runs shows.</summary>
public sealed record RunListView
{
    /// <summary>The address.</summary>
    public required RunListQuery Query { get; init; }

    /// <summary>Those that are there, newest first, at most 200.</summary>
    public required IReadOnlyList<Experiment> Experiments { get; init; }

    /// <summary>Those of the table, in its order, besides name, state, duration and start.</summary>
    public required IReadOnlyList<RunColumn> Columns { get; init; }

    /// <summary>Those that can be chosen.</summary>
    public required RunColumnChoice Choices { get; init; }

    /// <summary>Null when the filter is not of the grammar.</summary>
    public RunRowPage? Page { get; init; }

    /// <summary>The filter, clause by clause.</summary>
    public IReadOnlyList<FilterChip> Chips { get; init; } = [];

    /// <summary>Why the filter cannot be read.</summary>
    public string? FilterError { get; init; }

    /// <summary>The number of the newest run when the page was made.</summary>
    public required long Newest { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long Now { get; init; }

    /// <summary>Where clients log to, e.g. <c>http://127.0.0.1:5252</c>.</summary>
    public required string Address { get; init; }

    /// <summary>Whether who looks may change tags and delete runs.</summary>
    public bool MayEdit { get; init; }

    /// <summary>Of all experiments when none is chosen.</summary>
    public string Heading => Query.Experiment is { } id ? Experiments.FirstOrDefault(one => one.ExperimentId == id)?.Name ?? $"Experiment {id}" : "Runs";

    /// <summary>Nothing was ever logged here.</summary>
    public bool Empty => Page is { Matches: 0 } && Query.Filter.Length == 0 && Query.Status is null;
}

/// <summary>Rows alone, as the page's script fetches them.</summary>
/// <param name="Rows">The runs.</param>
/// <param name="Columns">In their order.</param>
/// <param name="Now">Milliseconds since 1970.</param>
/// <param name="MayEdit">Whether who looks may change tags.</param>
public sealed record RunRowsView(IReadOnlyList<RunRow> Rows, IReadOnlyList<RunColumn> Columns, long Now, bool MayEdit);
