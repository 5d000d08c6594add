using Saki.Server.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Accounts;

public sealed class AccessTokensTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();

    private SakiHome Home => new(_folder.Root);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_first_token_is_made_once_and_only_its_owner_can_read_it()
    {
        var tokens = AccessTokens.Open(Home, _clock);
        var text = tokens.CreateFirst()!;
        Assert.Null(tokens.CreateFirst());
        Assert.Null(AccessTokens.Open(Home, _clock).CreateFirst());
        Assert.Equal(text, File.ReadAllText(Home.AdminToken).Trim());
        Assert.DoesNotContain(text, File.ReadAllText(Home.Tokens), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in (string[])[Home.AdminToken, Home.Tokens]) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
        Assert.Equal("admin", tokens.Find(text)!.Name);
    }

    [Fact]
    public async Task Of_servers_that_start_together_exactly_one_makes_the_first_token()
    {
        var made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => AccessTokens.Open(Home, _clock).CreateFirst())));
        var text = Assert.Single(made, text => text is not null)!;
        Assert.NotNull(AccessTokens.Open(Home, _clock).Find(text));
    }

    [Fact]
    public void An_expired_an_unknown_and_a_removed_token_let_nobody_in()
    {
        var tokens = AccessTokens.Open(Home, _clock);
        var day = tokens.Add("day", Scope.Infer, TimeSpan.FromDays(1));
        var gone = tokens.Add("gone", Scope.Infer);
        tokens.Remove("gone");
        Assert.NotNull(tokens.Find(day));
        Assert.Null(tokens.Find(gone));
        Assert.Null(tokens.Find(day + "x"));
        Assert.Null(tokens.Find(""));
        _clock.Now += TimeSpan.FromDays(1);
        Assert.Null(tokens.Find(day));
    }

    [Fact]
    public void A_session_ends_with_its_time_with_its_token_and_with_any_change_to_its_cookie()
    {
        var tokens = AccessTokens.Open(Home, _clock);
        var token = tokens.Find(tokens.Add("person", Scope.View))!;
        var cookie = tokens.StartSession(token, _clock.Now + TimeSpan.FromHours(1));
        Assert.Equal("person", tokens.FindSession(cookie)!.Name);
        for (var at = 0; at < cookie.Length; at++)
        {
            var changed = cookie.ToCharArray();
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            Assert.Null(tokens.FindSession(new string(changed)));
        }
        Assert.Null(tokens.FindSession("a.b"));
        _clock.Now += TimeSpan.FromHours(1);
        Assert.Null(tokens.FindSession(cookie));
        _clock.Now -= TimeSpan.FromMinutes(30);
        tokens.Remove("person");
        Assert.Null(tokens.FindSession(cookie));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("../x")]
    [InlineData("admin\n")]
    public void A_name_that_could_mislead_is_refused(string name) =>
        Assert.Throws<SakiException>(() => AccessTokens.Open(Home, _clock).Add(name, Scope.View));

    [Fact]
    public void A_name_is_given_once_and_a_mistyped_one_is_guessed()
    {
        var tokens = AccessTokens.Open(Home, _clock);
        tokens.Add("kiosk", Scope.Infer);
        Assert.Throws<SakiException>(() => tokens.Add("kiosk", Scope.Infer));
        Assert.Contains("kiosk", Assert.Throws<SakiException>(() => tokens.Remove("kisok")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_torn_file_is_reported_and_not_replaced()
    {
        File.WriteAllText(Home.Tokens, "{");
        Assert.Throws<SakiException>(() => AccessTokens.Open(Home, _clock));
        Assert.Equal("{", File.ReadAllText(Home.Tokens));
    }
}
