using System.Text.Json.Nodes;
using Saki.Server;
using Saki.Server.Accounts;

namespace Saki.Cli.Tests;

/// <summary><c>saki users …</c> on a home folder, and what a server over the same home makes of it.</summary>
public sealed class UsersVerbsTests
{
    [Fact]
    public async Task A_person_is_added_listed_promoted_kept_out_and_let_in_again()
    {
        using var cli = new Cli();
        var added = await cli.Run("users", "add", "ann", "--role", "labeller");
        Assert.Equal(0, added.ExitCode);
        var password = added.Output.Trim();
        Assert.True(password.Length >= 10, added.Output);
        Assert.Contains("only time", added.Error, StringComparison.Ordinal);
        await cli.Run("users", "add", "root", "--role", "admin");

        Assert.Matches(@"ann\s+labeller\s+may sign in", (await cli.Run("users", "list")).Output);
        Assert.DoesNotContain(password, (await cli.Run("users", "list", "--json")).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(password, await File.ReadAllTextAsync(Path.Combine(cli.Home, "tokens.json")), StringComparison.Ordinal);
        Assert.Equal(0, (await cli.Run("users", "role", "ann", "--role", "manager")).ExitCode);
        Assert.Equal(0, (await cli.Run("users", "disable", "ann")).ExitCode);
        var list = JsonNode.Parse((await cli.Run("users", "list", "--json")).Output)!.AsArray();
        Assert.Equal("ann manager true", $"{list[0]!["name"]} {list[0]!["role"]} {list[0]!["disabled"]}");
        Assert.Equal(0, (await cli.Run("users", "enable", "ann")).ExitCode);
        Assert.Matches(@"ann\s+manager\s+may sign in", (await cli.Run("users", "list")).Output);
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_one_line()
    {
        using var cli = new Cli();
        Assert.Contains("No accounts yet", (await cli.Run("users", "list")).Error, StringComparison.Ordinal);
        await cli.Run("users", "add", "root", "--role", "admin");
        (await cli.Run("users", "add", "ROOT", "--role", "viewer")).AssertRefused("ROOT");
        (await cli.Run("users", "add", "a b", "--role", "viewer")).AssertRefused("letters");
        (await cli.Run("users", "disable", "rot")).AssertRefused("rot");
        (await cli.Run("users", "disable", "root")).AssertRefused("another admin");
        (await cli.Run("users", "role", "root", "--role", "viewer")).AssertRefused("another admin");
        Assert.NotEqual(0, (await cli.Run("users", "add", "bo", "--role", "emperor")).ExitCode);
        Assert.NotEqual(0, (await cli.Run("users", "add", "bo")).ExitCode);
    }

    [Fact]
    public async Task A_new_password_works_at_a_running_server_the_old_one_and_its_sessions_do_not_and_the_audit_knows()
    {
        using var cli = new Cli();
        var first = (await cli.Run("users", "add", "root", "--role", "admin")).Output.Trim();
        var home = new SakiHome(cli.Home);
        await using var server = SakiServer.Build(new ServerOptions { Home = home, Port = 0, Tokens = AccessTokens.Open(home, TimeProvider.System) });
        await server.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
        var cookie = await SignInAsync(client, first);
        Assert.NotNull(cookie);

        var second = (await cli.Run("users", "passwd", "root")).Output.Trim();
        Assert.NotEqual(first, second);
        // A running server looks at the file once a second; ten wrong attempts would close the account.
        string? opened = null;
        for (var i = 0; i < 5 && opened is null; i++)
        {
            await Task.Delay(1500);
            opened = await SignInAsync(client, second);
        }
        Assert.NotNull(opened);
        Assert.Null(await SignInAsync(client, first));
        using var old = new HttpRequestMessage(HttpMethod.Get, "/accounts");
        old.Headers.Add("Cookie", cookie);
        using var refused = await client.SendAsync(old);
        Assert.False(refused.IsSuccessStatusCode);

        using var fresh = new HttpRequestMessage(HttpMethod.Get, "/accounts");
        fresh.Headers.Add("Cookie", opened);
        using var page = await client.SendAsync(fresh);
        Assert.Contains("command line", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<string?> SignInAsync(HttpClient client, string password)
    {
        using var reply = await client.PostAsync("/signin", new FormUrlEncodedContent([KeyValuePair.Create("name", "root"), KeyValuePair.Create("password", password)]));
        return reply.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.First().Split(';')[0] : null;
    }
}
