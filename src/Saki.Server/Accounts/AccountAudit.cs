using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Accounts;

/// <summary>
/// Notes what happens to accounts in the chain of the registry's audit, under the action <c>account</c> and no model: one chain, so that one check proves all of it.
/// </summary>
internal sealed class AccountAudit
{
    /// <summary>The database of the tracking server; null without a home folder, where nothing is noted.</summary>
    public Database? Database { get; set; }

    /// <summary>Appends a row.</summary>
    /// <param name="who">Who did it.</param>
    /// <param name="what">What was done: <c>add</c>, <c>role</c>, <c>disable</c>, <c>enable</c>, <c>password</c>, <c>sign-out</c>, <c>token-add</c>, <c>token-remove</c>, <c>locked</c>.</param>
    /// <param name="name">To whom.</param>
    /// <param name="detail">The new role, or the token's name.</param>
    /// <param name="time">When.</param>
    public Task NoteAsync(string who, string what, string name, string detail, DateTimeOffset time) => Database is not { } database ? Task.CompletedTask : database.WriteAsync(session =>
        AuditChain.Append(session, 0, new AuditEntry { Time = time.ToUnixTimeMilliseconds(), Who = who, Model = "", Action = "account", Subject = name, From = what, To = detail }));

    /// <summary>The newest rows, newest first.</summary>
    public IReadOnlyList<AccountEvent> Newest(int most) => Database is not { } database ? [] : database.Read(connection => Dapper.SqlMapper.Query<AccountEvent>(connection,
        "SELECT time AS Time, who AS Who, before AS What, subject AS Name, after AS Detail FROM registry_audit WHERE action = 'account' ORDER BY number DESC LIMIT @most", new { most }).ToList());
}

/// <summary>A row of the audit about an account.</summary>
public sealed record AccountEvent
{
    /// <summary>Milliseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>Who did it.</summary>
    public string Who { get; init; } = "";

    /// <summary>What was done.</summary>
    public string What { get; init; } = "";

    /// <summary>To whom.</summary>
    public string Name { get; init; } = "";

    /// <summary>The new role, or the token's name.</summary>
    public string Detail { get; init; } = "";
}
