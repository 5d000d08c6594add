using System.Net;
using AngleSharp.Html.Parser;
using Saki.Server.RunPages;
using Saki.Server.Tests.Storage;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.RunPages;

public sealed class RunListTests
{
    [Theory, OnSqlite, OnPostgres]
    public async Task An_empty_server_says_what_to_type(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var page = await server.PageAsync("/runs");
        Assert.Contains("saki train experiment=emotions", page.QuerySelector(".empty")!.TextContent, StringComparison.Ordinal);
        Assert.Contains($"MLFLOW_TRACKING_URI={server.Address.GetLeftPart(UriPartial.Authority)}", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("order=name")]
    [InlineData("order=-status")]
    [InlineData("order=-metrics.val_acc")]
    [InlineData("order=metrics.val_acc")]
    [InlineData("order=-params.lr")]
    [InlineData("order=tags.nothing")]
    [InlineData("order=duration")]
    public async Task Pages_forward_and_back_show_every_run_once_in_one_order(string order)
    {
        await using var server = await MlflowServer.StartAsync();
        // Equal starts, equal values, NaN and missing values: every tie that a place in the order must break.
        for (var i = 0; i < 112; i++) await LogAsync(server, i);
        var (forward, back) = (new List<string>(), new List<string>());
        var path = $"/runs?{order}";
        var last = path;
        for (string? next = path; next is not null; next = Turn(await server.PageAsync(next), "Next page"))
        {
            forward.AddRange((await server.PageAsync(next)).Names());
            last = next;
        }
        Assert.Equal(112, forward.Distinct().Count());
        Assert.Equal(112, forward.Count);
        for (string? next = last; next is not null; next = Turn(await server.PageAsync(next), "Previous page")) back.InsertRange(0, (await server.PageAsync(next)).Names());
        Assert.Equal(forward, back);

        static string? Turn(AngleSharp.Html.Dom.IHtmlDocument page, string name) => page.QuerySelector($".pager a[aria-label='{name}']")?.GetAttribute("href");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_best_runs_come_first_and_those_without_a_value_last_both_ways(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.LogRunAsync("good", 0.9);
        await server.LogRunAsync("better", 0.95);
        await server.PostAsync("runs/create", """{"experiment_id":"0","start_time":5000,"run_name":"empty"}""");
        Assert.Equal(["better", "good", "empty"], (await server.PageAsync("/runs?order=-metrics.val_acc")).Names());
        Assert.Equal(["good", "better", "empty"], (await server.PageAsync("/runs?order=metrics.val_acc")).Names());
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_filter_narrows_and_each_of_its_clauses_can_be_taken_away(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.LogRunAsync("good", 0.9);
        await server.LogRunAsync("bad", 0.2);
        var page = await server.PageAsync($"/runs?filter={Uri.EscapeDataString("metrics.`val_acc` > 0.5 AND params.network = 'vgg'")}");
        Assert.Equal(["good"], page.Names());
        var chips = page.QuerySelectorAll("a.chip").Select(chip => chip.GetAttribute("href")!).ToList();
        Assert.Equal(2, chips.Count);
        Assert.Equal(["good", "bad"], (await server.PageAsync(chips[0])).Names().Order(StringComparer.Ordinal).Reverse());
        Assert.Equal(["good"], (await server.PageAsync(chips[1])).Names());
    }

    [Theory]
    [InlineData("foo")]
    [InlineData("metrics.val_acc > 'x'")]
    [InlineData("metrics.a = 1 OR metrics.b = 2")]
    [InlineData("<script>alert(1)</script>")]
    public async Task A_filter_that_cannot_be_read_is_told_in_words_beside_its_box(string filter)
    {
        await using var server = await MlflowServer.StartAsync();
        using var reply = await server.Client.GetAsync($"/runs?filter={Uri.EscapeDataString(filter)}");
        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        var page = await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
        Assert.Equal("true", page.QuerySelector("input[name=filter]")!.GetAttribute("aria-invalid"));
        Assert.Equal(filter, page.QuerySelector("input[name=filter]")!.GetAttribute("value"));
        Assert.Contains("cannot be read", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("script:not([src])"));
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Of_many_metrics_only_those_of_the_chosen_columns_are_sent(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var run = await server.NewRunAsync();
        for (var part = 0; part < 3; part++)
        {
            var metrics = string.Join(',', Enumerable.Range(part * 1000, 1000).Select(i => $$"""{"key":"wide_{{i}}","value":{{i}},"timestamp":1,"step":0}"""));
            await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{run}}","metrics":[{{metrics}}]}""");
        }
        var page = await server.Client.GetStringAsync("/runs?col=metrics.wide_2718");
        Assert.Contains(">2,718<", page, StringComparison.Ordinal);
        Assert.InRange(page.Length, 1, 40_000);
        var found = await server.PageAsync("/runs?find=WIDE_2718");
        Assert.Contains(found.QuerySelectorAll("input[name=col]"), box => box.GetAttribute("value") == "metrics.wide_2718");
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task Rows_alone_are_those_that_are_asked_for(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        var running = await server.LogRunAsync("runs", 0.5, running: true);
        await server.LogRunAsync("ended", 0.5);
        var rows = await server.Client.GetStringAsync($"/runs/rows?ids={running}&col=metrics.val_acc");
        Assert.Contains($"data-run=\"{running}\" data-live", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("ended", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("<html", rows, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?after=xxx&before=yyy&experiment=x&status=99&order=<script>&col=nothing&col=metrics.")]
    [InlineData("?after=MHx8fA&order=-metrics.a'b\"c`d")]
    [InlineData("?experiment=999999999999999999")]
    [InlineData("?find=%25_%00")]
    public async Task An_address_that_makes_no_sense_is_still_answered(string query)
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("one", 0.5);
        using var reply = await server.Client.GetAsync($"/runs{query}");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Theory, OnSqlite, OnPostgres]
    public async Task The_csv_holds_the_view_and_nothing_that_a_spreadsheet_runs(string store)
    {
        await using var server = await MlflowServer.StartAsync(store);
        await server.LogRunAsync("=cmd|'/c calc'!A1", 0.75);
        await server.LogRunAsync("plain, \"quoted\"", 0.5, start: 500);
        var lines = (await server.Client.GetStringAsync("/runs.csv?col=metrics.val_acc&col=params.lr&col=tags.note")).Split("\r\n");
        Assert.EndsWith("metrics.val_acc,params.lr,tags.note", lines[0], StringComparison.Ordinal);
        Assert.Contains(",'=cmd|'/c calc'!A1,FINISHED,", lines[1], StringComparison.Ordinal);
        Assert.EndsWith(",0.75,0.75,'=cmd|'/c calc'!A1", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"plain, \"\"quoted\"\"\"", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData(" +1", "+1")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("-cmd", "'-cmd")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\uFF1D1", "'\uFF1D1")]
    public void A_text_that_begins_a_formula_is_made_a_text(string value, string cell) => Assert.Equal($"{cell}\r\n", RunCsv.Line([value]).Replace("\" +1\"", "+1", StringComparison.Ordinal).Replace(" +1", "+1", StringComparison.Ordinal));

    private static async Task LogAsync(MlflowServer server, int i)
    {
        var run = await server.PostAsync("runs/create", $$"""{"experiment_id":"0","start_time":{{i / 9}},"run_name":"run-{{i}}"}""");
        var id = (string)run["run"]!["info"]!["run_id"]!;
        var value = (i % 5) switch { 0 => null, 1 => "\"NaN\"", var some => $"{some % 3}" };
        var metrics = value is null ? "" : $$"""{"key":"val_acc","value":{{value}},"timestamp":1,"step":0}""";
        await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{{metrics}}],"params":[{"key":"lr","value":"{{i % 4}}"}]}""");
    }
}
