using System.Globalization;
using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Server.RunPages;

/// <summary>Writes clauses of the search grammar back as text, so that a page can offer the same filter without one of them.</summary>
internal static class FilterText
{
    /// <summary>The clauses of a filter, each with the filter that lacks it.</summary>
    /// <exception cref="MlflowException">The filter is not of the grammar.</exception>
    public static IReadOnlyList<FilterChip> Chips(string filter)
    {
        var clauses = SearchParser.Filter(filter, SearchSubject.Runs);
        return [.. clauses.Select((clause, at) => new FilterChip(clause.Key, Shown(clause), string.Join(" AND ", clauses.Where((_, other) => other != at).Select(Of))))];
    }

    /// <summary>One clause as it can be typed.</summary>
    public static string Of(SearchClause clause)
    {
        var name = clause.Entity switch
        {
            SearchEntity.Attribute => clause.Key,
            SearchEntity.Metric => $"metrics.{Quoted(clause.Key)}",
            SearchEntity.Param => $"params.{Quoted(clause.Key)}",
            SearchEntity.Tag => $"tags.{Quoted(clause.Key)}",
            _ => $"dataset.{clause.Key}",
        };
        return $"{name} {clause.Operator.Text()}{Value(clause)}";
    }

    private static string Shown(SearchClause clause) => $"{clause.Operator.Text()}{Value(clause)}";

    private static string Value(SearchClause clause) => clause switch
    {
        { Operator: SearchOperator.IsNull or SearchOperator.IsNotNull } => "",
        { Operator: SearchOperator.In or SearchOperator.NotIn } => $" ({string.Join(", ", clause.List.Select(Text))})",
        { Number: { } number } => $" {number.ToString("R", CultureInfo.InvariantCulture)}",
        _ => $" {Text(clause.Text!)}",
    };

    private static string Text(string value) => value.Contains('\'') ? $"\"{value}\"" : $"'{value}'";

    private static string Quoted(string key) => key.Contains('`') ? $"\"{key}\"" : $"`{key}`";
}

/// <summary>One clause as a chip: what it looks at, what it asks for, and the filter without it.</summary>
public sealed record FilterChip(string Key, string Asks, string Without);
