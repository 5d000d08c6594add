using System.Net;
using System.Net.Http.Headers;

namespace Saki.Server.Tests.Tracking;

public sealed class ArtifactTests
{
    private const string Proxy = "/api/2.0/mlflow-artifacts/artifacts";

    [Fact]
    public async Task Upload_list_download_range_and_delete()
    {
        await using var server = await MlflowServer.StartAsync();
        var random = new SeededRandom(1);
        var content = Enumerable.Range(0, 300_000).Select(_ => (byte)random.Next(256)).ToArray();
        using var put = await server.Client.PutAsync($"{Proxy}/0/r/artifacts/sub/größe 1.bin", new ByteArrayContent(content));
        Assert.Equal("{}", await put.Content.ReadAsStringAsync());

        Assert.Equal("""{"files":[{"path":"sub","is_dir":true}]}""", await server.Client.GetStringAsync($"{Proxy}?path=0/r/artifacts"));
        Assert.Equal("""{"files":[{"path":"größe 1.bin","is_dir":false,"file_size":300000}]}""", await server.Client.GetStringAsync($"{Proxy}?path=0/r/artifacts/sub"));
        Assert.Equal("{}", await server.Client.GetStringAsync($"{Proxy}?path=0/r/artifacts/none"));

        using var got = await server.Client.GetAsync($"{Proxy}/0/r/artifacts/sub/größe 1.bin");
        Assert.Equal(content, await got.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", got.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("attachment", got.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        Assert.Equal("nosniff", got.Headers.GetValues("X-Content-Type-Options").Single());

        using var range = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Proxy}/0/r/artifacts/sub/größe 1.bin") { Headers = { Range = new RangeHeaderValue(100, 199) } });
        Assert.Equal((HttpStatusCode.PartialContent, 100), (range.StatusCode, (await range.Content.ReadAsByteArrayAsync()).Length));

        Assert.Equal("{}", await (await server.Client.DeleteAsync($"{Proxy}/0/r/artifacts/sub")).Content.ReadAsStringAsync());
        Assert.Equal("{}", await (await server.Client.DeleteAsync($"{Proxy}/0/r/artifacts/sub")).Content.ReadAsStringAsync());
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Get, $"{Proxy}/0/r/artifacts/sub/größe 1.bin")).Status);
    }

    [Fact]
    public async Task Html_is_sent_as_a_download()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.Client.PutAsync($"{Proxy}/0/r/artifacts/x.html", new StringContent("<script>"));
        using var got = await server.Client.GetAsync($"{Proxy}/0/r/artifacts/x.html");
        Assert.Equal("attachment", got.Content.Headers.ContentDisposition!.DispositionType);
    }

    [Theory]
    [InlineData("%2e%2e%2f%2e%2e%2fetc%2fpasswd")]
    [InlineData("%252E%252E%252F%252E%252E%252Fetc%252fpasswd")]
    [InlineData("%25252e%25252e/x")]
    [InlineData("a/..%5c..%5cx")]
    [InlineData("C:/windows")]
    [InlineData("%2fetc/passwd")]
    [InlineData("a/%23/x")]
    [InlineData("a%E2%88%95..%E2%88%95x")]
    [InlineData("a/%EF%BC%8E%EF%BC%8E/x")]
    public async Task Path_out_of_the_root_is_refused_by_each_method(string path)
    {
        await using var server = await MlflowServer.StartAsync();
        foreach (var method in (HttpMethod[])[HttpMethod.Get, HttpMethod.Put, HttpMethod.Delete])
            foreach (var prefix in (string[])[Proxy, "/ajax-api/2.0/mlflow-artifacts/artifacts"])
            {
                var (status, code, message) = await server.RefusalAsync(method, $"{prefix}/{path}", "x");
                Assert.Equal((400, "INVALID_PARAMETER_VALUE", "Invalid path"), (status, code, message));
            }
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Get, $"{Proxy}?path={path}")).Message);
        var run = await server.NewRunAsync();
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Get, $"/get-artifact?run_uuid={run}&path={path}")).Message);
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Get, $"artifacts/list?run_id={run}&path={path}")).Message);
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Post, $"/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path={path}", "x")).Message);
    }

    [Fact]
    public async Task Link_out_of_the_root_is_not_followed()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.Client.PutAsync($"{Proxy}/0/r/artifacts/a.txt", new StringContent("a"));
        File.CreateSymbolicLink(Path.Combine(server.Home.Tracking, "artifacts/0/r/artifacts/link"), "/etc");
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Get, $"{Proxy}/0/r/artifacts/link/passwd")).Message);
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Put, $"{Proxy}/0/r/artifacts/link/new", "x")).Message);
    }

    [Fact]
    public async Task Odd_but_legal_names_are_kept()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.Client.PutAsync($"{Proxy}/0/r/artifacts/dog%25step%25100.txt", new StringContent("dog"));
        Assert.Equal("dog", await server.Client.GetStringAsync($"{Proxy}/0/r/artifacts/dog%25step%25100.txt"));
        Assert.Contains("dog%step%100.txt", await server.Client.GetStringAsync($"{Proxy}?path=0/r/artifacts"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Torn_upload_leaves_the_old_file()
    {
        await using var server = await MlflowServer.StartAsync();
        await server.Client.PutAsync($"{Proxy}/0/r/artifacts/a.txt", new StringContent("old"));
        using (var socket = new System.Net.Sockets.TcpClient())
        {
            await socket.ConnectAsync(server.Address.Host, server.Address.Port);
            await socket.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes($"PUT {Proxy}/0/r/artifacts/a.txt HTTP/1.1\r\nHost: {server.Address.Authority}\r\nContent-Length: 1000\r\n\r\nhalf"));
        }
        Assert.Equal("old", await server.Client.GetStringAsync($"{Proxy}/0/r/artifacts/a.txt"));
        Assert.DoesNotContain("saki-upload", await server.Client.GetStringAsync($"{Proxy}?path=0/r/artifacts"), StringComparison.Ordinal);
    }
}
