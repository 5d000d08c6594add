namespace Saki.Server.Accounts;

/// <summary>A person who signs in with a name and a password.</summary>
public sealed record UserAccount
{
    /// <summary>Unique without regard to case; letters, digits and <c>-_.@</c>, 1 to 64 of them.</summary>
    public required string Name { get; init; }

    /// <summary>What the person may do.</summary>
    public required Role Role { get; init; }

    /// <summary>See <see cref="PasswordHash"/>.</summary>
    public required string Password { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>True: the person cannot sign in, and neither sessions nor tokens of theirs work.</summary>
    public bool Disabled { get; init; }

    /// <summary>Counts up when the password changes or the person signs out everywhere; sessions of an earlier number are over.</summary>
    public int Sessions { get; init; }
}
