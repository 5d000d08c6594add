using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Server.Accounts;
using Saki.Server.Tests.Registry;
using Saki.Server.Tests.Registry.Gates;
using Saki.Server.Tests.RunPages;
using Saki.Server.Tests.Tracking;
using Saki.Testing;

namespace Saki.Server.Tests.ModelPages;

/// <summary>Promotions, refusals and rollbacks by the forms of the model's page.</summary>
public sealed class ModelMoveTests
{
    [Fact]
    public async Task A_promotion_by_the_form_is_made_told_and_in_the_audit_with_its_reason()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 2);
        var page = await server.PageAsync("/models/m?version=2");
        Assert.Equal("Promote v2", page.QuerySelector("[popovertarget=promote].primary")!.TextContent);
        var moved = await AnswerAsync(server, "move", ("version", "2"), ("from", "0"), ("stage", "Production"), ("why", "better <b>on</b> faces"));
        Assert.Contains("moved v2 from None to Production", moved.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("better <b>on</b> faces", moved.QuerySelector(".log")!.TextContent, StringComparison.Ordinal);
        Assert.Null(moved.QuerySelector(".log p b"));
        var row = (await server.HistoryAsync("m"))[0];
        Assert.Equal(("local", "stage", 2L, "better <b>on</b> faces"), (row.Who, row.Action, row.ProductionAfter, row.Why));
    }

    [Fact]
    public async Task A_rollback_goes_one_step_back_and_offers_the_way_forward_again()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 3);
        foreach (var version in (int[])[1, 2, 3]) await server.MoveAsync("m", version, "Production", archive: true);
        var page = await server.PageAsync("/models/m");
        Assert.Equal(["2", "1"], page.QuerySelectorAll("#rollback option").Select(option => option.GetAttribute("value")));
        var back = await AnswerAsync(server, "rollback", ("to", "2"), ("from", "3"), ("why", "too eager"));
        Assert.Contains("rolled back from v3 to v2", back.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("promote v3 again", back.QuerySelector("[role=status] a")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("1 Archived, 2 Production production, 3 Archived", await server.StateAsync("m"));
        Assert.Equal("Roll back to v1", back.QuerySelector("[popovertarget=rollback]")!.TextContent);
    }

    [Fact]
    public async Task A_rollback_without_a_reason_or_to_a_version_that_never_was_in_production_is_refused_on_the_page()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 3);
        foreach (var version in (int[])[1, 2]) await server.MoveAsync("m", version, "Production", archive: true);
        Assert.Contains("reason", await RefusalAsync(server, HttpStatusCode.BadRequest, "rollback", ("to", "1"), ("from", "2"), ("why", " ")), StringComparison.Ordinal);
        Assert.Contains("got 3", await RefusalAsync(server, HttpStatusCode.BadRequest, "rollback", ("to", "3"), ("from", "2"), ("why", "x")), StringComparison.Ordinal);
        Assert.Equal("1 Archived, 2 Production production, 3 None", await server.StateAsync("m"));
    }

    [Fact]
    public async Task Of_two_who_promote_from_the_same_page_one_wins_and_the_other_is_told()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 21);
        await server.MoveAsync("m", 1, "Production");
        var replies = await Task.WhenAll(Enumerable.Range(2, 20).Select(version => PostAsync(server, "move", ("version", $"{version}"), ("from", "1"), ("stage", "Production"), ("why", "race"))));
        Assert.Single(replies, reply => reply.StatusCode == HttpStatusCode.SeeOther);
        Assert.Equal(19, replies.Count(reply => reply.StatusCode == HttpStatusCode.Conflict));
        Assert.Contains("moved meanwhile", await replies.First(reply => reply.StatusCode == HttpStatusCode.Conflict).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Single((await server.StateAsync("m")).Split(", "), state => state.Contains("Production", StringComparison.Ordinal));
        Assert.Equal(2, (await server.HistoryAsync("m")).Count(row => row.Action == "stage"));
        foreach (var reply in replies) reply.Dispose();
    }

    [Fact]
    public async Task A_refusal_of_the_gate_shows_each_line_with_expected_and_got_and_an_admin_goes_on_with_a_reason()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 0);
        await server.PostAsync("/api/2.0/saki/registry/policy", System.Text.Json.JsonSerializer.Serialize(new { name = "m", text = $"data: {GatedModels.ImportStripes(server.Home)}\nmin_accuracy: 0.9\nmax_latency_ms: 60000" }));
        await server.RegisterAsync(GatedModels.Random);

        var refused = await AnswerAsync(server, "move", ("version", "1"), ("from", "0"), ("stage", "Production"), ("why", ""));
        Assert.Contains("Refused: v1 did not enter Production. Failed: Accuracy.", refused.QuerySelector("#verdict")!.TextContent, StringComparison.Ordinal);
        var line = refused.QuerySelector(".gate [data-check=accuracy]")!;
        Assert.Contains("Expected at least 90.0 %", line.TextContent, StringComparison.Ordinal);
        Assert.NotNull(line.QuerySelector(".bad"));
        Assert.NotNull(refused.QuerySelector(".gate [data-check=latency] .ok"));

        Assert.Contains("reason", await RefusalAsync(server, HttpStatusCode.BadRequest, "move", ("version", "1"), ("from", "0"), ("stage", "Production"), ("override", "true")), StringComparison.Ordinal);
        var forced = await AnswerAsync(server, "move", ("version", "1"), ("from", "0"), ("stage", "Production"), ("override", "true"), ("why", "the old one is down"));
        Assert.Contains("against its gate", forced.QuerySelector("#verdict")!.TextContent, StringComparison.Ordinal);
        Assert.True((await server.HistoryAsync("m"))[0].Overridden);
        var audit = await server.PageAsync("/models/m/audit");
        Assert.Contains("The chain holds: all 4 rows", audit.QuerySelector("#chain")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("was refused by the gate", audit.QuerySelector("tbody")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Aliases_are_set_and_taken_away_by_the_page()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.WithVersionsAsync("m", 2);
        await AnswerAsync(server, "alias", ("version", "2"), ("alias", "@challenger"));
        Assert.Equal("1 None, 2 None challenger", await server.StateAsync("m"));
        await AnswerAsync(server, "alias", ("version", "2"), ("alias", "challenger"), ("drop", "true"));
        Assert.Equal("1 None, 2 None", await server.StateAsync("m"));
        Assert.Contains("Invalid alias", await RefusalAsync(server, HttpStatusCode.BadRequest, "alias", ("version", "2"), ("alias", "a b")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_only_look_sees_no_button_and_is_refused()
    {
        using var folder = new TemporaryFolder();
        var tokens = AccessTokens.Open(new SakiHome(folder.Root), TimeProvider.System);
        await using var server = await MlflowServer.StartAsync(change: options => options with { Tokens = tokens });
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Add("manages", Scope.Manage | Scope.View));
        await server.WithVersionsAsync("m", 1);
        server.Client.DefaultRequestHeaders.Authorization = new("Bearer", tokens.Add("looks", Scope.View));
        Assert.Empty((await server.PageAsync("/models/m")).QuerySelectorAll("main form, [popovertarget=promote]"));
        using var refused = await PostAsync(server, "move", ("version", "1"), ("from", "0"), ("stage", "Production"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal("1 None", await server.StateAsync("m"));
    }

    private static Task<HttpResponseMessage> PostAsync(MlflowServer server, string what, params (string Name, string Value)[] fields) =>
        server.Client.PostAsync($"/models/m/{what}", new FormUrlEncodedContent(fields.ToDictionary(field => field.Name, field => field.Value)));

    private static async Task<IHtmlDocument> AnswerAsync(MlflowServer server, string what, params (string Name, string Value)[] fields)
    {
        using var reply = await PostAsync(server, what, fields);
        Assert.True(reply.StatusCode == HttpStatusCode.SeeOther, $"{(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
        return await server.PageAsync(reply.Headers.Location!.OriginalString);
    }

    private static async Task<string> RefusalAsync(MlflowServer server, HttpStatusCode expected, string what, params (string Name, string Value)[] fields)
    {
        using var reply = await PostAsync(server, what, fields);
        Assert.Equal(expected, reply.StatusCode);
        return (await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync())).QuerySelector("[role=alert]")!.TextContent;
    }
}
