using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Tracking;
using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary><c>webhooks</c> of MLflow's API, for admins: an address that the server calls is a door of its network.</summary>
internal static class WebhookApi
{
    private const int Normal = 100, Most = 1000;

    public static void MapWebhooks(this RouteGroupBuilder group, WebhookStore store, WebhookSender sender, TimeProvider time)
    {
        group.On("GET", "/webhooks", call => Admin(call, () => store.List(call.MaxResults(Normal, Most), call.Text("page_token"))));
        group.On("POST", "/webhooks", async call =>
        {
            CheckAdmin(call);
            return new WebhookAnswer(store.Get(await store.CreateAsync(Change(call))));
        });
        group.On("GET", "/webhooks/{webhook_id}", call => Admin(call, () => new WebhookAnswer(store.Get(Id(call)))));
        group.On("PATCH", "/webhooks/{webhook_id}", async call =>
        {
            CheckAdmin(call);
            await store.UpdateAsync(Id(call), Change(call));
            return new WebhookAnswer(store.Get(Id(call)));
        });
        group.On("DELETE", "/webhooks/{webhook_id}", call =>
        {
            CheckAdmin(call);
            return store.DeleteAsync(Id(call));
        });
        group.On("POST", "/webhooks/{webhook_id}/test", call =>
        {
            CheckAdmin(call);
            return TestAsync(call, store, sender, time);
        });
    }

    /// <summary>What MLflow has no message for: what waits, and what was given up and why.</summary>
    public static void MapDeliveries(this RouteGroupBuilder group, WebhookStore store) =>
        group.On("GET", "/webhooks/{webhook_id}/deliveries", call => Admin(call, () => store.Deliveries(Id(call), call.MaxResults(Normal, Most))));

    private static async Task<WebhookTestAnswer> TestAsync(MlflowCall call, WebhookStore store, WebhookSender sender, TimeProvider time)
    {
        var (id, asked) = (Id(call), call.Message("event"));
        var happened = asked is null ? store.Get(id).Events[0] : EventOf(asked);
        happened = WebhookEvents.Find(happened.Entity, happened.Action);
        var (url, secret) = store.Target(id);
        var outcome = await sender.SendAsync(url, secret, Guid.NewGuid().ToString(), WebhookOutbox.Body(happened, WebhookEvents.Example(happened), time.GetUtcNow()), call.Context.RequestAborted);
        return new WebhookTestAnswer(new WebhookTestResult(outcome.Status < 400, outcome.Status, outcome.Status is null ? null : outcome.Body, outcome.Problem));
    }

    private static WebhookChange Change(MlflowCall call)
    {
        var events = call.Messages("events");
        return new WebhookChange(call.Text("name"), call.TextOrEmpty("description"), call.Text("url"), events.Count == 0 ? null : [.. events.Select(EventOf)], call.TextOrEmpty("secret"), call.NameOrNumber("status"));
    }

    private static WebhookEvent EventOf(MlflowCall message) => new(message.Required("entity"), message.Required("action"));

    private static string Id(MlflowCall call) => (string)call.Context.Request.RouteValues["webhook_id"]!;

    private static T Admin<T>(MlflowCall call, Func<T> answer)
    {
        CheckAdmin(call);
        return answer();
    }

    private static void CheckAdmin(MlflowCall call)
    {
        if (call.Context.Caller()?.May(Scope.Admin) != true) throw new MlflowException("PERMISSION_DENIED", $"Webhooks: expected a token with the scope \"admin\", got \"{call.Who}\", which lacks it");
    }
}
