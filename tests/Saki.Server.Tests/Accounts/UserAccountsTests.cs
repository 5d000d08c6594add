using Saki.Server.Accounts;
using Saki.Testing;

namespace Saki.Server.Tests.Accounts;

public sealed class UserAccountsTests : IDisposable
{
    private const string Good = "correct horse battery";

    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();
    private readonly AccessTokens _tokens;

    public UserAccountsTests() => _tokens = AccessTokens.Open(new SakiHome(_folder.Root), _clock);

    private UserAccounts Users => _tokens.Users;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_password_is_kept_as_a_slow_salted_hash_only()
    {
        Users.Add("ann", Role.Viewer, Good);
        Users.Add("bo", Role.Viewer, Good);
        var (ann, bo) = (Users.Find("ann")!, Users.Find("bo")!);
        Assert.StartsWith("pbkdf2-sha256$600000$", ann.Password, StringComparison.Ordinal);
        Assert.NotEqual(ann.Password, bo.Password);
        Assert.DoesNotContain("battery", File.ReadAllText(new SakiHome(_folder.Root).Tokens), StringComparison.Ordinal);
        Assert.NotNull(Users.Verify("ANN", Good));
        Assert.Null(Users.Verify("ann", Good + "x"));
        Assert.Null(Users.Verify("nobody", Good));
    }

    [Theory]
    [InlineData("short")]
    [InlineData("aaaaaaaaaaaaaaaa")]
    [InlineData("my name is Ann, hello")]
    public void Passwords_that_are_guessed_first_are_refused(string password) => Assert.Throws<SakiException>(() => Users.Add("ann", Role.Viewer, password));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("<script>")]
    [InlineData("../etc")]
    [InlineData("a\nb")]
    [InlineData("\u202Enimda")]
    public void Names_that_are_more_than_a_name_are_refused(string name) => Assert.Throws<SakiException>(() => Users.Add(name, Role.Viewer, Good));

    [Fact]
    public void A_name_is_taken_whatever_its_case()
    {
        Users.Add("ann", Role.Viewer, Good);
        Assert.Throws<SakiException>(() => Users.Add("Ann", Role.Admin, Good));
    }

    [Fact]
    public void A_session_ends_with_its_time_a_new_password_a_disabled_account_and_any_change_to_its_cookie()
    {
        Users.Add("root", Role.Admin, Good);
        Users.Add("ann", Role.Labeller, Good);
        string Start() => Users.StartSession(Users.Find("ann")!, _clock.Now + TimeSpan.FromDays(1));
        var cookie = Start();
        Assert.Equal((Scope.View | Scope.Infer | Scope.Label, "ann"), (Users.FindSession(cookie)!.Scopes, Users.FindSession(cookie)!.User));
        for (var i = 0; i < cookie.Length; i++)
            Assert.Null(_tokens.FindSessionCaller(cookie[..i] + (cookie[i] == 'A' ? 'B' : 'A') + cookie[(i + 1)..]));

        Users.SetPassword("ann", Good + " staple");
        Assert.Null(Users.FindSession(cookie));
        cookie = Start();
        Users.SetRole("ann", Role.Viewer);
        Assert.Equal(Scope.View | Scope.Infer, Users.FindSession(cookie)!.Scopes);
        Users.SetDisabled("ann", true);
        Assert.Null(Users.FindSession(cookie));
        Assert.Null(Users.Verify("ann", Good + " staple"));
        Users.SetDisabled("ann", false);
        cookie = Start();
        _clock.Now += TimeSpan.FromDays(2);
        Assert.Null(Users.FindSession(cookie));
    }

    [Fact]
    public void The_last_admin_stays()
    {
        Users.Add("root", Role.Admin, Good);
        Assert.Throws<SakiException>(() => Users.SetRole("root", Role.Viewer));
        Assert.Throws<SakiException>(() => Users.SetDisabled("root", true));
        Users.Add("second", Role.Admin, Good);
        Users.SetDisabled("root", true);
        Assert.Throws<SakiException>(() => Users.SetRole("second", Role.Viewer));
    }

    [Fact]
    public void A_personal_token_never_does_more_than_its_person_and_ends_with_them()
    {
        Users.Add("root", Role.Admin, Good);
        Users.Add("ann", Role.Manager, Good);
        Assert.Throws<SakiException>(() => Users.AddToken("ann", "ci", Scope.Admin, 30));
        Assert.Throws<SakiException>(() => Users.AddToken("ann", "ci", Scope.None, 30));
        Assert.Throws<SakiException>(() => Users.AddToken("ann", "ci", Scope.Manage, 366));
        var text = Users.AddToken("ann", "ci", Scope.Manage | Scope.View, 30);
        Assert.Equal(("ann/ci", Scope.Manage | Scope.View, "ann"), (_tokens.FindCaller(text)!.Name, _tokens.FindCaller(text)!.Scopes, _tokens.FindCaller(text)!.User));
        Assert.DoesNotContain(_tokens.All, token => token.Name == "ci");
        Users.SetRole("ann", Role.Viewer);
        Assert.Equal(Scope.View, _tokens.FindCaller(text)!.Scopes);
        Users.SetDisabled("ann", true);
        Assert.Null(_tokens.FindCaller(text));
        Users.SetDisabled("ann", false);
        _clock.Now += TimeSpan.FromDays(31);
        Assert.Null(_tokens.FindCaller(text));
        Assert.True(Users.RemoveToken("ann", "ci"));
        Assert.False(Users.RemoveToken("ann", "ci"));
    }

    [Fact]
    public void An_old_hash_is_made_anew_when_its_person_signs_in()
    {
        Users.Add("ann", Role.Viewer, Good);
        _tokens.Change(file => file with { Users = [file.Users[0] with { Password = PasswordHash.Make(Good, 1000) }] });
        Assert.NotNull(Users.Verify("ann", Good));
        Assert.StartsWith("pbkdf2-sha256$600000$", Users.Find("ann")!.Password, StringComparison.Ordinal);
    }
}
