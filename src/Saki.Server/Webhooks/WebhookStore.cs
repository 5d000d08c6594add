using System.Data.Common;
using System.Globalization;
using Dapper;
using Saki.Server.Storage;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary>What a client asks a webhook to be; null for what stays as it is.</summary>
internal sealed record WebhookChange(string? Name, string? Description, string? Url, IReadOnlyList<WebhookEvent>? Events, string? Secret, string? Status);

/// <summary>Webhooks in the database. Their secrets are sealed and never leave it in an answer.</summary>
internal sealed class WebhookStore(Database database, SecretBox box, bool plainAllowed, TimeProvider time)
{
    private const int LongestName = 63, LongestUrl = 2048, LongestText = 1000;

    private const string Select = "SELECT id AS Id, webhook_id AS WebhookId, name AS Name, description AS Description, url AS Url, secret AS Secret, status AS Status, created AS Created, updated AS Updated FROM webhooks";

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Makes a webhook and gives its id.</summary>
    public async Task<string> CreateAsync(WebhookChange asked)
    {
        var (name, url, events) = (CheckName(asked.Name ?? throw MlflowCall.MissingField("name")), CheckUrl(asked.Url ?? throw MlflowCall.MissingField("url")), CheckEvents(asked.Events ?? throw MlflowCall.MissingField("events")));
        var (id, secret, status) = (Guid.NewGuid().ToString(), Seal(asked.Secret), CheckStatus(asked.Status ?? "ACTIVE"));
        await database.WriteAsync(session =>
        {
            var webhook = session.Scalar<long>("""
                INSERT INTO webhooks (webhook_id, name, description, url, secret, status, created, updated) VALUES (@id, @name, @Description, @url, @secret, @status, @now, @now) RETURNING id
                """, new { id, name, asked.Description, url, secret, status, now = Now });
            SetEvents(session, webhook, events);
        });
        return id;
    }

    /// <summary>Changes what is named; an empty secret takes it away.</summary>
    public Task UpdateAsync(string id, WebhookChange asked)
    {
        var (name, url, status) = (asked.Name is { } text ? CheckName(text) : null, asked.Url is { } to ? CheckUrl(to) : null, asked.Status is { } state ? CheckStatus(state) : null);
        var (events, secret) = (asked.Events is { Count: > 0 } some ? CheckEvents(some) : null, Seal(asked.Secret));
        return database.WriteAsync(session =>
        {
            var webhook = Row(session, id);
            session.Execute("""
                UPDATE webhooks SET name = coalesce(@name, name), description = coalesce(@Description, description), url = coalesce(@url, url), status = coalesce(@status, status), updated = @now WHERE id = @webhook
                """, new { name, asked.Description, url, status, now = Now, webhook });
            if (asked.Secret is not null) session.Execute("UPDATE webhooks SET secret = @secret WHERE id = @webhook", new { secret, webhook });
            if (events is not null) SetEvents(session, webhook, events);
            // What waited for one that was switched off is not wanted any more.
            if (status == "DISABLED") session.Execute("DELETE FROM webhook_outbox WHERE webhook = @webhook", new { webhook });
        });
    }

    /// <summary>Takes it away with all that waits for it.</summary>
    public Task DeleteAsync(string id) => database.WriteAsync(session => session.Execute("DELETE FROM webhooks WHERE id = @webhook", new { webhook = Row(session, id) }));

    /// <exception cref="MlflowException">There is none.</exception>
    public Webhook Get(string id) => database.Read(connection => Complete(connection, Rows(connection, id)))[0];

    public WebhookPage List(int page, string? token)
    {
        var offset = PageToken.Read(token);
        return database.Read(connection =>
        {
            var rows = connection.Query<WebhookRow>($"{Select} WHERE deleted IS NULL ORDER BY created DESC, id DESC LIMIT @limit OFFSET @offset", new { limit = page + 1, offset }).AsList();
            var next = PageToken.Cut(rows, page, offset);
            return new WebhookPage(Complete(connection, rows), next);
        });
    }

    /// <summary>Where a webhook's calls go and what signs them.</summary>
    public (string Url, string? Secret) Target(string id)
    {
        var row = database.Read(connection => Rows(connection, id))[0];
        return (row.Url, Open(row.Secret));
    }

    /// <summary>What waits for a webhook or was given up, the newest first.</summary>
    public WebhookDeliveries Deliveries(string id, int most) => database.Read(connection => new WebhookDeliveries([.. connection.Query<(string Delivery, string Entity, string Action, long Created, long Attempts, long? Due, string? Problem)>(
        "SELECT delivery_id, entity, action, created, attempts, due, problem FROM webhook_outbox WHERE webhook = @webhook ORDER BY id DESC LIMIT @most", new { webhook = Rows(connection, id)[0].Id, most })
        .Select(row => new WebhookDelivery(row.Delivery, new WebhookEvent(row.Entity, row.Action), row.Created, row.Attempts, row.Due, row.Problem))]));

    /// <summary>Opens a sealed secret; null for none.</summary>
    /// <exception cref="SakiException">The key that sealed it is gone.</exception>
    public string? Open(string? secret) => secret is null ? null : box.Open(secret)
        ?? throw new SakiException("Signing a webhook's call", "the key file webhook.key that sealed its secret", "another one or none", "Give the webhook its secret again.");

    private string? Seal(string? secret) => secret is not { Length: > 0 } ? null : secret.Length <= LongestText ? box.Seal(secret) : throw MlflowException.BadValue($"Webhook secret exceeds the maximum length of {LongestText} characters");

    private static long Row(WriteSession session, string id) => session.Scalar<long?>("SELECT id FROM webhooks WHERE webhook_id = @id AND deleted IS NULL", new { id }) ?? throw None(id);

    private static List<WebhookRow> Rows(DbConnection connection, string id) =>
        connection.Query<WebhookRow>($"{Select} WHERE webhook_id = @id AND deleted IS NULL", new { id }).AsList() is { Count: 1 } rows ? rows : throw None(id);

    private static List<Webhook> Complete(DbConnection connection, List<WebhookRow> rows)
    {
        var events = connection.Query<(long Webhook, string Entity, string Action)>("SELECT webhook, entity, action FROM webhook_events WHERE webhook IN @ids ORDER BY webhook, entity, action", new { ids = rows.Select(row => row.Id).ToArray() })
            .ToLookup(row => row.Webhook, row => new WebhookEvent(row.Entity, row.Action));
        return [.. rows.Select(row => new Webhook
        {
            WebhookId = row.WebhookId,
            Name = row.Name,
            Description = row.Description,
            Url = row.Url,
            Events = [.. events[row.Id]],
            Status = row.Status,
            CreationTimestamp = row.Created,
            LastUpdatedTimestamp = row.Updated,
        })];
    }

    private static void SetEvents(WriteSession session, long webhook, IReadOnlyList<WebhookEvent> events)
    {
        session.Execute("DELETE FROM webhook_events WHERE webhook = @webhook", new { webhook });
        foreach (var one in events) session.Execute("INSERT INTO webhook_events (webhook, entity, action) VALUES (@webhook, @Entity, @Action)", new { webhook, one.Entity, one.Action });
    }

    private static string CheckName(string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') && char.IsAsciiLetterOrDigit(name[0]) && char.IsAsciiLetterOrDigit(name[^1]) ? name
            : throw MlflowException.BadValue($"Webhook name must have 1 to {LongestName} letters, digits, dots, dashes or underscores, and start and end with a letter or digit");

    private string CheckUrl(string url)
    {
        if (url.Length <= LongestUrl && Uri.TryCreate(url, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttps || (plainAllowed && address.Scheme == Uri.UriSchemeHttp))
            && address is { Host.Length: > 0, UserInfo.Length: 0, Fragment.Length: 0 } && !url.Any(char.IsControl)) return url;
        throw MlflowException.BadValue(string.Create(CultureInfo.InvariantCulture,
            $"Invalid webhook URL: expected {(plainAllowed ? "http or https" : "https")}, a host, no user name, no fragment, at most {LongestUrl} characters{(plainAllowed ? "" : " (http only within networks that --webhook-allow names)")}"));
    }

    private static string CheckStatus(string status) => status is "ACTIVE" or "1" ? "ACTIVE" : status is "DISABLED" or "2" ? "DISABLED" : throw MlflowException.BadValue("Invalid webhook status: expected ACTIVE or DISABLED");

    private static List<WebhookEvent> CheckEvents(IReadOnlyList<WebhookEvent> events) =>
        events.Count > 0 ? [.. events.Select(one => WebhookEvents.Find(one.Entity, one.Action)).Distinct()] : throw MlflowException.BadValue("Webhook events cannot be empty");

    private static MlflowException None(string id) => MlflowException.Missing($"Webhook with ID {(id.Length > 60 ? id[..60] : id)} not found.");

    private sealed record WebhookRow
    {
        public long Id { get; init; }
        public string WebhookId { get; init; } = "";
        public string Name { get; init; } = "";
        public string? Description { get; init; }
        public string Url { get; init; } = "";
        public string? Secret { get; init; }
        public string Status { get; init; } = "";
        public long Created { get; init; }
        public long Updated { get; init; }
    }
}
