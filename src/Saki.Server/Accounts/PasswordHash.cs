using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Saki.Server.Accounts;

/// <summary>
/// Passwords as they are kept: <c>pbkdf2-sha256$ROUNDS$SALT$HASH</c> with 16 random bytes of salt and 32 of hash, both in base64. The rounds are those that OWASP asks for
/// (Password Storage Cheat Sheet, PBKDF2-HMAC-SHA256: 600,000); a hash of fewer is made anew when its person signs in.
/// </summary>
internal static class PasswordHash
{
    /// <summary>Rounds of new hashes.</summary>
    public const int Rounds = 600_000;

    /// <summary>Fewest signs of a new password.</summary>
    public const int Shortest = 10;

    private const int Longest = 200, SaltBytes = 16, HashBytes = 32, FewestDifferent = 5;
    private const string Kind = "pbkdf2-sha256";

    // Computed for names that nobody has, so that the time of a reply does not tell which names exist.
    private static readonly string Nobody = Make("nobody's password", Rounds);

    /// <summary>Refuses passwords that are guessed first.</summary>
    /// <exception cref="SakiException">It is too short or too long, has too few different signs, or holds the name.</exception>
    public static void Check(string password, string name)
    {
        var text = password.Normalize(NormalizationForm.FormKC);
        var (good, wrong) = text switch
        {
            { Length: < Shortest } => (false, "a shorter one"),
            { Length: > Longest } => (false, "a longer one"),
            _ when text.Distinct().Count() < FewestDifferent => (false, "one of very few different signs"),
            _ when text.Contains(name, StringComparison.OrdinalIgnoreCase) => (false, "one that holds the name"),
            _ => (true, ""),
        };
        if (!good) throw new SakiException("Setting a password", $"{Shortest} to {Longest} signs, {FewestDifferent} of them different, without the account's name", wrong, "Three or four random words make a good one.");
    }

    /// <summary>The hash of a new password.</summary>
    public static string Make(string password) => Make(password, Rounds);

    internal static string Make(string password, int rounds)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Kind}${rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Hash(password, salt, rounds))}");
    }

    /// <summary>True when the password is the one that was hashed. Takes the same time whatever is wrong.</summary>
    /// <param name="password">What was typed.</param>
    /// <param name="hash">What is kept; null for a name that nobody has.</param>
    public static bool Verify(string password, string? hash)
    {
        var (rounds, salt, expected) = Parse(hash ?? Nobody);
        var same = CryptographicOperations.FixedTimeEquals(Hash(password, salt, rounds), expected);
        return same && hash is not null;
    }

    /// <summary>True for a hash of fewer rounds than new ones have.</summary>
    public static bool IsOld(string hash) => Parse(hash).Rounds < Rounds;

    private static byte[] Hash(string password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormKC)), salt, rounds, HashAlgorithmName.SHA256, HashBytes);

    private static (int Rounds, byte[] Salt, byte[] Hash) Parse(string hash) => hash.Split('$') is [Kind, var rounds, var salt, var bytes]
        ? (int.Parse(rounds, CultureInfo.InvariantCulture), Convert.FromBase64String(salt), Convert.FromBase64String(bytes))
        : throw new SakiException("Reading an account", $"a {Kind} hash", "another one", "Set the password again with: saki users passwd");
}
