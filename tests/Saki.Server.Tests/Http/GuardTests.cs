using System.Net;

namespace Saki.Server.Tests.Http;

public sealed class GuardTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:5252")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:8000")]
    [InlineData("[::1]:5252")]
    public async Task Every_name_of_this_machine_is_answered_with_and_without_port(string host)
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await SendAsync(server, HttpMethod.Get, "/health", ("Host", host));
        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example:5252")]
    [InlineData("192.168.0.7:5252")]
    [InlineData("0.0.0.0")]
    public async Task A_rebound_host_name_is_refused_on_every_route(string host)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in (string[])["/", "/health", "/predict_image", "/assets/saki.css"])
        {
            using var reply = await SendAsync(server, HttpMethod.Get, path, ("Host", host));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, reply.StatusCode);
            Assert.DoesNotContain(host, await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://localhost:3000")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_write_from_another_site_is_refused(string header, string value)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var path in (string[])["/", "/theme?to=dark", "/predict_image"])
        {
            using var reply = await SendAsync(server, HttpMethod.Post, path, (header, value));
            Assert.Equal(HttpStatusCode.Forbidden, reply.StatusCode);
        }
    }

    [Fact]
    public async Task A_write_from_our_own_page_and_from_a_program_is_let_through()
    {
        await using var server = await RunningServer.StartAsync();
        using var page = await SendAsync(server, HttpMethod.Post, "/theme?to=dark", ("Origin", server.Address.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin"));
        using var program = await SendAsync(server, HttpMethod.Post, "/theme?to=dark");
        Assert.Equal(HttpStatusCode.SeeOther, page.StatusCode);
        Assert.Equal(HttpStatusCode.SeeOther, program.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/health")]
    [InlineData("/nowhere")]
    [InlineData("/assets/saki.js")]
    public async Task Every_reply_forbids_foreign_code_frames_and_sniffing(string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await server.Client.GetAsync(path);
        var policy = Header(reply, "Content-Security-Policy");
        Assert.Contains("default-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Header(reply, "X-Content-Type-Options"));
        Assert.Equal("same-origin", Header(reply, "Cross-Origin-Resource-Policy"));
        Assert.False(reply.Headers.Contains("Server"));
    }

    private static string Header(HttpResponseMessage reply, string name) => Assert.Single(reply.Headers.GetValues(name));

    private static async Task<HttpResponseMessage> SendAsync(RunningServer server, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await server.Client.SendAsync(request);
    }
}
