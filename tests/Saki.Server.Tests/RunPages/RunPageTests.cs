using System.Net;
using System.Text;
using System.Text.Json;
using Saki.Server.RunPages;
using Saki.Server.Tests.Tracking;

namespace Saki.Server.Tests.RunPages;

public sealed class RunPageTests
{
    [Fact]
    public async Task A_run_shows_its_figures_charts_and_what_changed_since_the_run_before()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.LogRunAsync("first", 0.8, start: 1000);
        var id = await server.LogRunAsync("second", 0.9, start: 2000);
        var page = await server.PageAsync($"/runs/{id}");
        Assert.Contains("0.9000", page.QuerySelector(".stats")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(["val_acc", "loss"], page.QuerySelectorAll("figure h3").Select(title => title.TextContent));
        Assert.Equal(10, page.QuerySelector("polyline")!.GetAttribute("points")!.Split(' ').Length);
        Assert.Equal(["lr"], page.QuerySelectorAll(".diff th").Select(cell => cell.TextContent));
        Assert.Equal(("0.8", "0.9"), (page.QuerySelector(".diff del")!.TextContent, page.QuerySelector(".diff ins")!.TextContent));
        Assert.Contains("1 other parameter", page.Body!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_history_is_sent_as_at_most_a_thousand_points_of_each_line()
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.NewRunAsync();
        for (var part = 0; part < 5; part++)
        {
            var metrics = string.Join(',', Enumerable.Range(part * 1000, 1000).Select(i => $$"""{"key":"loss","value":{{(i == 3333 ? 77 : i % 7)}},"timestamp":{{i}},"step":{{i}}}"""));
            await server.PostAsync("runs/log-batch", $$"""{"run_id":"{{id}}","metrics":[{{metrics}}]}""");
        }
        var page = await server.PageAsync($"/runs/{id}/charts");
        Assert.InRange(page.QuerySelector("polyline")!.GetAttribute("points")!.Split(' ').Length, 900, 1000);
        Assert.Contains("77", page.QuerySelector(".figures")!.TextContent, StringComparison.Ordinal);
        var zoomed = await server.PageAsync($"/runs/{id}/charts?from=3330&to=3340");
        Assert.Equal(11, zoomed.QuerySelector("polyline")!.GetAttribute("points")!.Split(' ').Length);
        var smooth = await server.PageAsync($"/runs/{id}/charts?smooth=0.9&y=log&x=relative");
        Assert.Equal(2, smooth.QuerySelectorAll("polyline").Length);
    }

    [Theory]
    [InlineData("x=nothing&y=?&smooth=NaN&from=Infinity&to=-1&sheet=-5")]
    [InlineData("from=5&to=5")]
    [InlineData("x=time&from=1e300&to=1e301")]
    [InlineData("x=relative&from=-1e300")]
    public async Task Charts_are_drawn_whatever_the_address_asks(string query)
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.LogRunAsync("one", 0.8);
        using var reply = await server.Client.GetAsync($"/runs/{id}/charts?{query}");
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.DoesNotContain("NaN,", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.json", "{\"b\":[1,2]}", "pre", "\"b\": [")]
    [InlineData("a.txt", "<script>alert(1)</script>", "pre", "<script>alert(1)</script>")]
    [InlineData("a.html", "<script>alert(1)</script>", "pre", "<script>alert(1)</script>")]
    [InlineData("a.csv", "name,score\n\"<b>x</b>, y\",=1", "td", "<b>x</b>, y")]
    [InlineData("a.bin", "\0\u0001", ".empty", "No preview")]
    public async Task A_file_is_shown_as_text_and_never_as_markup(string name, string content, string selector, string shown)
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.NewRunAsync();
        await PutAsync(server, id, name, Encoding.UTF8.GetBytes(content));
        var page = await server.PageAsync($"/runs/{id}/artifacts?path={name}");
        Assert.Contains(shown, page.QuerySelector($"#main section:last-child {selector}")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(page.QuerySelectorAll("script:not([src]), main b"));
    }

    [Theory]
    [InlineData("evil.svg")]
    [InlineData("page.html")]
    [InlineData("cat.png")]
    public async Task A_file_that_is_opened_by_itself_runs_nothing(string name)
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.NewRunAsync();
        await PutAsync(server, id, name, TestModel.Face);
        using var reply = await server.Client.GetAsync($"/runs/{id}/file?path={name}");
        Assert.Equal(TestModel.Face, await reply.Content.ReadAsByteArrayAsync());
        Assert.Contains("sandbox", Assert.Single(reply.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Equal("attachment", reply.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal("nosniff", Assert.Single(reply.Headers.GetValues("X-Content-Type-Options")));
    }

    [Theory]
    [InlineData("../../tracking.db")]
    [InlineData("/etc/passwd")]
    [InlineData("%2e%2e/x")]
    public async Task No_file_outside_of_the_run_is_reachable(string path)
    {
        await using var server = await MlflowServer.StartAsync();
        var id = await server.NewRunAsync();
        foreach (var route in (string[])["file", "artifacts"])
        {
            using var reply = await server.Client.GetAsync($"/runs/{id}/{route}?path={Uri.EscapeDataString(path)}");
            Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        }
    }

    [Fact]
    public async Task A_run_that_is_not_there_is_a_page_that_says_so()
    {
        await using var server = await MlflowServer.StartAsync();
        using var reply = await server.Client.VisitAsync("/runs/nothing");
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.StartsWith("text/html", reply.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.Contains("Run with id=nothing not found", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train.py", "train.py")]
    [InlineData("a b.py", "'a b.py'")]
    [InlineData("x;rm -rf ~", "'x;rm -rf ~'")]
    [InlineData("it's", "'it'\\''s'")]
    [InlineData("$(id)\n`id`", "'$(id) `id`'")]
    [InlineData("--flag", "'--flag'")]
    [InlineData("", "''")]
    public void What_is_pasted_into_a_shell_is_one_word(string text, string word) => Assert.Equal(word, ReproduceCommand.Quote(text));

    [Fact]
    public async Task Compared_runs_show_what_differs_before_what_is_equal()
    {
        await using var server = await MlflowServer.StartAsync();
        var (one, two) = (await server.LogRunAsync("one", 0.8), await server.LogRunAsync("two", 0.9));
        var page = await server.PageAsync($"/runs/compare?ids={one},{two}");
        Assert.Equal(["lr", "network"], page.QuerySelectorAll("section[aria-labelledby=params] tbody th").Select(cell => cell.TextContent));
        Assert.Equal("0.9000", page.QuerySelector("td.best")!.TextContent);
        Assert.Equal(["one", "two"], page.QuerySelector("figure .legend")!.QuerySelectorAll("a").Select(link => link.TextContent));
        Assert.Contains("Select 2 runs", (await server.PageAsync("/runs/compare")).Body!.TextContent, StringComparison.Ordinal);
    }

    internal static async Task PutAsync(MlflowServer server, string run, string name, byte[] content)
    {
        using var reply = await server.Client.PutAsync($"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{Uri.EscapeDataString(name)}", new ByteArrayContent(content));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }
}
