using Saki.Server.Storage;

namespace Saki.Server.Accounts;

/// <summary>Notes what the command does to accounts in the audit of the home's own database, also while a server has it open. Nothing is noted where no server has run yet.</summary>
public static class HomeAudit
{
    /// <summary>Appends a row, by the name <c>command line</c>.</summary>
    /// <param name="home">Whose audit.</param>
    /// <param name="what">What was done.</param>
    /// <param name="name">To whom.</param>
    /// <param name="detail">The new role.</param>
    /// <param name="time">When.</param>
    public static async Task NoteAsync(SakiHome home, string what, string name, string detail, TimeProvider time)
    {
        var file = Path.Combine(home.Tracking, "tracking.db");
        if (!File.Exists(file)) return;
        using var database = Database.Open(file, time, shared: true); // a server that runs holds it
        await new AccountAudit { Database = database }.NoteAsync("command line", what, name, detail, time.GetUtcNow());
    }
}
