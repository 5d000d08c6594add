using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using Microsoft.AspNetCore.Routing;

namespace Saki.Server.Tests;

/// <summary>The real server on a free port, with small limits so that the tests need not send megabytes.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly SakiServer _server;

    private RunningServer(SakiServer server)
    {
        _server = server;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
    }

    public HttpClient Client { get; }

    public Uri Address => _server.Address;

    public IReadOnlyList<RouteEndpoint> Routes => _server.Routes;

    public static async Task<RunningServer> StartAsync(ServerOptions? options = null)
    {
        options ??= new ServerOptions();
        if (options is { Home: { } home, Database: null }) options = options with { Database = Storage.Stores.OfHome(home) };
        var server = SakiServer.Build(options with { Port = 0 });
        await server.StartAsync();
        return new RunningServer(server);
    }

    public async Task<IHtmlDocument> GetPageAsync(string path) => await new HtmlParser().ParseDocumentAsync(await Client.GetStringAsync(path));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}

/// <summary>Asking as a browser does, and reading what comes back.</summary>
internal static class Replies
{
    /// <summary>Asks for HTML, as browsers do; sends <paramref name="form"/> where there is one.</summary>
    public static async Task<HttpResponseMessage> VisitAsync(this HttpClient client, string path, string? token = null, HttpContent? form = null)
    {
        using var request = new HttpRequestMessage(form is null ? HttpMethod.Get : HttpMethod.Post, path) { Content = form };
        request.Headers.Accept.ParseAdd("text/html");
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return await client.SendAsync(request);
    }

    /// <summary>The reply as a page; fails when it is none.</summary>
    public static async Task<IHtmlDocument> PageAsync(this HttpResponseMessage reply)
    {
        Assert.StartsWith("text/html", reply.Content.Headers.ContentType?.ToString() ?? "nothing", StringComparison.Ordinal);
        return await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
    }

    /// <summary>The "error" of a refusal; its message has no trace of the inside.</summary>
    public static async Task<JsonNode> ErrorAsync(this HttpResponseMessage reply)
    {
        var error = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["error"]!;
        Assert.DoesNotContain("   at ", error.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.ToJsonString(), StringComparison.Ordinal);
        return error;
    }
}
