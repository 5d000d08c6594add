using System.Text.Json.Serialization;

namespace Saki.Server.Accounts;

/// <summary>A token as it is kept: only its digest is known, so a stolen file lets nobody in.</summary>
public sealed record AccessToken
{
    /// <summary>Unique, for people and the audit: <c>admin</c>, <c>ci</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it lets its holder do.</summary>
    public required Scope Scopes { get; init; }

    /// <summary>SHA-256 of the token's text, 64 hex digits. A token holds 256 random bits, so a slow hash would add nothing.</summary>
    public required string Digest { get; init; }

    /// <summary>When it was made, UTC.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When it stops to work, UTC; null: never.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>The account whose it is: it never does more than its person may, and ends with the account. Null: it stands for itself, a program say.</summary>
    public string? User { get; init; }
}

/// <summary>The content of <c>tokens.json</c>.</summary>
internal sealed record TokenFile
{
    /// <summary>Signs the cookies of people who signed in; 32 bytes.</summary>
    public required byte[] SessionKey { get; init; }

    public IReadOnlyList<AccessToken> Tokens { get; init; } = [];

    public IReadOnlyList<UserAccount> Users { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenFile))]
internal sealed partial class TokenJson : JsonSerializerContext;
