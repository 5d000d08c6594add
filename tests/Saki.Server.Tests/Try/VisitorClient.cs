using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Saki.Server.Tests.Try;

/// <summary>A browser's part: keeps cookies, sends pictures and forms as the page's script does.</summary>
internal sealed class VisitorClient : IDisposable
{
    private readonly HttpClient _client;

    public VisitorClient(Uri address) => _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = address };

    public CookieContainer Cookies { get; } = new();

    public void Dispose() => _client.Dispose();

    /// <summary>Asks about a picture and gives the answer's id.</summary>
    public async Task<string> AskAsync(byte[] picture, string file = "face.png")
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(picture), "image", file } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = form };
        request.Headers.Add("Saki-Fragment", "1");
        using var reply = await _client.SendAsync(request);
        var page = await ParseAsync(reply);
        return page.QuerySelectorAll("template").SelectMany(part => ((IHtmlTemplateElement)part).Content.QuerySelectorAll("[data-why] input")).Single().GetAttribute("value")!;
    }

    /// <summary>Sends a form as the script does.</summary>
    public async Task<(HttpStatusCode Status, IHtmlDocument Page)> SendAsync(string path, params (string Name, string Value)[] fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))) };
        request.Headers.Add("Saki-Fragment", "1");
        using var reply = await _client.SendAsync(request);
        return (reply.StatusCode, await ParseAsync(reply));
    }

    public async Task<(HttpStatusCode Status, IHtmlDocument Page)> GetAsync(string path)
    {
        using var reply = await _client.GetAsync(path);
        return (reply.StatusCode, await ParseAsync(reply));
    }

    public Task<byte[]> BytesAsync(string path) => _client.GetByteArrayAsync(path);

    private static async Task<IHtmlDocument> ParseAsync(HttpResponseMessage reply) => await new HtmlParser().ParseDocumentAsync(await reply.Content.ReadAsStringAsync());
}
