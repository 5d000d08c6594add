using System.Globalization;
using Saki.Server.Storage;
using Saki.Server.Tracking.Runs;
using Saki.Tracking;

namespace Saki.Server.Tracking;

/// <summary>
/// Brings the runs of the home folder that were made without a server into the database (docs/decisions/0020). Their folders stay what they are; a run that is in
/// the database already gets what it logged since.
/// </summary>
internal static class LocalRuns
{
    private const int PointsAtOnce = 1000, ItemsAtOnce = 100;

    public static async Task ImportAsync(Database database, RunTable table, RunStore store)
    {
        foreach (var folder in store.Folders())
        {
            if (IsMirrored(database, folder.RunId) || IsThere(database, folder)) continue;
            var run = folder.Read();
            var points = await EnsureAsync(database, table, run) ? folder.History() : Since(folder, database, run.Info.RunId);
            foreach (var batch in points.Chunk(PointsAtOnce)) await table.LogAsync(new LogBatch { RunId = run.Info.RunId, Metrics = batch });
            foreach (var batch in run.Data.Params.Chunk(ItemsAtOnce)) await table.LogAsync(new LogBatch { RunId = run.Info.RunId, Params = batch });
            foreach (var batch in run.Data.Tags.Chunk(ItemsAtOnce)) await table.LogAsync(new LogBatch { RunId = run.Info.RunId, Tags = batch });
            await table.UpdateAsync(new UpdateRun { RunId = run.Info.RunId, Status = run.Info.Status, EndTime = run.Info.EndTime });
        }
    }

    // It had ended when it was brought in, and was not resumed since; or it was deleted here.
    private static bool IsThere(Database database, RunFolder folder)
    {
        var info = folder.ReadInfo();
        return database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(connection,
            "SELECT count(*) FROM runs WHERE run_id = @RunId AND (end_time = @EndTime OR lifecycle = 'deleted')", new { info.RunId, info.EndTime })) > 0;
    }

    // It logged to this server while it ran, under an id of the server's.
    private static bool IsMirrored(Database database, string run) => database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(connection,
        "SELECT count(*) FROM run_tags WHERE key = @key AND value = @run", new { key = SakiTags.LocalRun, run })) > 0;

    // True when it is new.
    private static async Task<bool> EnsureAsync(Database database, RunTable table, Run run)
    {
        var known = database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(connection, "SELECT count(*) FROM runs WHERE run_id = @RunId", new { run.Info.RunId }));
        if (known > 0) return false;
        await table.CreateAsync(new CreateRun { ExperimentId = 0.ToString(CultureInfo.InvariantCulture), UserId = run.Info.UserId, RunName = run.Info.RunName, StartTime = run.Info.StartTime }, run.Info.RunId);
        return true;
    }

    private static IEnumerable<Metric> Since(RunFolder folder, Database database, string run)
    {
        var newest = database.Read(connection => Dapper.SqlMapper.ExecuteScalar<long?>(connection, "SELECT max(m.time) FROM metrics m JOIN runs r ON r.id = m.run WHERE r.run_id = @run", new { run })) ?? -1;
        // Points of the same millisecond come twice; readers drop exact repeats.
        return folder.History().Where(point => point.Timestamp >= newest);
    }
}
