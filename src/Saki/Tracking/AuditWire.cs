namespace Saki.Tracking;

/// <summary>One row of the registry's audit: a move that was made, or refused. Rows are never changed; each holds the hash of itself and all before it.</summary>
public sealed record AuditEntry
{
    /// <summary>1, 2, 3… without a gap, over all models.</summary>
    public long Number { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>The name of the token that asked; <c>local</c> on a server without accounts.</summary>
    public string Who { get; init; } = "";

    /// <summary>The model's name at that time.</summary>
    public string Model { get; init; } = "";

    /// <summary>The version; 0 for the model as a whole.</summary>
    public long Version { get; init; }

    /// <summary><c>create</c>, <c>stage</c>, <c>alias</c>, <c>tag</c>, <c>delete</c>, <c>rename</c>, <c>rollback</c>, <c>policy</c>, or <c>refused</c> for a move that the gate refused.</summary>
    public string Action { get; init; } = "";

    /// <summary>The alias or the tag's key; else empty.</summary>
    public string Subject { get; init; } = "";

    /// <summary>The stage, version, value or name before; empty for none.</summary>
    public string From { get; init; } = "";

    /// <summary>The same after.</summary>
    public string To { get; init; } = "";

    /// <summary>Versions that the same move archived, joined by commas.</summary>
    public string Archived { get; init; } = "";

    /// <summary>What <c>@production</c> was before; 0 for nothing.</summary>
    public long ProductionBefore { get; init; }

    /// <summary>What it was after.</summary>
    public long ProductionAfter { get; init; }

    /// <summary>The reason that was given.</summary>
    public string Why { get; init; } = "";

    /// <summary>Digest of what the gate found; empty when no gate was asked.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>True: the gate said no and an admin moved it all the same.</summary>
    public bool Overridden { get; init; }

    /// <summary>SHA-256 of the hash before and this row's values, 64 hex digits (docs/reference/gate.md).</summary>
    public string Hash { get; init; } = "";
}

/// <summary>Answer of <c>registry/history</c>, the newest first.</summary>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries);

/// <summary>Answer of <c>registry/head</c>: the number of the newest row, 0 for none.</summary>
public sealed record AuditHead(long Number);

/// <summary>Whether the audit is as it was written.</summary>
/// <param name="Rows">How many rows were read.</param>
/// <param name="Head">The hash of the last good one: kept elsewhere, it proves later that none was cut off.</param>
/// <param name="Broken">The number of the first row that is not as it was written, or is missing; null when all are.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record AuditCheck(long Rows, string Head, long? Broken = null, string? Reason = null);

/// <summary>Body of <c>registry/rollback</c>.</summary>
/// <param name="Name">The model.</param>
/// <param name="To">The version to restore; null for the one that was in Production before the present.</param>
/// <param name="From">What must be in Production at that moment (0: nothing); null when it does not matter.</param>
/// <param name="Why">The reason, for the audit.</param>
public sealed record RollbackAsk(string Name, string? To = null, string? From = null, string? Why = null);

/// <summary>Body of <c>registry/promote</c>: takes a version to a stage, archives what was there, and says what the gate found.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version.</param>
/// <param name="Stage">Staging or Production; null for Production.</param>
/// <param name="Why">The reason, for the audit; needed with <paramref name="Override"/>.</param>
/// <param name="Override">True: also when the gate says no. For admins.</param>
/// <param name="From">What must be in Production at that moment (0: nothing); null when it does not matter.</param>
public sealed record PromoteAsk(string Name, string Version, string? Stage = null, string? Why = null, bool? Override = null, string? From = null);

/// <summary>Answer of <c>registry/promote</c>.</summary>
/// <param name="Accepted">Whether it was moved.</param>
/// <param name="ModelVersion">As it is now.</param>
/// <param name="Evidence">Digest of what the gate found (<c>registry/evidence</c>); null where no gate stands before the stage.</param>
public sealed record PromotionAnswer(bool Accepted, ModelVersion ModelVersion, string? Evidence = null);

/// <summary>A model's policy: body and answer of <c>registry/policy</c>.</summary>
/// <param name="Name">The model.</param>
/// <param name="Text">YAML (docs/reference/gate.md); empty or null for none.</param>
/// <param name="Why">The reason, for the audit.</param>
public sealed record PolicyText(string Name, string? Text = null, string? Why = null);
