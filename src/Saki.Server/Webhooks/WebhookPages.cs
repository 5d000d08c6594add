using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Server.Accounts;
using Saki.Server.Layout;
using Saki.Server.Settings;
using Saki.Server.Storage;
using Saki.Tracking;

namespace Saki.Server.Webhooks;

/// <summary><c>/settings/webhooks</c>: whom the server calls when something happens in the registry. For admins, as the API is. Each change is noted in the audit.</summary>
internal sealed class WebhookPages(WebhookStore store, WebhookSender sender, Database database, TimeProvider time)
{
    private const int MostListed = 200, DeliveriesShown = 20;

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/settings/webhooks", () => new Html<WebhooksPage>(View())).Demand(Scope.Admin);
        app.MapPost("/settings/webhooks", (Func<HttpContext, Task<IResult>>)PostAsync).Demand(Scope.Admin);
        app.MapPost("/settings/webhooks/{id}", (Func<HttpContext, string, Task<IResult>>)PostAsync).Demand(Scope.Admin);
    }

    private Task<IResult> PostAsync(HttpContext context) => GuardAsync(context, AddAsync);

    private Task<IResult> PostAsync(HttpContext context, string id) => GuardAsync(context, form => ChangeAsync(context, form, id));

    private WebhooksView View() => new()
    {
        Webhooks = [.. store.List(MostListed, null).Webhooks.Select(webhook => new ShownWebhook(webhook, store.Deliveries(webhook.WebhookId, DeliveriesShown).Deliveries))],
        Events = [.. WebhookEvents.All.Select(known => (WebhookEvents.Name(known), WebhookEvents.About(known)))],
    };

    private async Task<(string Done, string Subject, string What)> AddAsync(IFormCollection form)
    {
        var events = form["event"].OfType<string>().Select(Event).ToList();
        var name = form["name"].ToString().Trim();
        await store.CreateAsync(new WebhookChange(name, null, form["url"].ToString().Trim(), events, form["secret"].ToString(), null));
        return ($"{name} is called from now on.", name, "added");
    }

    private async Task<(string Done, string Subject, string What)> ChangeAsync(HttpContext context, IFormCollection form, string id)
    {
        var webhook = store.Get(id);
        switch (form["do"].ToString())
        {
            case "enable":
                await store.UpdateAsync(id, new WebhookChange(null, null, null, null, null, "ACTIVE"));
                return ($"{webhook.Name} is called again.", webhook.Name, "enabled");
            case "disable":
                await store.UpdateAsync(id, new WebhookChange(null, null, null, null, null, "DISABLED"));
                return ($"{webhook.Name} is not called any more; what waited for it is dropped.", webhook.Name, "disabled");
            case "delete":
                await store.DeleteAsync(id);
                return ($"{webhook.Name} is deleted.", webhook.Name, "deleted");
            case "test":
                return (await TestAsync(webhook, context.RequestAborted), webhook.Name, "tested");
            default:
                throw MlflowException.BadValue("Expected enable, disable, delete or test, got another verb");
        }
    }

    private async Task<string> TestAsync(Webhook webhook, CancellationToken cancellation)
    {
        var (url, secret) = store.Target(webhook.WebhookId);
        var happened = WebhookEvents.Find(webhook.Events[0].Entity, webhook.Events[0].Action);
        var outcome = await sender.SendAsync(url, secret, Guid.NewGuid().ToString(), WebhookOutbox.Body(happened, WebhookEvents.Example(happened), time.GetUtcNow()), cancellation);
        return outcome.Delivered ? $"{webhook.Name} answered {outcome.Status} to an example of {WebhookEvents.Name(happened)}."
            : throw MlflowException.BadValue($"{webhook.Name} did not take an example of {WebhookEvents.Name(happened)}: {(outcome.Status is { } status ? $"it answered {status}" : outcome.Problem)}");
    }

    private async Task<IResult> GuardAsync(HttpContext context, Func<IFormCollection, Task<(string Done, string Subject, string What)>> change)
    {
        try
        {
            var (done, subject, what) = await change(await AccountsApi.FormAsync(context));
            await SettingsAudit.NoteAsync(database, time, context.Caller()!.Name, $"webhook {subject}", what);
            return new Html<WebhooksPage>(View() with { Done = done });
        }
        catch (MlflowException refusal)
        {
            return new Html<WebhooksPage>(View() with { Error = refusal.Message }, refusal.Status);
        }
        catch (SakiException refusal)
        {
            return new Html<WebhooksPage>(View() with { Error = refusal.Message }, StatusCodes.Status422UnprocessableEntity);
        }
    }

    private static WebhookEvent Event(string name) => name.Split('.') is [var entity, var action] ? WebhookEvents.Find(entity, action) : throw MlflowException.BadValue("Expected an event of the form's, got another one");
}

/// <summary>A webhook with what waits for it or was given up.</summary>
public sealed record ShownWebhook(Webhook Webhook, IReadOnlyList<WebhookDelivery> Deliveries);

/// <summary>What the page of webhooks shows.</summary>
public sealed record WebhooksView
{
    /// <summary>The newest first.</summary>
    public required IReadOnlyList<ShownWebhook> Webhooks { get; init; }

    /// <summary>What a webhook can be called for: its name and what it means.</summary>
    public required IReadOnlyList<(string Name, string About)> Events { get; init; }

    /// <summary>What happened just now.</summary>
    public string? Done { get; init; }

    /// <summary>Why it did not happen.</summary>
    public string? Error { get; init; }
}
