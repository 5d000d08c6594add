namespace Saki.Tracking;

/// <summary>Something that a webhook is called for, in MLflow's names.</summary>
/// <param name="Entity">E.g. <c>MODEL_VERSION</c>.</param>
/// <param name="Action">E.g. <c>CREATED</c>.</param>
public sealed record WebhookEvent(string Entity, string Action);

/// <summary>A webhook as it is answered: never with its secret.</summary>
public sealed record Webhook
{
    /// <summary>Made by the server.</summary>
    public required string WebhookId { get; init; }

    /// <summary>For people.</summary>
    public required string Name { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>Where events are sent.</summary>
    public required string Url { get; init; }

    /// <summary>What is sent.</summary>
    public required IReadOnlyList<WebhookEvent> Events { get; init; }

    /// <summary><c>ACTIVE</c> or <c>DISABLED</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long CreationTimestamp { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public long LastUpdatedTimestamp { get; init; }
}

/// <summary>Answer with one webhook.</summary>
public sealed record WebhookAnswer(Webhook Webhook);

/// <summary>Answer with a page of webhooks.</summary>
public sealed record WebhookPage(IReadOnlyList<Webhook> Webhooks, string? NextPageToken = null);

/// <summary>How a try went.</summary>
/// <param name="Success">Whether the receiver answered with less than 400.</param>
/// <param name="ResponseStatus">What it answered; null when it could not be reached.</param>
/// <param name="ResponseBody">The beginning of its answer.</param>
/// <param name="ErrorMessage">Why it could not be reached.</param>
public sealed record WebhookTestResult(bool Success, int? ResponseStatus = null, string? ResponseBody = null, string? ErrorMessage = null);

/// <summary>Answer of <c>webhooks/ID/test</c>.</summary>
public sealed record WebhookTestAnswer(WebhookTestResult Result);

/// <summary>What still waits to be sent to a webhook, or was given up. Answer of <c>saki/webhooks/ID/deliveries</c>.</summary>
/// <param name="DeliveryId">What the receiver sees as <c>X-MLflow-Delivery-Id</c>; the same at each attempt.</param>
/// <param name="Event">What happened.</param>
/// <param name="Created">When, milliseconds since 1970.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="Due">When it is tried next; null when it was given up.</param>
/// <param name="Problem">Why the last attempt failed.</param>
public sealed record WebhookDelivery(string DeliveryId, WebhookEvent Event, long Created, long Attempts, long? Due = null, string? Problem = null);

/// <summary>Answer with deliveries, the newest first.</summary>
public sealed record WebhookDeliveries(IReadOnlyList<WebhookDelivery> Deliveries);
