using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Saki.Server.Accounts;

/// <summary>
/// The people of one installation, in the same file as its tokens. Changes by the command reach a running server within a second. Safe for use by several threads and processes.
/// </summary>
public sealed class UserAccounts
{
    private const int MostTokens = 20, MostTokenDays = 365;

    private readonly AccessTokens _tokens;
    private readonly TimeProvider _clock;

    internal UserAccounts(AccessTokens tokens, TimeProvider clock) => (_tokens, _clock) = (tokens, clock);

    /// <summary>All accounts, the oldest first.</summary>
    public IReadOnlyList<UserAccount> All => _tokens.Content.Users;

    /// <summary>An account by its name without regard to case; null when there is none.</summary>
    public UserAccount? Find(string name) => All.FirstOrDefault(user => Same(user.Name, name));

    /// <summary>Makes an account.</summary>
    /// <exception cref="SakiException">The name is taken or not well formed; the password is too easy to guess.</exception>
    public void Add(string name, Role role, string password)
    {
        if (name.Length is 0 or > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or '@')))
            throw new SakiException("Adding an account", "a name of 1 to 64 letters, digits and -_.@", $"\"{name}\"", "Choose another name.");
        PasswordHash.Check(password, name);
        var hash = PasswordHash.Make(password);
        _tokens.Change(file => file.Users.Any(user => Same(user.Name, name))
            ? throw new SakiException("Adding an account", "a name that no account has", $"\"{name}\", which one has", "Choose another name.")
            : file with { Users = [.. file.Users, new UserAccount { Name = name, Role = role, Password = hash, Created = _clock.GetUtcNow() }] });
    }

    /// <summary>Gives a person another role; sessions and tokens follow at once.</summary>
    /// <exception cref="SakiException">There is no such account; it is the last admin who can sign in.</exception>
    public void SetRole(string name, Role role) => Update("Changing a role", name, user => user with { Role = role });

    /// <summary>Keeps a person out, or lets them in again.</summary>
    /// <inheritdoc cref="SetRole" path="/exception"/>
    public void SetDisabled(string name, bool disabled) => Update(disabled ? "Disabling an account" : "Enabling an account", name, user => user with { Disabled = disabled, Sessions = user.Sessions + 1 });

    /// <summary>Sets a new password and ends all sessions.</summary>
    /// <exception cref="SakiException">There is no such account; the password is too easy to guess.</exception>
    public void SetPassword(string name, string password)
    {
        PasswordHash.Check(password, name);
        var hash = PasswordHash.Make(password);
        Update("Setting a password", name, user => user with { Password = hash, Sessions = user.Sessions + 1 });
    }

    /// <summary>Ends all sessions of a person.</summary>
    /// <exception cref="SakiException">There is no such account.</exception>
    public void SignOutEverywhere(string name) => Update("Signing out", name, user => user with { Sessions = user.Sessions + 1 });

    /// <summary>The account, when name and password are right and it is not disabled. Takes as long for a name that nobody has.</summary>
    internal UserAccount? Verify(string name, string password)
    {
        var user = Find(name);
        if (!PasswordHash.Verify(password, user?.Password) || user is not { Disabled: false }) return null;
        if (PasswordHash.IsOld(user.Password))
        {
            var hash = PasswordHash.Make(password);
            Update("Signing in", user.Name, found => found with { Password = hash });
        }
        return user;
    }

    /// <summary>The personal tokens of a person.</summary>
    public IReadOnlyList<AccessToken> TokensOf(string name) => [.. _tokens.Content.Tokens.Where(token => token.User is { } owner && Same(owner, name))];

    /// <summary>Makes a personal token and returns its text, which is kept nowhere.</summary>
    /// <param name="name">Whose.</param>
    /// <param name="label">What to call it.</param>
    /// <param name="scopes">What it may do; never more than its person.</param>
    /// <param name="days">How long it works, 1 to 365 days.</param>
    /// <exception cref="SakiException">The name is taken or not well formed; the scopes are none or more than the person has; too long, or too many.</exception>
    public string AddToken(string name, string label, Scope scopes, int days)
    {
        const string operation = "Adding a token";
        AccessTokens.CheckName(label);
        if (days is < 1 or > MostTokenDays) throw new SakiException(operation, $"1 to {MostTokenDays} days", days.ToString(CultureInfo.InvariantCulture), "Choose fewer days.");
        var text = AccessTokens.NewText();
        _tokens.Change(file =>
        {
            var user = file.Users.FirstOrDefault(user => Same(user.Name, name)) ?? throw None(operation, name, file);
            if (scopes == Scope.None || (scopes & ~user.Role.Scopes()) != 0) throw new SakiException(operation, "one or more scopes that you have yourself", "others", "Choose fewer scopes.");
            var own = file.Tokens.Where(token => token.User is { } owner && Same(owner, user.Name)).ToList();
            if (own.Count >= MostTokens) throw new SakiException(operation, $"at most {MostTokens} tokens of one person", "more", "Remove one first.");
            if (own.Any(token => token.Name == label)) throw new SakiException(operation, "a name that no token of yours has", $"\"{label}\", which one has", "Choose another name.");
            return file with { Tokens = [.. file.Tokens, _tokens.New(label, scopes, text, TimeSpan.FromDays(days)) with { User = user.Name }] };
        });
        return text;
    }

    /// <summary>Removes a personal token.</summary>
    /// <returns>False: the person has none of that name.</returns>
    public bool RemoveToken(string name, string label)
    {
        var gone = false;
        _tokens.Change(file =>
        {
            var left = file.Tokens.Where(token => token.Name != label || token.User is not { } owner || !Same(owner, name)).ToList();
            gone = left.Count < file.Tokens.Count;
            return gone ? file with { Tokens = left } : file;
        });
        return gone;
    }

    /// <summary>A password of 20 random letters and digits (119 bits) in groups, to be given to its person once.</summary>
    public static string RandomPassword() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", 5)));

    /// <summary>The value of the cookie of somebody who signed in.</summary>
    internal string StartSession(UserAccount user, DateTimeOffset until)
    {
        var claim = string.Create(CultureInfo.InvariantCulture, $"u.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(user.Name))}.{user.Sessions}.{until.ToUnixTimeSeconds()}");
        return $"{claim}.{_tokens.Sign(claim)}";
    }

    /// <summary>The person behind a cookie that <see cref="StartSession"/> made, unless it was changed or is too old, or the session was ended.</summary>
    internal Caller? FindSession(string cookie)
    {
        var parts = cookie.Split('.');
        if (parts is not ["u", var encoded, var session, var end, var signature] || !_tokens.IsSigned($"u.{encoded}.{session}.{end}", signature)) return null;
        // What is signed is what we wrote.
        if (long.Parse(end, CultureInfo.InvariantCulture) <= _clock.GetUtcNow().ToUnixTimeSeconds()) return null;
        var user = Find(Encoding.UTF8.GetString(Base64Url.DecodeFromChars(encoded)));
        return user is { Disabled: false } && user.Sessions == int.Parse(session, CultureInfo.InvariantCulture) ? new Caller(user.Name, user.Role.Scopes()) { User = user.Name } : null;
    }

    private void Update(string operation, string name, Func<UserAccount, UserAccount> change) => _tokens.Change(file =>
    {
        var before = file.Users.FirstOrDefault(user => Same(user.Name, name)) ?? throw None(operation, name, file);
        var after = file with { Users = [.. file.Users.Select(user => ReferenceEquals(user, before) ? change(user) : user)] };
        if (IsAdmin(before) && !after.Users.Any(IsAdmin))
            throw new SakiException(operation, "another admin who can sign in", $"\"{before.Name}\", the last one", "Make somebody else admin first.");
        return after;
    });

    private static bool IsAdmin(UserAccount user) => user is { Role: Role.Admin, Disabled: false };

    private static SakiException None(string operation, string name, TokenFile file) =>
        new(operation, "the name of an account", $"\"{name}\"", file.Users.Count == 0 ? "Add one with: saki users add" : DidYouMean.Hint(name, [.. file.Users.Select(user => user.Name)]));

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);
}
