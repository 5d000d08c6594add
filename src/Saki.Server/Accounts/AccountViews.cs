namespace Saki.Server.Accounts;

/// <summary>What the page of all accounts shows.</summary>
public sealed record AccountsView
{
    /// <summary>The oldest first.</summary>
    public IReadOnlyList<UserAccount> Users { get; init; } = [];

    /// <summary>Tokens that stand for themselves.</summary>
    public IReadOnlyList<AccessToken> Tokens { get; init; } = [];

    /// <summary>The newest first.</summary>
    public IReadOnlyList<AccountEvent> Events { get; init; } = [];

    /// <summary>Who looks; null for somebody with a token.</summary>
    public string? Self { get; init; }

    /// <summary>What happened just now.</summary>
    public string? Done { get; init; }

    /// <summary>A password or token that is shown this once.</summary>
    public string? Secret { get; init; }

    /// <summary>Why it did not happen.</summary>
    public string? Error { get; init; }
}

/// <summary>What a person sees of their own account.</summary>
public sealed record AccountView
{
    /// <summary>Whose it is.</summary>
    public required UserAccount User { get; init; }

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<AccessToken> Tokens { get; init; } = [];

    /// <inheritdoc cref="AccountsView.Done"/>
    public string? Done { get; init; }

    /// <inheritdoc cref="AccountsView.Secret"/>
    public string? Secret { get; init; }

    /// <inheritdoc cref="AccountsView.Error"/>
    public string? Error { get; init; }

    /// <summary>The time, to tell what has expired.</summary>
    public required DateTimeOffset Now { get; init; }
}
