namespace Saki.Tracking.Search;

/// <summary>
/// MLflow's search grammar, the same for runs, experiments, models and versions: clauses joined by AND, no OR, no parentheses.
/// Source: MLflow's documentation "Search Runs" and the answers of its server (docs/reference/tracking.md).
/// </summary>
public static class SearchParser
{
    /// <summary>Longest filter, in characters.</summary>
    public const int LongestFilter = 65_536;

    /// <summary>Most clauses of one filter, most keys of one order.</summary>
    public const int MostClauses = 200;

    private const int MostListItems = 10_000;

    /// <summary>The clauses of a filter, in its order; none for an empty one.</summary>
    /// <exception cref="MlflowException">It is not of the grammar, or names what <paramref name="subject"/> does not have.</exception>
    public static IReadOnlyList<SearchClause> Filter(string? filter, SearchSubject subject)
    {
        if (string.IsNullOrWhiteSpace(filter)) return [];
        if (filter.Length > LongestFilter) throw MlflowException.BadValue($"Invalid filter string: it exceeds the maximum length of {LongestFilter} characters");
        var lexer = new FilterLexer(filter);
        var clauses = new List<SearchClause>();
        do
        {
            if (clauses.Count == MostClauses) throw MlflowException.BadValue($"Invalid filter string: it can contain at most {MostClauses} clauses");
            clauses.Add(Clause(ref lexer, subject));
        }
        while (lexer.Keyword("AND"));
        return lexer.AtEnd ? clauses : throw InvalidClause(lexer.Keyword("OR") ? "OR" : lexer.Rest);
    }

    /// <summary>The keys of <c>order_by</c>.</summary>
    /// <exception cref="MlflowException">As for <see cref="Filter"/>, or a key stands twice.</exception>
    public static IReadOnlyList<SearchOrder> Order(IReadOnlyList<string> orderBy, SearchSubject subject)
    {
        if (orderBy.Count > MostClauses) throw MlflowException.BadValue($"order_by can contain at most {MostClauses} keys");
        var orders = new List<SearchOrder>();
        foreach (var item in orderBy)
        {
            var lexer = new FilterLexer(item);
            var (entity, key) = Identifier(ref lexer, subject, "order_by clause", orders: true);
            var descending = lexer.Keyword("DESC");
            if (!descending) lexer.Keyword("ASC");
            if (!lexer.AtEnd) throw MlflowException.BadValue($"Invalid order_by clause '{Short(item)}': expected a key, then ASC or DESC");
            if (orders.Any(known => known.Entity == entity && known.Key == key))
                throw MlflowException.BadValue($"`order_by` contains duplicate fields: ['{Short(item)}']");
            orders.Add(new SearchOrder(entity, key, descending));
        }
        return orders;
    }

    private static SearchClause Clause(ref FilterLexer lexer, SearchSubject subject)
    {
        var (entity, key) = Identifier(ref lexer, subject, "filter string", orders: false);
        var numeric = entity == SearchEntity.Metric || (entity == SearchEntity.Attribute && subject.NumberFields.Contains(key));
        var comparison = Operator(ref lexer) ?? throw InvalidClause(lexer.Rest);
        var clause = new SearchClause(entity, key, comparison);
        if (!Allowed(clause, numeric, subject)) throw MlflowException.BadValue($"Invalid comparator '{comparison.Text()}' for {Named(clause)}");
        return comparison switch
        {
            SearchOperator.IsNull or SearchOperator.IsNotNull => clause,
            SearchOperator.In or SearchOperator.NotIn => clause with { List = List(ref lexer) },
            _ when numeric => clause with { Number = lexer.Number() ?? throw MlflowException.BadValue($"Expected numeric value type for {Named(clause)}. Found {lexer.Rest}") },
            _ => clause with { Text = lexer.Text() ?? throw MlflowException.BadValue($"Expected a quoted string value for {Named(clause)}. Got value {lexer.Rest}") },
        };
    }

    private static (SearchEntity, string) Identifier(ref FilterLexer lexer, SearchSubject subject, string place, bool orders)
    {
        if (lexer.Name() is not { } name) throw place == "filter string" ? InvalidClause(lexer.Rest) : MlflowException.BadValue($"Invalid {place} '{lexer.Rest}'");
        var entity = name.Entity is null ? SearchEntity.Attribute : subject.Entity(name.Entity)
            ?? throw MlflowException.BadValue($"Invalid entity type '{Short(name.Entity)}'. Valid values are {string.Join(", ", subject.Entities.Select(e => $"'{e.ToString().ToLowerInvariant()}'"))}");
        if (entity == SearchEntity.Dataset && (orders || name.Key is not ("name" or "digest" or "context")))
            throw MlflowException.BadValue($"Invalid dataset key '{Short(name.Key)}' specified. Valid keys are 'name', 'digest', 'context'");
        if (entity != SearchEntity.Attribute) return (entity, name.Key);

        var field = subject.Canonical(name.Key);
        IReadOnlyList<string> known = [.. subject.TextFields, .. subject.NumberFields, .. orders ? subject.OrderOnly : []];
        return known.Contains(field) ? (entity, field)
            : throw MlflowException.BadValue($"Invalid attribute key '{Short(name.Key)}' specified. Valid keys are {string.Join(", ", known.Select(k => $"'{k}'"))}");
    }

    private static SearchOperator? Operator(ref FilterLexer lexer)
    {
        if (lexer.Symbol() is { } symbol)
        {
            return symbol switch
            {
                "=" => SearchOperator.Equal,
                "!=" => SearchOperator.NotEqual,
                "<" => SearchOperator.Less,
                "<=" => SearchOperator.LessOrEqual,
                ">" => SearchOperator.Greater,
                _ => SearchOperator.GreaterOrEqual,
            };
        }
        if (lexer.Keyword("LIKE")) return SearchOperator.Like;
        if (lexer.Keyword("ILIKE")) return SearchOperator.ILike;
        if (lexer.Keyword("IN")) return SearchOperator.In;
        if (lexer.Keyword("NOT")) return lexer.Keyword("IN") ? SearchOperator.NotIn : null;
        if (!lexer.Keyword("IS")) return null;
        if (lexer.Keyword("NULL")) return SearchOperator.IsNull;
        return lexer.Keyword("NOT") && lexer.Keyword("NULL") ? SearchOperator.IsNotNull : null;
    }

    private static bool Allowed(SearchClause clause, bool numeric, SearchSubject subject) => clause.Operator switch
    {
        SearchOperator.Equal or SearchOperator.NotEqual => true,
        SearchOperator.Less or SearchOperator.LessOrEqual or SearchOperator.Greater or SearchOperator.GreaterOrEqual => numeric,
        SearchOperator.Like or SearchOperator.ILike => !numeric,
        SearchOperator.In or SearchOperator.NotIn => clause.Entity == SearchEntity.Dataset || (clause.Entity == SearchEntity.Attribute && subject.ListFields.Contains(clause.Key)),
        _ => clause.Entity is SearchEntity.Tag or SearchEntity.Param,
    };

    private static List<string> List(ref FilterLexer lexer)
    {
        if (!lexer.Mark('(')) throw InvalidClause(lexer.Rest);
        var items = new List<string>();
        do
        {
            if (items.Count == MostListItems) throw MlflowException.BadValue($"A list of a filter string can contain at most {MostListItems} items");
            items.Add(lexer.Text() ?? throw MlflowException.BadValue($"While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type in list: {lexer.Rest}"));
        }
        while (lexer.Mark(','));
        return lexer.Mark(')') ? items : throw InvalidClause(lexer.Rest);
    }

    private static MlflowException InvalidClause(string rest) => MlflowException.BadValue($"Invalid clause(s) in filter string: '{rest}'");

    private static string Named(SearchClause clause) => $"{clause.Entity.ToString().ToLowerInvariant()} '{Short(clause.Key)}'";

    private static string Short(string text) => text.Length <= 80 ? text : $"{text[..80]}…";
}
