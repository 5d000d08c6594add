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

internal static class Replies
{
    /// <summary>The "error" of a refusal; its message has no trace of the inside.</summary>
    public static async Task<JsonNode> ErrorAsync(this HttpResponseMessage reply)
    {
        var error = JsonNode.Parse(await reply.Content.ReadAsStringAsync())!["error"]!;
        Assert.DoesNotContain("   at ", error.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.ToJsonString(), StringComparison.Ordinal);
        return error;
    }
}
