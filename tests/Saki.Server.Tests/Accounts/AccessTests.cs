using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Accounts;

public sealed class AccessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AccessTokens _tokens;

    public AccessTests() => _tokens = AccessTokens.Open(new SakiHome(_folder.Root), TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task No_route_but_the_open_ones_answers_without_a_token_or_with_a_wrong_one()
    {
        await using var server = await StartAsync();
        var checkedRoutes = 0;
        foreach (var (method, path, access) in Routes(server))
        {
            if (access.Scope == Scope.None) continue;
            foreach (var authorization in (string?[])[null, "Bearer saki_wrong", "Basic " + Base64("admin:wrong"), "Digest x", "Bearer "])
            {
                using var reply = await SendAsync(server, method, path, authorization);
                Assert.True(reply.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} with \"{authorization}\" answered {(int)reply.StatusCode}");
                checkedRoutes++;
            }
        }
        Assert.True(checkedRoutes >= 20, $"only {checkedRoutes} requests were tried");
    }

    [Fact]
    public async Task No_route_answers_a_token_that_lacks_its_scope()
    {
        await using var server = await StartAsync();
        var narrow = new Dictionary<Scope, string>
        {
            [Scope.View] = _tokens.Add("asks", Scope.Infer),
            [Scope.Infer] = _tokens.Add("views", Scope.View),
            [Scope.Label] = _tokens.Add("views-and-asks", Scope.View | Scope.Infer),
            [Scope.Manage] = _tokens.Add("labels", Scope.View | Scope.Infer | Scope.Label),
            [Scope.Admin] = _tokens.Add("manages", Scope.View | Scope.Infer | Scope.Label | Scope.Manage),
        };
        foreach (var (method, path, access) in Routes(server))
        {
            if (access.Scope == Scope.None) continue;
            using var reply = await SendAsync(server, method, path, $"Bearer {narrow[access.Scope]}");
            Assert.True(reply.StatusCode == HttpStatusCode.Forbidden, $"{method} {path} answered {(int)reply.StatusCode}");
        }
    }

    [Fact]
    public async Task Every_route_says_what_it_demands()
    {
        await using var server = await StartAsync();
        Assert.All(server.Routes, route => Assert.True(route.Metadata.GetMetadata<RouteAccess>() is not null, $"{route.RoutePattern.RawText} lacks Demand(…) or Open()"));
    }

    [Fact]
    public async Task Only_probes_sign_in_theme_and_style_sheets_are_open_to_strangers()
    {
        await using var server = await StartAsync();
        var open = server.Routes.Where(route => route.Metadata.GetMetadata<RouteAccess>()!.Scope == Scope.None).Select(route => route.RoutePattern.RawText!).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["/ajax-api/3.0/mlflow/server-info", "/api/3.0/mlflow/server-info", "/assets/{name}", "/health", "/health/live", "/health/ready", "/health/startup", "/keys", "/openapi.json", "/ping", "/signin", "/signout", "/theme", "/v2/health/live", "/v2/health/ready", "/version"], open);
    }

    [Theory]
    [InlineData("/predict_image/")]
    [InlineData("//predict_image")]
    [InlineData("/PREDICT_IMAGE")]
    [InlineData("/predict_image;a=b")]
    [InlineData("/%70redict_image")]
    [InlineData("/health/../predict_image")]
    public async Task Other_spellings_of_a_route_are_not_a_way_in(string path)
    {
        await using var server = await StartAsync();
        foreach (var method in (string[])["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Address.GetLeftPart(UriPartial.Authority) + path)) { Content = new ByteArrayContent(TestModel.Face) };
            request.Headers.Add("X-HTTP-Method-Override", "POST");
            using var reply = await server.Client.SendAsync(request);
            Assert.True((int)reply.StatusCode is 401 or 404 or 405, $"{method} {path} answered {(int)reply.StatusCode}");
        }
    }

    [Fact]
    public async Task The_token_is_taken_as_bearer_and_as_basic_password()
    {
        await using var server = await StartAsync();
        var text = _tokens.Add("asks", Scope.Infer);
        foreach (var authorization in (string[])[$"Bearer {text}", $"bearer {text}", "Basic " + Base64($"anyone:{text}")])
        {
            using var reply = await SendAsync(server, "POST", "/predict_image", authorization, new ByteArrayContent(TestModel.Face));
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }
    }

    [Fact]
    public async Task A_person_is_sent_to_sign_in_and_comes_back_to_the_page_asked_for()
    {
        await using var server = await StartAsync();
        using var first = await server.Client.VisitAsync("/?sample=happy");
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal("/signin?to=%2F%3Fsample%3Dhappy", first.Headers.Location!.OriginalString);

        using var wrong = await SignInAsync(server, "saki_wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using var right = await SignInAsync(server, _tokens.Add("person", Scope.View | Scope.Infer), "/signin?to=%2F%3Fsample%3Dhappy");
        Assert.Equal("/?sample=happy", right.Headers.Location!.OriginalString);
        var cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);

        using var page = new HttpRequestMessage(HttpMethod.Get, "/");
        page.Headers.Add("Cookie", cookie.Split(';')[0]);
        using var reply = await server.Client.SendAsync(page);
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        Assert.Contains("Sign out", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example")]
    [InlineData("/ok\r\nSet-Cookie: a=b")]
    [InlineData("")]
    public async Task Signing_in_never_leads_to_another_site(string target)
    {
        await using var server = await StartAsync();
        using var reply = await SignInAsync(server, _tokens.Add("person", Scope.View), $"/signin?to={Uri.EscapeDataString(target)}");
        Assert.Equal("/", reply.Headers.Location!.OriginalString);
        Assert.Single(reply.Headers.GetValues("Set-Cookie"));
    }

    [Fact]
    public async Task Ten_wrong_tokens_close_the_sign_in_page_for_a_while()
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 10; i++) (await SignInAsync(server, $"saki_{i}")).Dispose();
        using var reply = await SignInAsync(server, _tokens.Add("person", Scope.View));
        Assert.Equal(HttpStatusCode.TooManyRequests, reply.StatusCode);
        Assert.NotNull(reply.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_public_server_answers_strangers_and_still_keeps_the_rest_closed()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Public = true, Models = TestModel.Serve(TestModel.Emotions) });
        using var page = await server.Client.VisitAsync("/");
        using var answer = await SendAsync(server, "POST", "/predict_image", null, new ByteArrayContent(TestModel.Face));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var (method, path, access) in Routes(server))
        {
            if (access.Scope == Scope.None || access.Public) continue;
            using var reply = await SendAsync(server, method, path, null);
            Assert.Equal(HttpStatusCode.Unauthorized, reply.StatusCode);
        }
    }

    [Fact]
    public async Task Mlflows_clients_are_refused_in_their_own_words()
    {
        await using var server = await StartAsync();
        foreach (var (authorization, code) in ((string?, string)[])[(null, "UNAUTHENTICATED"), ($"Bearer {_tokens.Add("views", Scope.View)}", "PERMISSION_DENIED")])
        {
            using var reply = await SendAsync(server, "POST", "/api/2.0/mlflow/runs/create", authorization, new StringContent("{}"));
            Assert.Equal(code, System.Text.Json.JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement.GetProperty("error_code").GetString());
        }
    }

    [Fact]
    public async Task The_code_to_copy_carries_a_token_only_where_one_is_needed()
    {
        await using var closed = await StartAsync();
        await using var open = await RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Public = true, Models = TestModel.Serve(TestModel.Emotions) });
        using var reply = await SendAsync(closed, "GET", "/", $"Bearer {_tokens.Add("asks", Scope.Infer)}");
        foreach (var (page, times) in ((string, int)[])[(await reply.Content.ReadAsStringAsync(), 3), (await open.Client.GetStringAsync("/"), 0)])
            Assert.Equal(times, System.Text.RegularExpressions.Regex.Count(page, "SAKI_TOKEN"));
    }

    [Fact]
    public async Task A_server_without_accounts_listens_on_this_machine_only_and_says_so_on_its_pages()
    {
        Assert.Throws<SakiException>(() => SakiServer.Build(new ServerOptions { Host = "0.0.0.0", Port = 0 }));
        await using var server = await RunningServer.StartAsync();
        Assert.Contains("No sign-in", await server.Client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_this_machine_only_known_names_and_addresses_in_digits_are_answered()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Host = "0.0.0.0", AllowedHosts = ["saki.example"] });
        foreach (var (host, expected) in ((string, int)[])[("saki.example:80", 200), ("SAKI.example", 200), ("192.168.0.7", 200), ("localhost", 200), ("evil.example", 421), ("saki.example.evil", 421)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{server.Address.Port}/health");
            request.Headers.Host = host;
            using var reply = await server.Client.SendAsync(request);
            Assert.Equal(expected, (int)reply.StatusCode);
        }
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Tokens = _tokens, Models = TestModel.Serve(TestModel.Emotions), Home = new SakiHome(_folder.Root), Jobs = new Server.Jobs.JobOptions { Home = new SakiHome(_folder.Root), Saki = ["/bin/false"] } });

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    /// <summary>The real route table, with every parameter filled in.</summary>
    private static IEnumerable<(string Method, string Path, RouteAccess Access)> Routes(RunningServer server) =>
        from route in server.Routes
        from method in route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET", "POST"]
        let path = string.Join("", route.RoutePattern.PathSegments.Select(segment => "/" + string.Concat(segment.Parts.Select(part =>
            part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content
            : part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator ? separator.Content : "1"))))
        select (method, path.Length == 0 ? "/" : path, route.Metadata.GetMetadata<RouteAccess>() ?? new RouteAccess(Scope.Admin));

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, string method, string path, string? authorization, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content };
        if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        return await server.Client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> SignInAsync(RunningServer server, string token, string path = "/signin")
    {
        using var form = new FormUrlEncodedContent([new("token", token)]);
        return await server.Client.PostAsync(path, form);
    }
}
