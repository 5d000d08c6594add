using System.Net;
using System.Text.Json.Nodes;
using Saki.Server.Accounts;
using Saki.Server.Tests.Try;
using Saki.Testing;

namespace Saki.Server.Tests.Accounts;

/// <summary>Accounts over the real routes: the first admin by the token, people, their sessions and tokens, and the audit of it all.</summary>
public sealed class AccountPagesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;
    private readonly string _first;

    public AccountPagesTests()
    {
        _tokens = AccessTokens.Open(new SakiHome(_folder.Root), TimeProvider.System);
        _first = _tokens.CreateFirst()!;
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_first_token_makes_an_admin_who_adds_a_labeller_who_changes_the_password_and_makes_a_token()
    {
        await using var server = await StartAsync();
        using var holder = new VisitorClient(server.Address);
        Assert.Equal(HttpStatusCode.SeeOther, (await holder.SendAsync("/signin", ("token", _first))).Status);
        var (_, added) = await holder.SendAsync("/accounts", ("name", "root"), ("role", "admin"));
        var password = added.QuerySelector(".note pre")!.TextContent;

        using var root = new VisitorClient(server.Address);
        Assert.Equal(HttpStatusCode.SeeOther, (await root.SendAsync("/signin", ("name", "root"), ("password", password))).Status);
        var (_, labeller) = await root.SendAsync("/accounts", ("name", "ann"), ("role", "labeller"));

        using var ann = new VisitorClient(server.Address);
        await ann.SendAsync("/signin", ("name", "ann"), ("password", labeller.QuerySelector(".note pre")!.TextContent));
        Assert.Equal(HttpStatusCode.Forbidden, (await ann.GetAsync("/accounts")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await ann.SendAsync("/accounts", ("name", "eve"), ("role", "admin"))).Status);
        var (_, changed) = await ann.SendAsync("/account", ("do", "password"), ("password", labeller.QuerySelector(".note pre")!.TextContent), ("new", "four random words here"), ("again", "four random words here"));
        Assert.Contains("Your password is changed", changed.Body!.TextContent, StringComparison.Ordinal);
        var (_, made) = await ann.SendAsync("/account", ("do", "token-add"), ("token", "ci"), ("scope", "infer"), ("days", "30"));
        var text = made.QuerySelector(".note pre")!.TextContent;
        Assert.Equal((Scope.Infer, "ann"), (_tokens.FindCaller(text)!.Scopes, _tokens.FindCaller(text)!.User));

        await root.SendAsync("/accounts/ann", ("do", "disable"));
        Assert.Equal(HttpStatusCode.Unauthorized, (await ann.GetAsync("/account")).Status);
        Assert.Null(_tokens.FindCaller(text));

        var events = (await root.GetAsync("/accounts")).Page.QuerySelectorAll("section:last-of-type li").Select(entry => entry.TextContent).ToList();
        Assert.Contains(events, entry => entry.Contains("root disabled ann", StringComparison.Ordinal));
        Assert.Contains(events, entry => entry.Contains("ann made the token ci", StringComparison.Ordinal));
        Assert.Contains(events, entry => entry.Contains("admin added root as admin", StringComparison.Ordinal));
        using var check = new HttpRequestMessage(HttpMethod.Get, $"{Saki.Server.Registry.ProofApi.Prefix}/check");
        check.Headers.Add("Authorization", $"Bearer {_first}");
        using var reply = await server.Client.SendAsync(check);
        var proof = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!;
        Assert.Equal(5, (int)proof["rows"]!);
        Assert.Null(proof["broken"]);
    }

    [Fact]
    public async Task Ten_wrong_passwords_close_the_account_also_for_the_right_one_and_names_are_not_told()
    {
        _tokens.Users.Add("ann", Role.Viewer, "correct horse battery");
        var attempts = new SignInAttempts(TimeProvider.System);
        for (var i = 1; i < 10; i++) Assert.False(attempts.Count("ann"));
        Assert.Null(attempts.Exhausted("ann"));
        Assert.True(attempts.Count("Ann"));
        Assert.NotNull(attempts.Exhausted("ANN"));

        await using var server = await StartAsync();
        using var visitor = new VisitorClient(server.Address);
        var (status, known) = await visitor.SendAsync("/signin", ("name", "ann"), ("password", "wrong"));
        var (_, unknown) = await visitor.SendAsync("/signin", ("name", "nobody"), ("password", "wrong"));
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal(known.QuerySelector("[role=alert]")!.TextContent, unknown.QuerySelector("[role=alert]")!.TextContent);
    }

    [Fact]
    public async Task A_stolen_personal_token_makes_no_others_and_does_not_open_a_session()
    {
        _tokens.Users.Add("ann", Role.Admin, "correct horse battery");
        var text = _tokens.Users.AddToken("ann", "ci", Scope.Admin, 30);
        await using var server = await StartAsync();
        foreach (var (method, path) in ((HttpMethod, string)[])[(HttpMethod.Get, "/account"), (HttpMethod.Post, "/account")])
        {
            using var request = new HttpRequestMessage(method, path);
            if (method == HttpMethod.Post) request.Content = new FormUrlEncodedContent([new("do", "token-add"), new("token", "x"), new("scope", "admin"), new("days", "365")]);
            request.Headers.Add("Authorization", $"Bearer {text}");
            using var reply = await server.Client.SendAsync(request);
            Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        }
        using var visitor = new VisitorClient(server.Address);
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.SendAsync("/signin", ("token", text))).Status);
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("\"><img src=x onerror=alert(1)>")]
    [InlineData("=cmd|' /C calc'!A0")]
    public async Task Hostile_names_are_refused_and_never_become_markup(string name)
    {
        await using var server = await StartAsync();
        using var holder = new VisitorClient(server.Address);
        await holder.SendAsync("/signin", ("token", _first));
        var (status, page) = await holder.SendAsync("/accounts", ("name", name), ("role", "viewer"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Empty(page.QuerySelectorAll("script:not([src]), img, [onerror]"));
        var (_, signIn) = await holder.SendAsync("/signin", ("name", name), ("password", "x"));
        Assert.Empty(signIn.QuerySelectorAll("script:not([src]), img, [onerror]"));
    }

    [Fact]
    public async Task An_admin_makes_a_program_its_token_and_takes_it_away_but_not_the_one_in_use()
    {
        await using var server = await StartAsync();
        using var holder = new VisitorClient(server.Address);
        await holder.SendAsync("/signin", ("token", _first));
        var (_, made) = await holder.SendAsync("/accounts/tokens/change", ("do", "token-add"), ("token", "ci"), ("scope", "infer"), ("scope", "view"), ("days", "30"));
        var text = made.QuerySelector(".note pre")!.TextContent;
        Assert.Equal(Scope.Infer | Scope.View, _tokens.FindCaller(text)!.Scopes);
        Assert.DoesNotContain(text, (await holder.GetAsync("/accounts")).Page.Body!.TextContent, StringComparison.Ordinal);
        foreach (var wrong in (string[])["", "0", "99999"])
        {
            var (status, refused) = await holder.SendAsync("/accounts/tokens/change", ("do", "token-add"), ("token", "other"), ("days", wrong));
            Assert.Equal((HttpStatusCode.UnprocessableEntity, true), (status, refused.QuerySelector("[role=alert]") is not null));
        }
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await holder.SendAsync("/accounts/tokens/change", ("do", "token-remove"), ("token", "admin"))).Status);
        var (_, gone) = await holder.SendAsync("/accounts/tokens/change", ("do", "token-remove"), ("token", "ci"));
        Assert.Contains("admin removed the token ci", gone.QuerySelector("section:last-of-type")!.TextContent, StringComparison.Ordinal);
        Assert.Null(_tokens.FindCaller(text));
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Models = TestModel.Serve(TestModel.Emotions), Home = new SakiHome(_folder.Root) });
}
