using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Saki.Server.Tests.Tracking;
using Saki.Server.Tests.Webhooks;

namespace Saki.Server.Tests.Settings;

/// <summary>Webhooks by the forms of their page.</summary>
public sealed class WebhookPageTests
{
    private static readonly IPNetwork[] Here = [IPNetwork.Parse("127.0.0.0/8")];

    [Fact]
    public async Task A_webhook_is_added_tested_called_switched_off_and_deleted()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await MlflowServer.StartAsync(change: options => options with { WebhookNetworks = Here });
        var (status, page) = await PostAsync(server, "/settings/webhooks", ("name", "chat"), ("url", receiver.Url), ("secret", "sesame"), ("event", "registered_model.created"), ("event", "model_version.updated"));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("chat is called from now on", page.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", page.DocumentElement.OuterHtml, StringComparison.Ordinal);
        var change = page.QuerySelector("tbody form")!.GetAttribute("action")!;

        (_, page) = await PostAsync(server, change, ("do", "test"));
        Assert.Contains("chat answered 200", page.QuerySelector("[role=status]")!.TextContent, StringComparison.Ordinal);
        await receiver.ExpectAsync(1);
        await server.PostAsync("registered-models/create", """{"name":"m"}""");
        await receiver.ExpectAsync(1);
        Assert.All(receiver.Calls, call => Assert.NotNull(call.Signature));

        (_, page) = await PostAsync(server, change, ("do", "disable"));
        Assert.Contains("off", page.QuerySelector("tbody .st")!.TextContent, StringComparison.Ordinal);
        await server.PostAsync("registered-models/create", """{"name":"n"}""");
        (_, page) = await PostAsync(server, change, ("do", "enable"));
        Assert.Contains("called", page.QuerySelector("tbody .st")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(2, receiver.Calls.Count);
        (_, page) = await PostAsync(server, change, ("do", "delete"));
        Assert.Null(page.QuerySelector("tbody"));
        var audit = await server.Client.GetStringAsync("/settings/retention");
        Assert.Contains("webhook chat", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_address_and_a_receiver_that_fails_are_told_on_the_page()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await MlflowServer.StartAsync();
        var (status, page) = await PostAsync(server, "/settings/webhooks", ("name", "chat"), ("url", receiver.Url), ("event", "registered_model.created"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("Invalid webhook URL", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        (_, page) = await PostAsync(server, "/settings/webhooks", ("name", "chat"), ("url", "https://localhost:1/"), ("event", "registered_model.created"));
        (status, page) = await PostAsync(server, page.QuerySelector("tbody form")!.GetAttribute("action")!, ("do", "test"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("may not be called", page.QuerySelector("[role=alert]")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(receiver.Calls);
    }

    private static async Task<(HttpStatusCode Status, IHtmlDocument Page)> PostAsync(MlflowServer server, string path, params (string Name, string Value)[] fields)
    {
        using var reply = await server.Client.PostAsync(path, new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));
        return (reply.StatusCode, await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync()));
    }
}
