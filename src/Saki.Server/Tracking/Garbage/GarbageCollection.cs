using Saki.Server.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Tracking;

namespace Saki.Server.Tracking.Garbage;

/// <summary>
/// Removes for good what was deleted: the rows in one transaction, in which the places of the files are noted as garbage; then the files; then the notes. Ended at any
/// moment it leaves either all or nothing of the rows, and what is still noted goes at the next time.
/// </summary>
internal sealed class GarbageCollection(Database database, ArtifactStore artifacts, SakiHome home, TimeProvider time)
{
    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Does it, or says what it would do.</summary>
    /// <exception cref="MlflowException">A run that was named is not there or not deleted.</exception>
    public async Task<GarbageReport> CollectAsync(CollectGarbage asked, CancellationToken cancellation)
    {
        if (!(asked.OlderThanDays >= 0)) throw MlflowException.BadValue("Invalid value for parameter 'older_than_days' supplied. It must be 0 or more");
        var before = Now - (long)Math.Min(asked.OlderThanDays * 86_400_000, Now);
        var named = asked.RunIds is { Count: > 0 } ids ? ids : null;
        // A look is a change that is taken back: what is said is what would be done.
        var report = await TryAsync(session => new GarbageRows(session, Now).Remove(named, before), asked.DryRun);
        var orphans = new Orphans(database, artifacts);
        if (asked.DryRun) return report with { Orphans = named is null ? (await orphans.FindAsync(cancellation)).Count : 0 };
        report = report with { ArtifactFolders = await SweepAsync(cancellation) };
        if (named is not null) return report;
        report = report with { Orphans = await orphans.NoteAsync(Now, cancellation) + await artifacts.SweepAsync(time, cancellation) };
        await SweepAsync(cancellation);
        return report;
    }

    // Removes the files that were noted, also by a collection that was cut off.
    private async Task<int> SweepAsync(CancellationToken cancellation)
    {
        var swept = 0;
        while (true)
        {
            var part = database.Read(connection => Dapper.SqlMapper.Query<Noted>(connection, "SELECT id AS Id, uri AS Uri FROM garbage ORDER BY id LIMIT 100").ToList());
            if (part.Count == 0) return swept;
            foreach (var note in part)
            {
                cancellation.ThrowIfCancellationRequested();
                await artifacts.DeleteAsync(ArtifactStore.PathOf(note.Uri), cancellation);
                RunStore.Remove(home, note.Uri[(note.Uri.LastIndexOf('/') + 1)..]);
                await database.WriteAsync(session => session.Execute("DELETE FROM garbage WHERE id = @Id", new { note.Id }));
                swept++;
            }
        }
    }

    private async Task<GarbageReport> TryAsync(Func<WriteSession, GarbageReport> work, bool takeBack)
    {
        if (!takeBack) return await database.WriteAsync(work);
        var report = new GarbageReport();
        try
        {
            await database.WriteAsync(session =>
            {
                report = work(session);
                throw new TakenBackException();
            });
        }
        catch (TakenBackException)
        {
            // As was meant.
        }
        return report;
    }

    private sealed class TakenBackException : Exception;

    private sealed record Noted
    {
        public long Id { get; init; }
        public string Uri { get; init; } = "";
    }
}
