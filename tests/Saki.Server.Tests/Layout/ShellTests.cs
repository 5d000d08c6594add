using System.IO.Compression;
using System.Net;

namespace Saki.Server.Tests.Layout;

public sealed class ShellTests
{
    [Fact]
    public async Task Every_link_image_style_and_script_of_the_page_exists_and_is_ours()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await server.GetPageAsync("/");
        var addresses = page.QuerySelectorAll("[href], [src]").Select(e => e.GetAttribute("href") ?? e.GetAttribute("src")!).Where(a => !a.StartsWith('#')).Distinct().ToList();
        Assert.Contains(addresses, a => a.StartsWith("/assets/saki.css", StringComparison.Ordinal));
        foreach (var address in addresses)
        {
            Assert.StartsWith("/", address, StringComparison.Ordinal);
            using var reply = await server.Client.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
        }
    }

    [Fact]
    public async Task Every_icon_that_the_page_uses_is_drawn()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await server.GetPageAsync("/");
        var sprite = await server.Client.GetStringAsync("/assets/icons.svg");
        var names = page.QuerySelectorAll("use").Select(use => use.GetAttribute("href")!.Split('#')[1]).ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"id=\"{name}\"", sprite, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_page_has_no_inline_style_or_script()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await server.GetPageAsync("/");
        Assert.Empty(page.QuerySelectorAll("[style], style, script:not([src])"));
        Assert.DoesNotContain(page.All.SelectMany(e => e.Attributes), a => a.Name.StartsWith("on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_chosen_theme_is_written_into_the_page_by_the_server()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.Null((await server.GetPageAsync("/")).DocumentElement.GetAttribute("data-theme"));

        using var change = await server.Client.PostAsync("/theme?to=dark", null);
        var cookie = Assert.Single(change.Headers.GetValues("Set-Cookie"));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);

        server.Client.DefaultRequestHeaders.Add("Cookie", cookie.Split(';')[0]);
        var page = await server.GetPageAsync("/");
        Assert.Equal("dark", page.DocumentElement.GetAttribute("data-theme"));
        Assert.Equal("/theme?to=light", page.QuerySelector("[data-theme-switch]")!.GetAttribute("action"));
    }

    [Theory]
    [InlineData("http://evil.example/x", "/")]
    [InlineData("OWN//evil.example/x", "/")]
    [InlineData("OWN/?sample=x", "/?sample=x")]
    [InlineData("not an address", "/")]
    public async Task The_theme_switch_leads_back_only_to_our_own_pages(string from, string back)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/theme?to=dark");
        request.Headers.TryAddWithoutValidation("Referer", from.Replace("OWN", server.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal));
        using var reply = await server.Client.SendAsync(request);
        Assert.Equal(back, reply.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_forged_theme_cookie_never_reaches_the_page()
    {
        await using var server = await RunningServer.StartAsync();
        server.Client.DefaultRequestHeaders.Add("Cookie", "saki-theme=\"><script>alert(1)</script>");
        Assert.DoesNotContain("alert", await server.Client.GetStringAsync("/"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_kept_for_a_year_under_their_digest_and_asked_again_without_it()
    {
        await using var server = await RunningServer.StartAsync();
        var address = (await server.GetPageAsync("/")).QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!;
        using var fingerprinted = await server.Client.GetAsync(address);
        using var plain = await server.Client.GetAsync("/assets/saki.css");
        Assert.Equal("public, max-age=31536000, immutable", string.Join(", ", fingerprinted.Headers.GetValues("Cache-Control")));
        Assert.Equal("no-cache", string.Join(", ", plain.Headers.GetValues("Cache-Control")));

        using var again = new HttpRequestMessage(HttpMethod.Get, "/assets/saki.css");
        again.Headers.IfNoneMatch.Add(plain.Headers.ETag!);
        using var unchanged = await server.Client.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    [Fact]
    public async Task Files_travel_compressed_and_come_out_the_same()
    {
        await using var server = await RunningServer.StartAsync();
        var plain = await server.Client.GetByteArrayAsync("/assets/saki.css");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/assets/saki.css");
        request.Headers.AcceptEncoding.ParseAdd("br");
        using var reply = await server.Client.SendAsync(request);
        var packed = await reply.Content.ReadAsByteArrayAsync();
        Assert.Equal("br", Assert.Single(reply.Content.Headers.ContentEncoding));
        Assert.True(packed.Length * 2 < plain.Length);
        using var unpacked = new MemoryStream();
        await new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress).CopyToAsync(unpacked);
        Assert.Equal(plain, unpacked.ToArray());
    }

    [Theory]
    [InlineData("/assets/..%2f..%2fetc%2fpasswd")]
    [InlineData("/assets/%2e%2e/saki.css")]
    [InlineData("/assets/saki.css%00")]
    [InlineData("/assets/nothing.js")]
    public async Task No_other_file_is_reachable(string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var reply = await server.Client.GetAsync(new Uri(server.Address, path));
        Assert.True(reply.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest);
    }
}
