using System.Globalization;
using System.Text;
using Dapper;
using Saki.Server.Storage;
using Saki.Tracking.Search;

namespace Saki.Server.Tracking;

/// <summary>Turns a parsed search into SQL. Every text and number of the asker becomes a parameter; only names from <see cref="Shape"/> are pasted.</summary>
internal sealed class SearchSql(SearchSql.Shape shape, Dialect dialect)
{
    private readonly StringBuilder _where = new();
    private readonly List<string> _order = [];
    private int _count;

    /// <summary>The values of the parameters.</summary>
    public DynamicParameters Values { get; } = new();

    /// <summary>Conditions so far, each preceded by AND.</summary>
    public string Where => _where.ToString();

    /// <summary>Keys of the order so far, joined by commas and followed by one; empty when there are none.</summary>
    public string Order => string.Concat(_order.Select(key => $"{key}, "));

    /// <summary>Adds the clauses of a filter.</summary>
    public SearchSql Filter(IEnumerable<SearchClause> clauses)
    {
        foreach (var clause in clauses) _where.Append(" AND ").Append(Condition(clause));
        return this;
    }

    /// <summary>Adds the keys of an order. Things without the key come last both ways; of metrics NaN comes just before them.</summary>
    public SearchSql OrderBy(IEnumerable<SearchOrder> orders)
    {
        foreach (var order in orders)
        {
            var direction = order.Descending ? "DESC" : "ASC";
            if (order.Entity == SearchEntity.Attribute)
            {
                _order.Add($"{shape.Fields[order.Key]} IS NULL, {shape.Fields[order.Key]} {direction}");
                continue;
            }
            var place = shape.Places[order.Entity];
            var row = $"FROM {place.Table} WHERE {place.Owner} = {shape.Id} AND {place.Key} = {KeyOf(place, order.Key)}";
            if (order.Entity == SearchEntity.Metric) _order.Add($"coalesce((SELECT nan {row}), 2)");
            else _order.Add($"(SELECT {place.Value} {row}) IS NULL");
            _order.Add($"(SELECT {place.Value} {row}) {direction}");
        }
        return this;
    }

    private string Condition(SearchClause clause)
    {
        if (clause.Entity == SearchEntity.Attribute) return Compare(shape.Fields[clause.Key], clause);
        if (clause.Entity == SearchEntity.Dataset) return $"EXISTS ({shape.Datasets} AND {Compare(clause.Key == "context" ? "t.value" : $"d.{clause.Key}", clause)})";

        var place = shape.Places[clause.Entity];
        var row = $"SELECT 1 FROM {place.Table} WHERE {place.Owner} = {shape.Id} AND {place.Key} = {KeyOf(place, clause.Key)}";
        return clause.Operator switch
        {
            SearchOperator.IsNull => $"NOT EXISTS ({row})",
            SearchOperator.IsNotNull => $"EXISTS ({row})",
            _ => $"EXISTS ({row} AND {Compare(place.Value, clause)})",
        };
    }

    private string Compare(string left, SearchClause clause)
    {
        if (clause.Operator is SearchOperator.In or SearchOperator.NotIn)
        {
            return clause.List.Count == 0 ? "1 = 0" : $"{left} {(clause.Operator == SearchOperator.In ? "IN" : "NOT IN")} ({string.Join(", ", clause.List.Select(Add))})";
        }
        var right = Add(clause.Number is { } number ? number : clause.Text!);
        return clause.Operator switch
        {
            SearchOperator.Equal => $"{left} = {right}",
            SearchOperator.NotEqual => $"{left} <> {right}",
            SearchOperator.Less => $"{left} < {right}",
            SearchOperator.LessOrEqual => $"{left} <= {right}",
            SearchOperator.Greater => $"{left} > {right}",
            SearchOperator.GreaterOrEqual => $"{left} >= {right}",
            SearchOperator.Like => string.Format(CultureInfo.InvariantCulture, dialect.Like, left, right),
            _ => string.Format(CultureInfo.InvariantCulture, dialect.ILike, left, right),
        };
    }

    private string KeyOf(Place place, string key) => place.KeyNames is null ? Add(key) : $"(SELECT id FROM {place.KeyNames} WHERE name = {Add(key)})";

    private string Add(object value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"f{_count++}");
        Values.Add(name, value);
        return $"@{name}";
    }

    /// <summary>Where the things searched for lie.</summary>
    internal sealed record Shape
    {
        /// <summary>Their own number, qualified.</summary>
        public required string Id { get; init; }

        /// <summary>Field to column or expression.</summary>
        public required Dictionary<string, string> Fields { get; init; }

        /// <summary>Where their metrics, params and tags are.</summary>
        public required Dictionary<SearchEntity, Place> Places { get; init; }

        /// <summary>A query over data sets <c>d</c> and their context <c>t</c> that ends in a condition; null when they have none.</summary>
        public string? Datasets { get; init; }
    }

    /// <summary>A table of (owner, key, value). Keys that are numbers have their names in <paramref name="KeyNames"/>.</summary>
    internal sealed record Place(string Table, string Owner, string Key = "key", string Value = "value", string? KeyNames = null);
}
