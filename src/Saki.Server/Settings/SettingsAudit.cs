using Dapper;
using Saki.Server.Registry.Audit;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Settings;

/// <summary>Changes of settings, and what settings did, as rows of the audit.</summary>
internal static class SettingsAudit
{
    private const string Action = "settings";

    /// <summary>Notes a change.</summary>
    public static Task NoteAsync(Database database, TimeProvider time, string who, string subject, string from, string to = "") => database.WriteAsync(session =>
        AuditChain.Append(session, 0, new AuditEntry { Time = time.GetUtcNow().ToUnixTimeMilliseconds(), Who = who, Model = "", Action = Action, Subject = subject, From = from, To = to }));

    /// <summary>The newest rows, newest first.</summary>
    public static IReadOnlyList<SettingsEvent> Newest(Database database, int most) => database.Read(connection => connection.Query<SettingsEvent>(
        $"SELECT time AS Time, who AS Who, subject AS Rule, before AS What, after AS Detail FROM registry_audit WHERE action = '{Action}' ORDER BY number DESC LIMIT @most", new { most }).AsList());
}
