using Dapper;
using Saki.Server.Feedback;
using Saki.Server.Jobs;
using Saki.Server.Storage;
using Saki.Server.Tracking.Garbage;
using Saki.Tracking;

namespace Saki.Server.Settings;

/// <summary>All that can be kept for a time, each beside how it is found and removed. To find and to remove look at the same things.</summary>
internal sealed class RetentionRules(Database database, SakiHome home, FeedbackStore feedback, GarbageCollection garbage, TimeSpan keepFeedback, TimeProvider time)
{
    private const int AskDays = 90, AtOnce = 500;

    public IReadOnlyList<RetentionRule> All =>
    [
        new(RetentionFile.Feedback, "Pictures that people gave", "With their answers and words. Labels that were taken into a data set version stay there.", "pictures", (int)keepFeedback.TotalDays, (int)keepFeedback.TotalDays, // longer is not what people agreed to
            (age, _) => Task.FromResult(Pictures(age)),
            async (age, _) =>
            {
                var reach = Pictures(age);
                await feedback.Erasure.ExpireAsync(age);
                return reach;
            }),
        new("job-logs", "Logs of jobs that ended", "The job, its attempts and its result stay.", "logs", null, null, (age, cancellation) => Task.Run(() => Logs(age, remove: false, cancellation), cancellation), (age, cancellation) => Task.Run(() => Logs(age, remove: true, cancellation), cancellation)),
        new("deleted-runs", "Deleted runs, experiments and logged models", "With their artifacts; what a registered version stands on stays. The same as saki gc.", "things", null, null,
            async (age, cancellation) => Of(await garbage.CollectAsync(new CollectGarbage { OlderThanDays = age.TotalDays, DryRun = true }, cancellation)),
            async (age, cancellation) => Of(await garbage.CollectAsync(new CollectGarbage { OlderThanDays = age.TotalDays }, cancellation))),
        new("webhook-deliveries", "Webhook calls that were given up", "What still waits to be sent stays.", "calls", null, null, (age, _) => Task.FromResult(Rows("webhook_outbox", "due IS NULL AND created < @before", Before(age))),
            (age, _) => RemoveAsync("webhook_outbox", "due IS NULL AND created < @before", Before(age))),
        new("cache", "Cached files that were not written for so long", "All of it is made or fetched again when it is needed.", "files", null, null, (age, cancellation) => Task.Run(() => Cached(age, remove: false, cancellation), cancellation), (age, cancellation) => Task.Run(() => Cached(age, remove: true, cancellation), cancellation)),
        new("ask-usage", "Counts of what Ask has spent", "Today's stays.", "counts", AskDays, null, (age, _) => Task.FromResult(Rows("ask_usage", "day < @before", Day(age))), (age, _) => RemoveAsync("ask_usage", "day < @before", Day(age))),
    ];

    private object Before(TimeSpan age) => new { before = Milliseconds(age) };

    private object Day(TimeSpan age) => new { before = (time.GetUtcNow() - age).UtcDateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) };

    private long Milliseconds(TimeSpan age) => (time.GetUtcNow() - age).ToUnixTimeMilliseconds();

    private RetentionReach Pictures(TimeSpan age)
    {
        var (items, bytes) = database.Read(connection => connection.QuerySingle<(long, long)>("SELECT count(*), CAST(coalesce(sum(bytes), 0) AS BIGINT) FROM feedback_predictions WHERE time < @before", Before(age)));
        return new RetentionReach(items, bytes);
    }

    private RetentionReach Rows(string table, string where, object values) => new(database.Read(connection => connection.ExecuteScalar<long>($"SELECT count(*) FROM {table} WHERE {where}", values)), null);

    private async Task<RetentionReach> RemoveAsync(string table, string where, object values) => new(await database.WriteAsync(session => session.Execute($"DELETE FROM {table} WHERE {where}", values)), null);

    private static RetentionReach Of(GarbageReport report) => new(report.Runs + report.LoggedModels + report.Experiments + report.Orphans, null);

    private RetentionReach Logs(TimeSpan age, bool remove, CancellationToken cancellation)
    {
        var (items, bytes, after) = (0L, 0L, 0L);
        while (true)
        {
            var ended = database.Read(connection => connection.Query<(long Job, long Attempts)>(
                "SELECT id, attempt FROM jobs WHERE ended IS NOT NULL AND ended < @before AND state IN ('succeeded', 'failed', 'cancelled') AND id > @after ORDER BY id LIMIT @AtOnce", new { before = Milliseconds(age), after, AtOnce }).AsList());
            if (ended.Count == 0) return new RetentionReach(items, bytes);
            foreach (var (job, attempts) in ended)
            {
                cancellation.ThrowIfCancellationRequested();
                var folder = new JobFolder(home.Jobs, job);
                for (var attempt = 1L; attempt <= attempts; attempt++)
                {
                    var log = new FileInfo(folder.Log(attempt));
                    if (!log.Exists || log.LinkTarget is not null) continue;
                    (items, bytes) = (items + 1, bytes + log.Length);
                    if (remove) log.Delete();
                }
            }
            after = ended[^1].Job;
        }
    }

    // A folder's own files go together or not at all: a package without one of them would be a damaged one.
    private RetentionReach Cached(TimeSpan age, bool remove, CancellationToken cancellation)
    {
        var (items, bytes) = (0L, 0L);
        if (!Directory.Exists(home.Cache)) return new RetentionReach(0, 0);
        var before = (time.GetUtcNow() - age).UtcDateTime;
        var plain = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (var folder in Directory.EnumerateDirectories(home.Cache, "*", plain).Prepend(home.Cache).ToList())
        {
            cancellation.ThrowIfCancellationRequested();
            var files = new DirectoryInfo(folder).GetFiles("*", new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint });
            if (files.Length == 0 || files.Any(file => file.LastWriteTimeUtc >= before)) continue;
            (items, bytes) = (items + files.Length, bytes + files.Sum(file => file.Length));
            if (remove) foreach (var file in files) file.Delete();
        }
        return new RetentionReach(items, bytes);
    }
}
