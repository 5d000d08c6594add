using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Server.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Layout;

/// <summary>What stops is a page for a person and JSON for a program.</summary>
public sealed class ProblemTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;

    public ProblemTests() => _tokens = AccessTokens.Open(new SakiHome(_folder.Root), TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_browser_is_told_on_a_page_of_the_site_and_a_program_in_json()
    {
        await using var server = await StartAsync();
        var views = _tokens.Add("views", Scope.View);
        var (status, page) = await VisitAsync(server, "/accounts", views);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal("Not allowed", page.QuerySelector("h1")!.TextContent);
        Assert.Contains("scope \"admin\"", page.QuerySelector(".note")!.TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(page.QuerySelectorAll(".nav a"));

        (status, page) = await VisitAsync(server, "/runs/<script>alert(1)</script>", views);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("Runs", page.QuerySelector(".nav [aria-current=page]")!.TextContent);
        Assert.Empty(page.QuerySelectorAll("main script"));

        using var program = Request("/accounts", views);
        using var reply = await server.Client.SendAsync(program);
        Assert.Equal("application/json", reply.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_stranger_at_an_address_that_is_not_there_sees_no_more_than_the_way_to_sign_in()
    {
        await using var server = await StartAsync();
        var (status, page) = await VisitAsync(server, "/nothing/here", null);
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Empty(page.QuerySelectorAll(".nav"));
        Assert.Equal("/signin", page.QuerySelector("main a")!.GetAttribute("href"));
    }

    [Fact]
    public async Task A_file_that_is_not_there_leaves_the_page_its_own_policy()
    {
        await using var server = await StartAsync();
        using var reply = await server.Client.VisitAsync("/runs/nothing/file?path=a.png", _tokens.Add("views", Scope.View));
        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.StartsWith("default-src 'self'", Assert.Single(reply.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Home = new SakiHome(_folder.Root) });

    private static HttpRequestMessage Request(string path, string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return request;
    }

    private static async Task<(HttpStatusCode, IHtmlDocument)> VisitAsync(RunningServer server, string path, string? token)
    {
        using var reply = await server.Client.VisitAsync(path, token);
        return (reply.StatusCode, await reply.PageAsync());
    }
}
