using System.Text.Json;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary>
/// Where events wait until they are sent. <see cref="Add"/> writes them inside the transaction of what happened: either both are on disk or neither is, and a kill -9
/// between the commit and the call loses nothing. Who sends them is <see cref="WebhookPump"/>.
/// </summary>
internal sealed class WebhookOutbox : IDisposable
{
    private readonly SemaphoreSlim _news = new(0);

    /// <summary>Whether any webhook waits for anything: what costs something to find out is found out only then.</summary>
    public static bool IsWatched(WriteSession session) => session.Scalar<long>("SELECT count(*) FROM webhooks WHERE status = 'ACTIVE' AND deleted IS NULL") > 0;

    /// <summary>Writes an event down for each webhook that waits for it.</summary>
    public void Add(WriteSession session, WebhookEvent happened, object data, long now)
    {
        var webhooks = session.Query<long>("""
            SELECT w.id FROM webhooks w JOIN webhook_events e ON e.webhook = w.id WHERE w.status = 'ACTIVE' AND w.deleted IS NULL AND e.entity = @Entity AND e.action = @Action ORDER BY w.id
            """, happened);
        if (webhooks.Count == 0) return;
        var body = Body(happened, data, DateTimeOffset.FromUnixTimeMilliseconds(now));
        foreach (var webhook in webhooks)
        {
            session.Execute("""
                INSERT INTO webhook_outbox (delivery_id, webhook, entity, action, body, created, attempts, due) VALUES (@delivery, @webhook, @Entity, @Action, @body, @now, 0, @now)
                """, new { delivery = Guid.NewGuid().ToString(), webhook, happened.Entity, happened.Action, body, now });
        }
        _news.Release();
    }

    /// <summary>Returns when something was added, or after <paramref name="longest"/>. What was added may not be committed yet.</summary>
    public async Task<bool> WaitAsync(TimeSpan longest, CancellationToken cancellation)
    {
        if (!await _news.WaitAsync(longest, cancellation)) return false;
        while (await _news.WaitAsync(TimeSpan.Zero, cancellation)) { } // one look finds all of them
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _news.Dispose();

    /// <summary>The text of a call.</summary>
    public static string Body(WebhookEvent happened, object data, DateTimeOffset time) =>
        JsonSerializer.Serialize(new WebhookBody(happened.Entity.ToLowerInvariant(), happened.Action.ToLowerInvariant(), time, data), WebhookJson.Default.WebhookBody);
}
