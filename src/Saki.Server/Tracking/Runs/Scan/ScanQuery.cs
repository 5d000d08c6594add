using Saki.Tracking.Search;

namespace Saki.Server.Tracking.Runs.Scan;

/// <summary>Which runs are asked for, and which of those that match.</summary>
internal sealed record ScanQuery
{
    /// <summary>Their numbers; null for all.</summary>
    public IReadOnlyList<long>? Experiments { get; init; }

    /// <summary>Which life cycles. Default: active.</summary>
    public ViewType View { get; init; } = ViewType.ActiveOnly;

    /// <summary>Only runs with greater numbers. Default: all.</summary>
    public long Since { get; init; }

    /// <summary>All of them must hold.</summary>
    public IReadOnlyList<SearchClause> Filter { get; init; } = [];

    /// <summary>Before the newest start and the id, which always decide at last.</summary>
    public IReadOnlyList<SearchOrder> Order { get; init; } = [];

    /// <summary>A place in the order behind which the page begins; null: at the first run.</summary>
    public ScanPlace? Place { get; init; }

    /// <summary>Whether the runs before <see cref="Place"/> are meant, nearest first.</summary>
    public bool Backwards { get; init; }

    /// <summary>Runs to leave out at the front.</summary>
    public long Offset { get; init; }

    /// <summary>Most runs.</summary>
    public required int Limit { get; init; }
}

/// <summary>Between a run and its neighbour; with the first key of the order only.</summary>
/// <param name="Rank">As <see cref="ScanColumn.Rank"/>.</param>
/// <param name="Value">Of the first key: a number or text; null for what has none.</param>
/// <param name="Start">Milliseconds since 1970.</param>
/// <param name="RunId">32 hex digits.</param>
internal sealed record ScanPlace(long Rank, object? Value, long Start, string RunId);

/// <summary>What a scan found.</summary>
/// <param name="Ids">Numbers of the page's runs in their order.</param>
/// <param name="Matches">How many runs match, of all pages.</param>
internal sealed record ScanPage(IReadOnlyList<long> Ids, long Matches);
