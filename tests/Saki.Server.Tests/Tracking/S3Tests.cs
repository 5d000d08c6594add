using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Saki.Server.Tests.Storage;
using Saki.Server.Tracking.Artifacts;
using Saki.Testing;

namespace Saki.Server.Tests.Tracking;

public sealed class S3Tests
{
    private const string Proxy = "/api/2.0/mlflow-artifacts";

    [S3Fact]
    public async Task Upload_list_download_range_and_delete_go_to_the_bucket()
    {
        await using var server = await S3Server.StartAsync();
        var content = Bytes(20_000_001); // three parts
        using var put = await server.Client.PutAsync($"{Proxy}/artifacts/0/r/artifacts/sub/größe 1.bin", Chunked(content));
        Assert.Equal("{}", await put.Content.ReadAsStringAsync());
        await server.Client.PutAsync($"{Proxy}/artifacts/0/r/artifacts/small.txt", new StringContent("small"));
        await server.Client.PutAsync($"{Proxy}/artifacts/0/r/artifacts/empty", new ByteArrayContent([]));

        Assert.Equal("""{"files":[{"path":"empty","is_dir":false,"file_size":0},{"path":"small.txt","is_dir":false,"file_size":5},{"path":"sub","is_dir":true}]}""",
            await server.Client.GetStringAsync($"{Proxy}/artifacts?path=0/r/artifacts"));
        Assert.Equal("{}", await server.Client.GetStringAsync($"{Proxy}/artifacts?path=0/r/artifacts/none"));
        using var got = await server.Client.GetAsync($"{Proxy}/artifacts/0/r/artifacts/sub/größe 1.bin");
        Assert.Equal(content, await got.Content.ReadAsByteArrayAsync());
        Assert.StartsWith("attachment", got.Content.Headers.ContentDisposition!.ToString(), StringComparison.Ordinal);
        Assert.Empty(await server.Client.GetByteArrayAsync($"{Proxy}/artifacts/0/r/artifacts/empty"));

        foreach (var (from, to, first, length) in ((long?, long?, int, int)[])[(100, 199, 100, 100), (19_999_991, null, 19_999_991, 10), (null, 7, 19_999_994, 7)])
        {
            using var range = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Proxy}/artifacts/0/r/artifacts/sub/größe 1.bin") { Headers = { Range = new RangeHeaderValue(from, to) } });
            Assert.Equal(HttpStatusCode.PartialContent, range.StatusCode);
            Assert.Equal(content[first..(first + length)], await range.Content.ReadAsByteArrayAsync());
        }
        using var beyond = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{Proxy}/artifacts/0/r/artifacts/small.txt") { Headers = { Range = new RangeHeaderValue(10, 20) } });
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);

        await server.Client.DeleteAsync($"{Proxy}/artifacts/0/r/artifacts/sub");
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Get, $"{Proxy}/artifacts/0/r/artifacts/sub/größe 1.bin")).Status);
        Assert.Equal("small", await server.Client.GetStringAsync($"{Proxy}/artifacts/0/r/artifacts/small.txt"));
        Assert.False(Directory.Exists(Path.Combine(server.Home.Tracking, "artifacts")));
    }

    [S3Fact]
    public async Task Parts_that_a_client_sends_past_the_server_become_one_file()
    {
        await using var server = await S3Server.StartAsync();
        using var elsewhere = new HttpClient();
        var content = Bytes(11_000_000);
        var begun = await server.PostAsync($"{Proxy}/mpu/create/0/r/artifacts/model", """{"path":"C:\\data\\weights.bin","num_parts":2}""");
        var parts = new JsonArray();
        foreach (var (address, i) in begun["credentials"]!.AsArray().Select((address, i) => (address!, i)))
        {
            var body = new ByteArrayContent(content, i * 6_000_000, i == 0 ? 6_000_000 : 5_000_000);
            using var sent = await elsewhere.PutAsync((string)address["url"]!, body);
            Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
            parts.Add(new JsonObject { ["part_number"] = (int)address["part_number"]!, ["etag"] = sent.Headers.ETag!.Tag, ["url"] = (string)address["url"]! });
        }
        await server.PostAsync($"{Proxy}/mpu/complete/0/r/artifacts/model", new JsonObject { ["path"] = "weights.bin", ["upload_id"] = (string)begun["upload_id"]!, ["parts"] = parts }.ToJsonString());
        Assert.Equal(content, await server.Client.GetByteArrayAsync($"{Proxy}/artifacts/0/r/artifacts/model/weights.bin"));

        var link = await server.GetAsync($"{Proxy}/presigned/0/r/artifacts/model/weights.bin");
        Assert.Equal(11_000_000, (int)link["file_size"]!);
        Assert.Equal(content, await elsewhere.GetByteArrayAsync((string)link["url"]!));

        // One that was begun and never completed is not there. (s3rver knows no abort.)
        await server.PostAsync($"{Proxy}/mpu/create/0/r/artifacts", """{"path":"never.bin","num_parts":1}""");
        Assert.Equal(404, (await server.RefusalAsync(HttpMethod.Get, $"{Proxy}/artifacts/0/r/artifacts/never.bin")).Status);
        Assert.Equal("Invalid path", (await server.RefusalAsync(HttpMethod.Post, $"{Proxy}/mpu/create/a/%252e%252e", """{"path":"x","num_parts":1}""")).Message);
    }

    [S3Fact]
    public async Task Files_that_the_server_opens_itself_are_fetched_anew()
    {
        using var folder = new TemporaryFolder();
        using var store = S3Server.Open(folder);
        await store.SaveAsync("0/r/artifacts/package/a/b.txt", new MemoryStream("one"u8.ToArray()), default);
        var at = await store.FolderAsync("mlflow-artifacts:/0/r/artifacts/package");
        Assert.Equal("one", File.ReadAllText(Path.Combine(at, "a/b.txt")));
        await store.SaveAsync("0/r/artifacts/package/a/b.txt", new MemoryStream("two"u8.ToArray()), default);
        Assert.Equal("two", File.ReadAllText(Path.Combine(await store.FolderAsync("mlflow-artifacts:/0/r/artifacts/package"), "a/b.txt")));
    }

    [Theory]
    [InlineData("s3://bucket/a/b/", "bucket", "a/b/")]
    [InlineData("s3://bucket", "bucket", "")]
    public void Address_is_read(string text, string bucket, string prefix) => Assert.Equal(new S3Address(bucket, prefix), S3Address.Read(text));

    [Theory]
    [InlineData("gs://bucket/a")]
    [InlineData("s3:///a")]
    public void Other_address_is_refused(string text) => Assert.Contains("--artifacts", Assert.Throws<SakiException>(() => S3Address.Read(text)).Message, StringComparison.Ordinal);

    private static byte[] Bytes(int count)
    {
        var (random, content) = (new SeededRandom(5), new byte[count]);
        for (var i = 0; i < count; i += 997) content[i] = (byte)random.Next(256);
        return content;
    }

    // Without a length, as clients send what they make while they send it.
    private static StreamContent Chunked(byte[] content) => new(new NoLength(content));

    private sealed class NoLength(byte[] content) : MemoryStream(content)
    {
        public override bool CanSeek => false;
    }
}

/// <summary>A server whose artifacts lie in the bucket of <c>tests/s3</c>, each under a prefix of its own.</summary>
internal static class S3Server
{
    private static readonly Lazy<string?> Address = new(Connect);
    private static int _prefixes;

    public static bool Here => Address.Value is not null;

    public static Task<MlflowServer> StartAsync() => MlflowServer.StartAsync(artifacts: NewPlace());

    public static ArtifactStore Open(TemporaryFolder folder) => ArtifactStore.Of(NewPlace(), new SakiHome(folder.Root));

    private static string NewPlace() => $"s3://saki/t{Interlocked.Increment(ref _prefixes)}/x";

    private static string? Connect()
    {
        var address = ScriptServer.Start("s3");
        foreach (var (name, value) in ((string, string?)[])[("AWS_ENDPOINT_URL", address), ("AWS_ACCESS_KEY_ID", "S3RVER"), ("AWS_SECRET_ACCESS_KEY", "S3RVER"), ("AWS_SESSION_TOKEN", null)])
            Environment.SetEnvironmentVariable(name, value);
        return address;
    }
}

[AttributeUsage(AttributeTargets.Method)]
internal sealed class S3FactAttribute : FactAttribute
{
    public S3FactAttribute()
    {
        if (!S3Server.Here) Skip = "npm cannot get s3rver here";
    }
}
