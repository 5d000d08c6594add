using Saki.Tracking;
using Saki.Tracking.Search;

namespace Saki.Tests.Tracking;

// The cases are MLflow's documentation ("Search Runs") and answers of its server 3.11.
public sealed class SearchParserTests
{
    [Theory]
    [InlineData("metrics.acc > 0.72", "Metric acc Greater 0.72")]
    [InlineData("metric.acc<=-1e-3", "Metric acc LessOrEqual -0.001")]
    [InlineData("metrics.`m 1` = 1", "Metric m 1 Equal 1")]
    [InlineData("metrics.\"cl/acc %\" != .5", "Metric cl/acc % NotEqual 0.5")]
    [InlineData("metrics.a.b/c >= 1", "Metric a.b/c GreaterOrEqual 1")]
    [InlineData("params.lr = '0.1'", "Param lr Equal '0.1'")]
    [InlineData("parameter.lr = \"0.1\"", "Param lr Equal '0.1'")]
    [InlineData("tags.`mlflow.parentRunId` LIKE 'a%'", "Tag mlflow.parentRunId Like 'a%'")]
    [InlineData("tag.x ilike '%B_'", "Tag x ILike '%B_'")]
    [InlineData("tags.x IS NULL", "Tag x IsNull")]
    [InlineData("params.x is not null", "Param x IsNotNull")]
    [InlineData("status = 'RUNNING'", "Attribute status Equal 'RUNNING'")]
    [InlineData("attributes.start_time > 1664067852747", "Attribute start_time Greater 1664067852747")]
    [InlineData("attr.`Run name` = 'x'", "Attribute run_name Equal 'x'")]
    [InlineData("created < 5", "Attribute start_time Less 5")]
    [InlineData("run_id IN ('a', \"b\")", "Attribute run_id In [a|b]")]
    [InlineData("run_id NOT IN ('a')", "Attribute run_id NotIn [a]")]
    [InlineData("dataset.context = 'train'", "Dataset context Equal 'train'")]
    [InlineData("datasets.name IN ('x')", "Dataset name In [x]")]
    [InlineData("tags.x = 'it''s'", "Tag x Equal 'it's'")]
    [InlineData("tags.x = 'a AND b'", "Tag x Equal 'a AND b'")]
    [InlineData("tags.x = ''", "Tag x Equal ''")]
    public void Clause_is_read(string filter, string expected) => Assert.Equal(expected, Shown(Assert.Single(SearchParser.Filter(filter, SearchSubject.Runs))));

    [Fact]
    public void Clauses_are_joined_by_and_in_any_case() =>
        Assert.Equal(["Metric a Greater 1", "Param b Equal 'x'", "Tag c IsNull"], SearchParser.Filter(" metrics.a > 1 and params.b='x' AND tags.c IS NULL ", SearchSubject.Runs).Select(Shown));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Empty_filter_has_no_clause(string? filter) => Assert.Empty(SearchParser.Filter(filter, SearchSubject.Runs));

    [Theory]
    [InlineData("metrics.a > 1 OR metrics.b > 1", "Invalid clause(s) in filter string: 'OR'")]
    [InlineData("(metrics.a > 1)", "Invalid clause(s) in filter string")]
    [InlineData("metrics.a > 1 metrics.b > 1", "Invalid clause(s) in filter string")]
    [InlineData("metrics.a >", "Expected numeric value")]
    [InlineData("metrics.a = '1'", "Expected numeric value")]
    [InlineData("metrics.a LIKE 'x'", "Invalid comparator")]
    [InlineData("params.a = 1", "Expected a quoted string value")]
    [InlineData("params.a > 'x'", "Invalid comparator")]
    [InlineData("params.a IN ('x')", "Invalid comparator")]
    [InlineData("attributes.experiment_id = '1'", "Invalid attribute key")]
    [InlineData("lifecycle_stage = 'active'", "Invalid attribute key")]
    [InlineData("tagz.a = 'x'", "Invalid entity type")]
    [InlineData("status IN ('RUNNING')", "Invalid comparator")]
    [InlineData("status IS NULL", "Invalid comparator")]
    [InlineData("dataset.foo = 'x'", "Invalid dataset key")]
    [InlineData("tags.a = 'open", "Expected a quoted string value")]
    [InlineData("metrics.a = nan", "Expected numeric value")]
    [InlineData("run_id IN ('a' 'b')", "Invalid clause(s) in filter string")]
    [InlineData("run_id IN ()", "While parsing a list")]
    [InlineData("AND", "Invalid attribute key")]
    public void Wrong_filter_is_refused_with_mlflows_words(string filter, string part)
    {
        var refusal = Assert.Throws<MlflowException>(() => SearchParser.Filter(filter, SearchSubject.Runs));
        Assert.Equal(MlflowException.Invalid, refusal.Code);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Filters_have_limits()
    {
        Assert.Throws<MlflowException>(() => SearchParser.Filter(string.Join(" AND ", Enumerable.Repeat("metrics.a > 1", 3000)), SearchSubject.Runs));
        Assert.Throws<MlflowException>(() => SearchParser.Filter(new string('x', SearchParser.LongestFilter + 1), SearchSubject.Runs));
    }

    [Fact]
    public void Order_is_read_with_its_direction()
    {
        var orders = SearchParser.Order(["metrics.acc DESC", "start_time asc", "params.`a b`", "tags.x"], SearchSubject.Runs);
        Assert.Equal([new(SearchEntity.Metric, "acc", true), new(SearchEntity.Attribute, "start_time", false), new(SearchEntity.Param, "a b", false), new(SearchEntity.Tag, "x", false)], orders);
    }

    [Theory]
    [InlineData("metrics.acc DOWN")]
    [InlineData("metrics.acc DESC extra")]
    [InlineData("nothing.x")]
    [InlineData("")]
    public void Wrong_order_is_refused(string order) => Assert.Throws<MlflowException>(() => SearchParser.Order([order], SearchSubject.Runs));

    [Fact]
    public void Key_twice_in_an_order_is_refused() => Assert.Throws<MlflowException>(() => SearchParser.Order(["metrics.a", "metrics.a DESC"], SearchSubject.Runs));

    [Fact]
    public void Each_subject_has_its_own_fields()
    {
        Assert.Single(SearchParser.Filter("creation_time > 5", SearchSubject.Experiments));
        Assert.Single(SearchParser.Filter("version_number >= 2", SearchSubject.ModelVersions));
        Assert.Single(SearchParser.Filter("tag.`mlflow.prompt.is_prompt` != 'true'", SearchSubject.RegisteredModels));
        Assert.Throws<MlflowException>(() => SearchParser.Filter("metrics.a > 1", SearchSubject.Experiments));
        Assert.Throws<MlflowException>(() => SearchParser.Filter("creation_timestamp > 1", SearchSubject.RegisteredModels));
    }

    private static string Shown(SearchClause clause) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{clause.Entity} {clause.Key} {clause.Operator}{(clause.Number is { } number ? $" {number}" : clause.List.Count > 0 ? $" [{string.Join('|', clause.List)}]" : clause.Text is { } text ? $" '{text}'" : "")}");
}
