using System.Globalization;
using Dapper;
using Saki.Server.Storage;

namespace Saki.Server.Webhooks;

/// <summary>
/// Sends what lies in the outbox, the oldest first, one call at a time for each webhook. What fails is tried again after 1 s, 2 s, 4 s … up to an hour, 14 times (about
/// four hours), and then kept for a week with the reason. A call that a crash cut off is made again under the same delivery id: at least once, not exactly once.
/// </summary>
internal sealed class WebhookPump(Database database, WebhookStore store, WebhookOutbox outbox, WebhookSender sender, TimeProvider time) : IAsyncDisposable
{
    private const int MostAtOnce = 64, MostAttempts = 14, LongestProblem = 500;
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1), LongestPause = TimeSpan.FromHours(1), Kept = TimeSpan.FromDays(7);

    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Begins; what an earlier server left is sent first.</summary>
    public void Start() => _loop = Task.Run(LoopAsync);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        sender.Dispose();
        _stop.Dispose();
    }

    private async Task LoopAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var sent = await SendDueAsync();
                if (sent == MostAtOnce) continue;
                if (await outbox.WaitAsync(UntilNext(), _stop.Token)) await database.WriteAsync(_ => { }); // behind the transaction that added it
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return; // the database was closed first
            }
            catch (SakiException)
            {
                // A full disk: what was sent stays in the outbox and is sent again.
                await Task.Delay(Idle, time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> SendDueAsync()
    {
        await ForgetAsync(new { old = Now - (long)Kept.TotalMilliseconds });
        var due = database.Read(connection => connection.Query<Waiting>("""
            SELECT o.id AS Id, o.delivery_id AS Delivery, o.webhook AS Webhook, o.body AS Body, o.attempts AS Attempts, w.url AS Url, w.secret AS Secret
            FROM webhook_outbox o JOIN webhooks w ON w.id = o.webhook WHERE o.due IS NOT NULL AND o.due <= @now AND w.deleted IS NULL ORDER BY o.id LIMIT @most
            """, new { now = Now, most = MostAtOnce }).AsList());
        await Parallel.ForEachAsync(due.GroupBy(call => call.Webhook), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = _stop.Token }, async (calls, cancellation) =>
        {
            foreach (var call in calls) await SendAsync(call, cancellation);
        });
        return due.Count;
    }

    // Looked at first, so that a server without webhooks writes nothing.
    private async Task ForgetAsync(object of)
    {
        const string Which = "FROM webhook_outbox WHERE due IS NULL AND created < @old";
        if (database.Read(connection => connection.ExecuteScalar<long>($"SELECT count(*) {Which}", of)) > 0) await database.WriteAsync(session => session.Execute($"DELETE {Which}", of));
    }

    private async Task SendAsync(Waiting call, CancellationToken cancellation)
    {
        WebhookOutcome outcome;
        try
        {
            outcome = await sender.SendAsync(call.Url, store.Open(call.Secret), call.Delivery, call.Body, cancellation);
        }
        catch (SakiException noKey)
        {
            outcome = new WebhookOutcome(null, Problem: noKey.Message, Final: true);
        }
        if (outcome.Delivered)
        {
            await database.WriteAsync(session => session.Execute("DELETE FROM webhook_outbox WHERE id = @Id", new { call.Id }));
            return;
        }
        var attempts = call.Attempts + 1;
        var problem = outcome.Problem ?? string.Create(CultureInfo.InvariantCulture, $"It answered {outcome.Status}{(outcome.Status is >= 300 and < 400 ? "; redirects are not followed" : "")}");
        long? next = outcome.Final || attempts >= MostAttempts ? null : Now + (long)Pause(attempts, outcome.RetryAfter).TotalMilliseconds;
        await database.WriteAsync(session => session.Execute("UPDATE webhook_outbox SET attempts = @attempts, due = @next, problem = @problem WHERE id = @Id",
            new { attempts, next, problem = problem.Length <= LongestProblem ? problem : problem[..LongestProblem], call.Id }));
    }

    private static TimeSpan Pause(long attempts, TimeSpan? asked)
    {
        var own = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(attempts - 1, 12)));
        var longer = asked > own ? asked.Value : own;
        return longer < LongestPause ? longer : LongestPause;
    }

    private TimeSpan UntilNext()
    {
        var next = database.Read(connection => connection.ExecuteScalar<long?>("SELECT min(due) FROM webhook_outbox WHERE due IS NOT NULL"));
        return next is not { } due ? Idle : TimeSpan.FromMilliseconds(Math.Clamp(due - Now, 1, (long)Idle.TotalMilliseconds));
    }

    private sealed record Waiting
    {
        public long Id { get; init; }
        public string Delivery { get; init; } = "";
        public long Webhook { get; init; }
        public string Body { get; init; } = "";
        public long Attempts { get; init; }
        public string Url { get; init; } = "";
        public string? Secret { get; init; }
    }
}
