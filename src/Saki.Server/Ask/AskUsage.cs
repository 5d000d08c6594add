using System.Globalization;
using Dapper;
using Saki.Server.Accounts;
using Saki.Server.Storage;

namespace Saki.Server.Ask;

/// <summary>What users have the endpoint spend, a day (UTC) at a time, kept in the database so that a restart forgets nothing.</summary>
internal sealed class AskUsage(Database database, TimeProvider time)
{
    /// <summary>Whose account a question is put on: the person, also when a token of theirs asks; else the token.</summary>
    public static string Who(Caller caller) => caller.User is { } user ? $"user:{user}" : $"token:{caller.Name}";

    /// <summary>What was spent today.</summary>
    public long Today(string who) => database.Read(connection => connection.ExecuteScalar<long?>("SELECT tokens FROM ask_usage WHERE who = @who AND day = @day", new { who, day = Day })) ?? 0;

    /// <summary>Notes what a call has spent.</summary>
    public Task SpendAsync(string who, long tokens) => database.WriteAsync(session => session.Execute("""
        INSERT INTO ask_usage (who, day, tokens, calls) VALUES (@who, @day, @tokens, 1) ON CONFLICT (who, day) DO UPDATE SET tokens = ask_usage.tokens + excluded.tokens, calls = ask_usage.calls + 1
        """, new { who, day = Day, tokens }));

    private string Day => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
