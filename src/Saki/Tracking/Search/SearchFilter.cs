namespace Saki.Tracking.Search;

/// <summary>What a clause of a filter looks at.</summary>
public enum SearchEntity
{
    /// <summary>A field of the thing itself: a name, a time, a state.</summary>
    Attribute,
    /// <summary>The newest value of a metric.</summary>
    Metric,
    /// <summary>A setting.</summary>
    Param,
    /// <summary>A note.</summary>
    Tag,
    /// <summary>A data set that went into a run: its name, digest or context.</summary>
    Dataset,
}

/// <summary>How a clause compares.</summary>
public enum SearchOperator
{
    /// <summary><c>=</c></summary>
    Equal,
    /// <summary><c>!=</c></summary>
    NotEqual,
    /// <summary><c>&lt;</c></summary>
    Less,
    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,
    /// <summary><c>&gt;</c></summary>
    Greater,
    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,
    /// <summary>Case-sensitive, <c>%</c> any text, <c>_</c> any character.</summary>
    Like,
    /// <summary>Without regard to case.</summary>
    ILike,
    /// <summary>One of a list.</summary>
    In,
    /// <summary>None of a list.</summary>
    NotIn,
    /// <summary>The key is not there.</summary>
    IsNull,
    /// <summary>The key is there.</summary>
    IsNotNull,
}

/// <summary>One comparison. Of the three values one is meant: <see cref="Number"/> for metrics and numeric fields, <see cref="List"/> for IN, else <see cref="Text"/>.</summary>
public sealed record SearchClause(SearchEntity Entity, string Key, SearchOperator Operator)
{
    /// <summary>The text compared with.</summary>
    public string? Text { get; init; }

    /// <summary>The number compared with.</summary>
    public double? Number { get; init; }

    /// <summary>The texts of IN and NOT IN.</summary>
    public IReadOnlyList<string> List { get; init; } = [];
}

/// <summary>One key of <c>order_by</c>.</summary>
public sealed record SearchOrder(SearchEntity Entity, string Key, bool Descending);

/// <summary>How comparisons are written in a filter.</summary>
public static class SearchOperators
{
    /// <summary>The comparison as the grammar has it: <c>!=</c>, <c>ILIKE</c>, <c>IS NOT NULL</c>.</summary>
    public static string Text(this SearchOperator comparison) => comparison switch
    {
        SearchOperator.Equal => "=",
        SearchOperator.NotEqual => "!=",
        SearchOperator.Less => "<",
        SearchOperator.LessOrEqual => "<=",
        SearchOperator.Greater => ">",
        SearchOperator.GreaterOrEqual => ">=",
        SearchOperator.NotIn => "NOT IN",
        SearchOperator.IsNull => "IS NULL",
        SearchOperator.IsNotNull => "IS NOT NULL",
        _ => comparison.ToString().ToUpperInvariant(),
    };
}
