using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Saki.Storage;

namespace Saki.Server.Accounts;

/// <summary>
/// The tokens of one installation, in <c>tokens.json</c> of the home folder (mode 0600). A running server sees what the command
/// adds or removes within a second. Safe for use by several threads and processes.
/// </summary>
public sealed class AccessTokens
{
    private const string AdminName = "admin";
    private const long LookAgainAfter = 1000;

    private readonly SakiHome _home;
    private readonly TimeProvider _clock;
    private volatile Snapshot _current;

    private AccessTokens(SakiHome home, TimeProvider clock)
    {
        _home = home;
        _clock = clock;
        _current = Load();
        Users = new UserAccounts(this, clock);
    }

    /// <summary>The people who sign in with a name and a password.</summary>
    public UserAccounts Users { get; }

    /// <summary>Reads the tokens of <paramref name="home"/>; none when there are none yet.</summary>
    /// <exception cref="SakiException">The file is there and cannot be read or understood.</exception>
    public static AccessTokens Open(SakiHome home, TimeProvider clock) => new(home, clock);

    /// <summary>All tokens but people's own, the oldest first.</summary>
    public IReadOnlyList<AccessToken> All => [.. Content.Tokens.Where(token => token.User is null)];

    /// <summary>What the file holds now.</summary>
    internal TokenFile Content => Current().File;

    /// <summary>
    /// Makes the first token of an installation and writes it to <c>admin.token</c> (mode 0600), where the command finds it.
    /// Returns its text, or null when tokens exist already. Of two processes that start together exactly one makes it.
    /// </summary>
    public string? CreateFirst()
    {
        if (Content is not { Tokens: [], Users: [] }) return null;
        string? text = null;
        Change(file =>
        {
            if (file is not { Tokens: [], Users: [] }) return file;
            text = NewText();
            DurableFile.WriteSecret(_home.AdminToken, text + "\n");
            return file with { Tokens = [New(AdminName, Scope.Admin, text, null)] };
        });
        return text;
    }

    /// <summary>Makes a token and returns its text, which is kept nowhere.</summary>
    /// <param name="name">Unique; letters, digits and <c>-_.</c>, 1 to 64 of them.</param>
    /// <param name="scopes">What it lets its holder do; not <see cref="Scope.None"/>.</param>
    /// <param name="valid">How long it works; null: until it is removed.</param>
    /// <exception cref="SakiException">The name is taken or not well formed.</exception>
    public string Add(string name, Scope scopes, TimeSpan? valid = null)
    {
        CheckName(name);
        var text = NewText();
        Change(file => file.Tokens.Any(token => token.User is null && token.Name == name)
            ? throw new SakiException("Adding a token", "a name that no token has", $"\"{name}\", which one has", "Remove it first with: saki tokens remove, or choose another name.")
            : file with { Tokens = [.. file.Tokens, New(name, scopes, text, valid)] });
        return text;
    }

    /// <summary>Removes a token; whoever signed in with it is signed out.</summary>
    /// <exception cref="SakiException">There is none of that name.</exception>
    public void Remove(string name) => Change(file => file.Tokens.Any(token => token.User is null && token.Name == name)
        ? file with { Tokens = [.. file.Tokens.Where(token => token.User is not null || token.Name != name)] }
        : throw new SakiException("Removing a token", "the name of one that exists", $"\"{name}\"", DidYouMean.Hint(name, [.. file.Tokens.Where(token => token.User is null).Select(token => token.Name)])));

    /// <summary>Who presents this text; null when it is no token, or one that has expired or whose person is gone.</summary>
    internal Caller? FindCaller(string text) => Find(text) is { } token ? Of(token) : null;

    /// <summary>Who presents this cookie; null when it is none of ours, or its time is over.</summary>
    internal Caller? FindSessionCaller(string cookie) => cookie.StartsWith("u.", StringComparison.Ordinal) ? Users.FindSession(cookie) : FindSession(cookie) is { } token ? Of(token) : null;

    /// <summary>The token whose text was presented, unless it is unknown or has expired.</summary>
    internal AccessToken? Find(string text) => Live(DigestOf(text));

    /// <summary>The value of the cookie of somebody who signed in with <paramref name="token"/>.</summary>
    internal string StartSession(AccessToken token, DateTimeOffset until)
    {
        var claim = $"{token.Digest}.{until.ToUnixTimeSeconds()}";
        return $"{claim}.{Sign(claim)}";
    }

    /// <summary>The token behind a cookie that <see cref="StartSession"/> made, unless it was changed, is too old, or the token is gone.</summary>
    internal AccessToken? FindSession(string cookie)
    {
        var parts = cookie.Split('.');
        if (parts.Length != 3 || !long.TryParse(parts[1], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var until)) return null;
        return IsSigned($"{parts[0]}.{parts[1]}", parts[2]) && until > _clock.GetUtcNow().ToUnixTimeSeconds() ? Live(parts[0]) : null;
    }

    // The look-up is by digest: its timing tells something of the digest, nothing of the token.
    private AccessToken? Live(string digest) =>
        Current().ByDigest.TryGetValue(digest, out var token) && (token.Expires is not { } end || end > _clock.GetUtcNow()) ? token : null;

    /// <summary>The file with one change made, under its lock. Nothing is written when <paramref name="change"/> gives back what it got.</summary>
    internal void Change(Func<TokenFile, TokenFile> change)
    {
        _home.EnsureWritable();
        using var alone = DurableFile.Lock(_home.Tokens);
        var before = Load().File;
        var after = change(before);
        if (!ReferenceEquals(before, after)) DurableFile.WriteSecret(_home.Tokens, JsonSerializer.Serialize(after, TokenJson.Default.TokenFile));
        _current = Load();
    }

    /// <exception cref="SakiException">It is no name for a token.</exception>
    internal static void CheckName(string name)
    {
        if (name.Length is 0 or > 64 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            throw new SakiException("Adding a token", "a name of 1 to 64 letters, digits and -_.", $"\"{name}\"", "Choose another name.");
    }

    /// <summary>True when the signature is ours. Takes the same time whatever is wrong.</summary>
    internal bool IsSigned(string claim, string signature) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(signature), Encoding.ASCII.GetBytes(Sign(claim)));

    private Caller? Of(AccessToken token)
    {
        if (token.User is not { } owner) return new Caller(token.Name, token.Scopes);
        return Users.Find(owner) is { Disabled: false } user ? new Caller($"{user.Name}/{token.Name}", token.Scopes & user.Role.Scopes()) { User = user.Name } : null;
    }

    internal string Sign(string claim) => Base64Url.EncodeToString(HMACSHA256.HashData(Current().File.SessionKey, Encoding.ASCII.GetBytes(claim)));

    internal AccessToken New(string name, Scope scopes, string text, TimeSpan? valid)
    {
        var now = _clock.GetUtcNow();
        return new AccessToken { Name = name, Scopes = scopes, Digest = DigestOf(text), Created = now, Expires = now + valid };
    }

    internal static string NewText() => $"saki_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";

    private static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private Snapshot Current()
    {
        var current = _current;
        var now = Environment.TickCount64;
        if (now - current.Checked < LookAgainAfter) return current;
        if (File.GetLastWriteTimeUtc(_home.Tokens) != current.Written) return _current = Load();
        current.Checked = now;
        return current;
    }

    private Snapshot Load()
    {
        var written = File.GetLastWriteTimeUtc(_home.Tokens);
        try
        {
            using var stream = File.OpenRead(_home.Tokens);
            return new Snapshot(JsonSerializer.Deserialize(stream, TokenJson.Default.TokenFile)!, written);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Snapshot(new TokenFile { SessionKey = RandomNumberGenerator.GetBytes(32) }, written);
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new SakiException("Reading the tokens", $"a readable {_home.Tokens}", failure.Message.TrimEnd('.'), "Restore the file from a backup, or remove it to start with a new admin token.", failure);
        }
    }

    private sealed class Snapshot(TokenFile file, DateTime written)
    {
        public TokenFile File { get; } = file;
        public DateTime Written { get; } = written;
        public long Checked { get; set; } = Environment.TickCount64;
        public Dictionary<string, AccessToken> ByDigest { get; } = file.Tokens.ToDictionary(token => token.Digest, StringComparer.Ordinal);
    }
}
