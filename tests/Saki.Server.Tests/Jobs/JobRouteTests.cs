using System.Net;
using System.Net.Http.Headers;
using Saki.Server.Accounts;
using Saki.Server.Jobs;
using Saki.Testing;

namespace Saki.Server.Tests.Jobs;

/// <summary>Who may do what, and the routes of the first of the projects that Saki replaces.</summary>
public sealed class JobRouteTests
{
    [Fact]
    public async Task Training_by_the_old_route_begins_once_and_says_which_job_it_is()
    {
        await using var server = await JobsServer.StartAsync(options => options with { Saki = ["sleep", "600"] });
        // The check of the kind "train" would run the command, which is no saki here; a place is taken instead by a job of that kind.
        using var reply = await server.Client.PostAsync("/model/train", null);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode); // sleep refuses the words of a training
        Assert.Empty((await server.CallAsync(HttpMethod.Get, "/api/jobs"))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task Training_by_the_old_route_is_taken_and_asked_again_names_the_same_job()
    {
        using var folder = new TemporaryFolder();
        // Says yes to the check of a training's words, and then runs for as long as the test wants.
        var saki = folder.Write("saki.sh", "case \"$*\" in *--check*) echo 'seed: 1'; exit 0 ;; esac\nexec /bin/sleep 600\n");
        await using var server = await JobsServer.StartAsync(options => options with { Saki = ["/bin/sh", saki] });
        var said = new List<string>();
        foreach (var word in new[] { "begins", "already" })
        {
            using var reply = await server.Client.PostAsync("/model/train", null);
            var text = await reply.Content.ReadAsStringAsync();
            Assert.True(reply.StatusCode == HttpStatusCode.OK, text);
            Assert.Contains(word, text, StringComparison.Ordinal);
            said.Add(reply.Headers.Location!.ToString());
        }
        Assert.Equal(said[0], said[1]);
        Assert.Equal("train", (string)(await server.CallAsync(HttpMethod.Get, said[0]))["kind"]!);
        Assert.Single((await server.CallAsync(HttpMethod.Get, "/api/jobs"))["jobs"]!.AsArray());
    }

    [Theory]
    [InlineData("", "zipfile", "PK\u0003\u0004", HttpStatusCode.BadRequest)]
    [InlineData("?user_id=ann", "other", "PK\u0003\u0004", HttpStatusCode.BadRequest)]
    [InlineData("?user_id=ann", "zipfile", "no zip", HttpStatusCode.BadRequest)]
    [InlineData("?user_id=ann", "zipfile", "PK\u0003\u0004", HttpStatusCode.NotImplemented)]
    public async Task Calibration_by_the_old_route_checks_its_form_and_says_what_a_server_without_models_lacks(string query, string field, string content, HttpStatusCode status)
    {
        await using var server = await JobsServer.StartAsync();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(System.Text.Encoding.Latin1.GetBytes(content)), field, "faces.zip" } };
        using var reply = await server.Client.PostAsync($"/model/calibrate{query}", form);
        Assert.Equal(status, reply.StatusCode);
    }

    [Fact]
    public async Task Viewers_read_managers_start_and_only_admins_start_what_reads_files_of_the_server()
    {
        using var folder = new TemporaryFolder();
        var home = new SakiHome(folder.Root);
        Directory.CreateDirectory(home.Kinds);
        File.WriteAllText(Path.Combine(home.Kinds, "nap.yaml"), "kind: nap\ntitle: Nap\ncommand: [sleep, '0']\n");
        var tokens = AccessTokens.Open(home, TimeProvider.System);
        var (views, manages, admin) = (tokens.Add("views", Scope.View), tokens.Add("manages", Scope.View | Scope.Manage), tokens.Add("boss", Scope.Admin));
        await using var server = await RunningServer.StartAsync(new ServerOptions { Home = home, Tokens = tokens, Jobs = new JobOptions { Home = home, Saki = ["/bin/false"] } });

        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Get, "/api/jobs", views));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Post, "/api/jobs", views, """{"kind":"nap"}"""));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Post, "/api/jobs", manages, """{"kind":"nap"}"""));
        const string import = """{"kind":"import","arguments":{"path":"/etc","name":"secrets"}}""";
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Post, "/api/jobs", manages, import));
        Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(HttpMethod.Post, "/api/schedules", manages, $$"""{"name":"n","cron":"0 3 * * *","ask":{{import}}}"""));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Post, "/api/jobs", admin, import));

        async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, string token, string? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            using var reply = await server.Client.SendAsync(request);
            return reply.StatusCode;
        }
    }

    [Theory]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\ncomand: [b]", "Did you mean \"command\"?")]
    [InlineData("kind: ../x\ntitle: X\ncommand: [a]", "letters, digits")]
    [InlineData("kind: x\ntitle: X\ncommand: []", "a program")]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\narguments:\n  - {name: y, type: choice}", "choices")]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\narguments:\n  - {name: y, pattern: '(a)\\1'}", "regular expression")]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\narguments:\n  - {name: y, type: integer, default: many}", "a whole number")]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\ncheck: [b]\nfrozen: ../../x.yaml", "a relative path")]
    [InlineData("kind: x\ntitle: X\ncommand: [a]\ndemands: nothing", "manage, admin")]
    public void A_description_that_is_wrong_says_where(string yaml, string says)
    {
        var refused = Assert.ThrowsAny<SakiException>(() => JobKinds.Parse(yaml, "x.yaml"));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }
}
