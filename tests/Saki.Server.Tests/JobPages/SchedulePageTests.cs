using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Server.Tests.Jobs;

namespace Saki.Server.Tests.JobPages;

/// <summary>What starts by the clock, from its form to its end, without scripts.</summary>
public sealed class SchedulePageTests
{
    private const string Argument = "arguments:\n  - {name: n, type: integer, min: 1, max: 9, default: '3'}";

    [Fact]
    public async Task A_schedule_is_added_read_out_changed_paused_resumed_and_deleted()
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("nap", "true", Argument);
        var form = await GetAsync(server, "/jobs/schedules/new?kind=nap");
        Assert.Contains("At 03:00, every day", form.QuerySelector("#reading")!.TextContent, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.SeeOther, (await PostAsync(server, "/jobs/schedules/new", ("kind", "nap"), ("name", "nightly"), ("cron", "30 22 * * 1-5"), ("zone", "Europe/Berlin"), ("a.n", "4"), ("priority", "2"))).Status);
        var row = await RowAsync(server);
        Assert.Contains("at 22:30, on Monday to Friday", row!.TextContent, StringComparison.Ordinal);
        Assert.Contains("Europe/Berlin", row.TextContent, StringComparison.Ordinal);

        var change = await GetAsync(server, "/jobs/schedules/new?name=nightly");
        Assert.Equal(("4", "30 22 * * 1-5", "2"), (Field(change, "a.n"), Field(change, "cron"), Field(change, "priority")));
        Assert.Equal(HttpStatusCode.SeeOther, (await PostAsync(server, "/jobs/schedules/new", ("kind", "nap"), ("name", "nightly"), ("change", "yes"), ("cron", "0 4 * * *"), ("a.n", "5"))).Status);
        Assert.Contains("at 04:00, every day", (await RowAsync(server))!.TextContent, StringComparison.Ordinal);

        await PostAsync(server, "/jobs/schedules/nightly", ("do", "pause"));
        Assert.Contains("paused", (await RowAsync(server))!.TextContent, StringComparison.Ordinal);
        await PostAsync(server, "/jobs/schedules/nightly", ("do", "resume"));
        Assert.DoesNotContain("paused", (await RowAsync(server))!.TextContent, StringComparison.Ordinal);
        await PostAsync(server, "/jobs/schedules/nightly", ("do", "delete"));
        Assert.Null(await RowAsync(server));
    }

    [Theory]
    [InlineData("nightly", "0 3 * *", "", "3", "five fields")]
    [InlineData("nightly", "0 99 * * *", "", "3", "hour")]
    [InlineData("nightly", "0 3 * * *", "Mars/Olympus", "3", "time zone")]
    [InlineData("nightly", "0 3 * * *", "", "77", "from 1 to 9")]
    [InlineData("a b", "0 3 * * *", "", "3", "a name")]
    [InlineData("there", "0 3 * * *", "", "3", "another name")]
    [InlineData("nightly", "0 3 30 2 *", "", "3", "never")]
    public async Task A_wrong_form_says_why_and_keeps_what_was_typed(string name, string cron, string zone, string n, string why)
    {
        await using var server = await JobsServer.StartAsync();
        server.AddKind("nap", "true", Argument);
        await PostAsync(server, "/jobs/schedules/new", ("kind", "nap"), ("name", "there"), ("cron", "0 3 * * *"), ("a.n", "1"));
        var (status, page) = await PostAsync(server, "/jobs/schedules/new", ("kind", "nap"), ("name", name), ("cron", cron), ("zone", zone), ("a.n", n));
        Assert.True((int)status is 409 or 422, $"{status}");
        Assert.Contains(why, page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Equal((name, cron, zone, n), (Field(page, "name"), Field(page, "cron"), Field(page, "zone"), Field(page, "a.n")));
    }

    [Fact]
    public async Task Times_are_read_out_while_they_are_typed()
    {
        await using var server = await JobsServer.StartAsync();
        Assert.Contains("Every 15 minutes", (await GetAsync(server, "/jobs/schedules/reading?cron=*/15+*+*+*+*&zone=")).Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("five fields", (await GetAsync(server, "/jobs/schedules/reading?cron=0+3&zone=")).Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("never comes", (await GetAsync(server, "/jobs/schedules/reading?cron=0+3+30+2+*&zone=")).Body!.TextContent, StringComparison.Ordinal);
    }

    private static string? Field(IHtmlDocument page, string name) => page.QuerySelector($"[name='{name}']")!.GetAttribute("value");

    private static async Task<AngleSharp.Dom.IElement?> RowAsync(JobsServer server) => (await GetAsync(server, "/jobs")).QuerySelector("section[aria-labelledby=schedules] tbody tr");

    private static async Task<IHtmlDocument> GetAsync(JobsServer server, string path) => await new HtmlParser().ParseDocumentAsync(await server.Client.GetStringAsync(path));

    private static async Task<(HttpStatusCode Status, IHtmlDocument Page)> PostAsync(JobsServer server, string path, params (string Name, string Value)[] fields)
    {
        using var reply = await server.Client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        return (reply.StatusCode, await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }
}
